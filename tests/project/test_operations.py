"""docs/operations.md says what there is: commands, options, routes, metrics, figures."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from sync.client.http import Limits
from sync.server import entrance, limits, run
from sync.server.app import create_app
from sync.server.metrics import Metrics
from sync.server.settings import ServerSettings
from sync.server.tables import metadata
from tests.project.operations import TEXT, TRIED
from ui.cli.main import app

BLOCKS = "\n".join(re.findall(r"^```(?:sh|ini)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
INLINE = re.findall(r"`(fieldapp [a-z][^`|…]*)`", TEXT)
COMMANDS = sorted(
    {
        match[1].partition(" > ")[0].partition("#")[0].strip()
        for line in [*BLOCKS.splitlines(), *INLINE]
        if (match := re.search(r"(?:^|/)(fieldapp [a-z].*)$", line))
    }
)


def known(words: list[str]) -> Any:
    """The command that these words name; the rest of them is its own."""
    found: Any = typer.main.get_command(app)
    with found.make_context("fieldapp", [], resilient_parsing=True) as ctx:
        while words and hasattr(found, "get_command"):
            found = found.get_command(ctx, words.pop(0))
            assert found is not None
    return found


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_and_its_options_exist(line: str) -> None:
    words = shlex.split(line)[1:]
    command = known(words)
    options = {name for param in command.params for name in (*param.opts, "--data")}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def test_every_option_of_the_server_is_told() -> None:
    command = known(["server"])
    options = {name for param in command.params for name in param.opts}
    table = TEXT[TEXT.index("### Settings") : TEXT.index("## Stopping")]
    assert options == set(re.findall(r"--[a-z][a-z-]*", table))


def test_metrics_and_figures_are_those_of_the_program(tmp_path: Path) -> None:
    made = create_app(ServerSettings.in_folder(tmp_path))
    made.state.figures.refresh()
    page = asyncio.run(_page(made.state.metrics))
    made.state.office.close()
    names = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    table = TEXT[TEXT.index("| metric | what |") : TEXT.index("| alarm | when |")]
    told = set(re.findall(r"`(fieldapp_[a-z_]+)[`{]", table))
    assert told == {name for name in names if "_process_" not in name}
    alarms = TEXT[TEXT.index("| alarm | when |") : TEXT.index("One line a request")]
    assert (
        set(re.findall(r"fieldapp_[a-z_]+[a-z]", alarms)) - {"fieldapp_request_seconds_bucket"}
        <= told
    )


async def _page(metrics: Metrics) -> str:
    return metrics.page().decode()


def test_limits_are_those_of_the_program() -> None:
    figures = (
        f"more than {entrance.LONGEST_WAIT_S} s, or {entrance.MOST_WAITING} pieces",
        f"A laptop waits {Limits().read_s:.0f} s",
        f"{entrance.MOST_OCTETS >> 20} MiB are in memory",
        f"{limits.SYNCS.burst} requests at once and {limits.SYNCS.per_s} a second",
        f"{limits.PIECES.burst} and {limits.PIECES.per_s} about files",
        f"has {run.GRACE_S} s",
    )
    plain = " ".join(TEXT.split())
    assert [figure for figure in figures if figure not in plain] == []


def test_what_is_tried_is_there() -> None:
    assert set(TRIED) == {
        f"{database}-{what}"
        for database in ("sqlite", "postgres")
        for what in ("backup", "restore")
    }


def test_what_citus_would_distribute_has_the_region_in_every_key() -> None:
    part = TEXT[TEXT.index("**Citus**") : TEXT.index("## Sizing")]
    statements, words = part[part.index("```sql") :].split("```\n", 1)
    everywhere = set(re.findall(r"create_reference_table\('(\w+)'\)", statements))
    rest = re.sub(r"\s+(?:--\s+)?", " ", statements.partition("in this order:")[2])
    spread = re.findall(r"create_distributed_table\('(\w+)'", statements)
    spread += rest.strip().split(", ")
    alone = {"enrolment_codes", "spent_challenges", "audit", "audit_heads"}
    assert {*everywhere, *spread, *alone} == set(metadata.tables)
    in_the_way = set()
    for place, name in enumerate(spread):
        for key in _keys(metadata.tables[name]):
            towards = key.referred_table.name if isinstance(key, ForeignKeyConstraint) else ""
            assert towards in {"", *everywhere, *spread[:place]}, (name, towards)
            if towards not in everywhere and "region" not in key.columns:
                in_the_way.add(str(key.name))
    in_the_way |= {name for name in alone if metadata.tables[name].foreign_keys}
    told = words[words.index("stands in the way") : words.index("`spent_challenges`")]
    assert in_the_way == set(re.findall(r"`(\w+)`", told)) - {"id", "region", "technicians"}


def _keys(
    table: Table,
) -> Iterator[PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint | Index]:
    """Whatever must be one in the whole table, or is in another one."""
    kinds = (PrimaryKeyConstraint, UniqueConstraint, ForeignKeyConstraint)
    yield from (key for key in table.constraints if isinstance(key, kinds))
    yield from (index for index in table.indexes if index.unique)
