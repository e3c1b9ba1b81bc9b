# Two commands matter: `make demo` and `make test`. Everything is built in .venv from constraints.txt.
PYTHON ?= python3.11
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export QT_QPA_PLATFORM ?=

.PHONY: venv demo screenshots test lint types contracts dead units torture sync-torture interop interop-dlms clean
.DELETE_ON_ERROR:

venv: .venv/.product

.venv/.product: constraints.txt pyproject.toml
	sh .ci/prepare
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/.checks: .venv/.product
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: .venv/.product
	$(BIN)/fieldapp demo

screenshots: .venv/.product
	$(BIN)/fieldapp screenshots build/screenshots

test: lint types contracts dead units

lint: .venv/.checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.checks
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32

contracts: .venv/.checks
	$(BIN)/lint-imports

dead: .venv/.checks
	$(BIN)/vulture

# The screens are tested without counting lines: that costs two fifths of their time, and what has
# to be covered to a figure lies below them.
units: WORKERS = -n 2 --dist loadfile --no-loadscope-reorder
units: export QT_QPA_PLATFORM = offscreen
units: .venv/.checks
	$(BIN)/pytest $(WORKERS) --cov --cov-report= --ignore=tests/ui
	$(BIN)/pytest $(WORKERS) tests/ui
	$(BIN)/coverage report --fail-under=90 --include='hardware/*'
	$(BIN)/coverage report --fail-under=90 --include='fieldapp/*'
	$(BIN)/coverage report --fail-under=90 --include='sync/*'

# What peers make of the same telegrams and meters. Each has an environment of its own: they pin
# what others pin otherwise, and what is GPL or BSL is talked to by processes, never imported.
interop: .venv/.checks .venv-interop-p1/.ready .venv-interop-dlms/.ready .venv-interop-tus/.ready
	FIELDAPP_INTEROP=1 $(BIN)/pytest -m interop tests/interop
	FIELDAPP_INTEROP=1 $(BIN)/pytest tests/interop/dlms

.venv-interop-p1/.ready: constraints-interop-p1.txt
	$(PYTHON) -m venv .venv-interop-p1
	.venv-interop-p1/bin/pip install --quiet --constraint $< dsmr-parser
	@touch $@

.venv-interop-dlms/.ready: constraints-interop-dlms.txt
	$(PYTHON) -m venv .venv-interop-dlms
	.venv-interop-dlms/bin/pip install --quiet --constraint $< gurux-dlms pydlms-client dlms-cosem
	@touch $@

# tus: a client from Python, and the protocol's own server where there is a node to run it.
.venv-interop-tus/.ready: constraints-interop-tus.txt
	$(PYTHON) -m venv .venv-interop-tus
	.venv-interop-tus/bin/pip install --quiet --constraint $< tuspy
	! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --omit=optional \
	    --prefix .venv-interop-tus/node @tus/server@2.4.5 @tus/file-store@2.1.1
	@touch $@

# A million spoiled telegrams; every kind of work killed at every one of its commits, and left by
# every way out; a technician at random for long; a file's server killed anywhere. Some hours of one core; `make test` does a part.
torture: export QT_QPA_PLATFORM = offscreen
torture: .venv/.checks
	nice -n 19 $(BIN)/pytest -m torture tests/hardware/p1 tests/journeys \
	    tests/ui/visits tests/sync/server/test_tus_kills.py

# Schedules of faults played on the sync for SECONDS on every processor, each with another seed from
# SEED on, and ROUNDS with real processes; a failure prints its seed and its shortest schedule.
SECONDS ?= 600
DATABASE ?= both
SEED ?= 1
ROUNDS ?= 500
sync-torture: .venv/.checks
	nice -n 19 $(BIN)/python -m tests.sync.torture --seconds $(SECONDS) --database $(DATABASE) \
		--seed $(SEED) --rounds $(ROUNDS)

clean:
	rm -rf .venv .venv-interop-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build *.egg-info
