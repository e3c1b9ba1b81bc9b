"""The search as a command.

python -m tests.sync.torture --seconds 600 --database both --seed 1
python -m tests.sync.torture --replay '{"seed":1,"steps":[...]}' --database sqlite
python -m tests.sync.torture --seconds 0 --rounds 500 --database postgresql

Plays schedules on every processor, then rounds with real processes, and prints how many there
were and what was lost, doubled or stuck; ends with 1 where anything was. A finding of rounds
names its seed: `--seconds 0 --rounds 25 --seed THAT` plays them again.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import time
from contextlib import ExitStack

import msgspec

from tests.sync.torture.rounds import LEG, Counts, Rounds
from tests.sync.torture.schedule import Schedule
from tests.sync.torture.search import (
    POSTGRESQL,
    SQLITE,
    Totals,
    in_memory,
    own_cluster,
    replay,
    search,
    seeds,
    stage_on,
)

_TELL_EVERY_S = 60.0


def main() -> int:
    """Run it; the exit status."""
    words = _words()
    if words.replay:
        return asyncio.run(_replay(words))
    if words.worker:
        _work(words)
        return 0
    return _both_cores(words)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sync-torture")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL, "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", default="")
    parser.add_argument("--share", default="0/1", help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def _replay(words: argparse.Namespace) -> int:
    schedule = msgspec.json.decode(words.replay.encode(), type=Schedule)
    database = SQLITE if words.database == "both" else words.database
    async with stage_on(database) as stage:
        totals = await replay(stage, schedule)
    _say("\n".join((*totals.failures, totals.line())))
    return bool(totals.failures)


def _work(words: argparse.Namespace) -> None:
    """On one processor; the totals go out as one line of JSON."""
    totals: Totals | Counts = _rounds(words) if words.rounds else asyncio.run(_search(words))
    _say(msgspec.json.encode(totals).decode())


async def _search(words: argparse.Namespace) -> Totals:
    last = time.monotonic()
    failures = 0

    def told(totals: Totals) -> None:
        nonlocal last, failures
        is_news = len(totals.failures) > failures
        if is_news or time.monotonic() - last > _TELL_EVERY_S:
            last, failures = time.monotonic(), len(totals.failures)
            news = [*totals.failures[-1:], ""] if is_news else []
            _tell("\n".join((*news, f"{words.database}: {totals.line()}")))

    async with stage_on(words.database) as stage:
        gc.freeze()  # what is made once need not be looked at again and again
        number, workers = _share(words)
        chosen = seeds(words.seed + number, workers, words.seconds)
        return await search(stage, chosen, told)


def _rounds(words: argparse.Namespace) -> Counts:
    """This worker's legs, until all rounds are played or something is found."""
    number, workers = _share(words)
    with ExitStack() as stack:
        on_sqlite = words.database == SQLITE
        cluster = None if on_sqlite else stack.enter_context(own_cluster())
        rounds = stack.enter_context(Rounds(stack.enter_context(in_memory()), cluster))
        for before in range(number * LEG, words.rounds, workers * LEG):
            rounds.play(words.seed + before // LEG, min(LEG, words.rounds - before))
            _tell(f"{words.database}, processes: {rounds.counts.line()}")
            if rounds.counts.findings:
                break
        return rounds.counts


def _share(words: argparse.Namespace) -> tuple[int, int]:
    number, _, workers = words.share.partition("/")
    return int(number), int(workers)


def _both_cores(words: argparse.Namespace) -> int:
    """Schedules first, then rounds: on each database, and by workers of an equal share."""
    databases = [SQLITE, POSTGRESQL] if words.database == "both" else [words.database]
    each = max(1, words.cores // len(databases))
    found: list[str] = []
    if words.seconds > 0:
        for database, outs in _played(words, databases, each, 0).items():
            totals = Totals()
            for out in outs:
                totals.add(msgspec.json.decode(out, type=Totals))
            _say("\n".join((*totals.failures, f"{database}: {totals.line()}")))
            found += totals.failures
    if words.rounds:
        for database, outs in _played(words, databases, each, words.rounds).items():
            counts = Counts()
            for out in outs:
                counts.add(msgspec.json.decode(out, type=Counts))
            _say("\n".join((*counts.findings, f"{database}, processes: {counts.line()}")))
            found += counts.findings
    return bool(found)


def _played(
    words: argparse.Namespace, databases: list[str], each: int, rounds: int
) -> dict[str, list[bytes]]:
    """What the workers of each database say, all of them side by side."""
    running = {
        database: [_start(words, database, (number, each), rounds) for number in range(each)]
        for database in databases
    }
    outs = {name: [one.communicate()[0] for one in them] for name, them in running.items()}
    for worker in (one for them in running.values() for one in them):
        if worker.returncode:
            raise SystemExit(worker.returncode)
    return outs


def _start(
    words: argparse.Namespace, database: str, share: tuple[int, int], rounds: int
) -> subprocess.Popen[bytes]:
    told = {
        "--seconds": words.seconds,
        "--database": database,
        "--seed": words.seed,
        "--share": "{}/{}".format(*share),
        "--rounds": rounds,
    }
    arguments = [str(word) for pair in told.items() for word in pair]
    command = [sys.executable, "-m", "tests.sync.torture", "--worker", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  a command


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  a command


if __name__ == "__main__":
    sys.exit(main())
