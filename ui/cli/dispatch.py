"""`fieldapp dispatch`: the dispatcher's work without a screen, over HTTP.

In come a day file, dates and a user's token (`--token-file`, `--token` or `FIELDAPP_TOKEN`);
out comes what the office did, as JSON, and the day's list. Rule: nothing is decided here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli import dispatch_follow, dispatch_people
from ui.cli.dispatch_door import (
    CaFile,
    Day,
    Folder,
    OptionalDay,
    Server,
    Token,
    TokenFile,
    ask,
    door_of,
)
from ui.cli.output import emit_json, emit_line, fail

dispatch_app = typer.Typer(help="Plan the technicians' days.", no_args_is_help=True)
dispatch_follow.register(dispatch_app)
dispatch_people.register(dispatch_app)

Visit = Annotated[str, typer.Argument(metavar="VISIT", help="Its number or id.")]


@dispatch_app.command("import")
def import_day(  # noqa: PLR0913  one parameter for each option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    day: Day,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Hand in a day's visits; the same file again changes nothing."""
    door = door_of(server, token, token_file, ca_file, data)
    visits = _visits(file)
    emit_json(ask(door, lambda office: office.import_day(day, visits)))


@dispatch_app.command()
def plan(  # noqa: PLR0913  one parameter for each option
    *,
    day: Day,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Give free visits to technicians and put the routes in order."""
    door = door_of(server, token, token_file, ca_file, data)
    emit_json(ask(door, lambda office: office.plan(day)))


@dispatch_app.command()
def publish(  # noqa: PLR0913  one parameter for each option
    *,
    day: Day,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Also to who is not designated for it.")
    ] = False,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Let the day's visits travel to the laptops."""
    door = door_of(server, token, token_file, ca_file, data)
    emit_json(ask(door, lambda office: office.publish(day, confirmed=confirmed)))


@dispatch_app.command()
def status(  # noqa: PLR0913  one parameter for each option
    *,
    day: OptionalDay = None,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the visits and how far they are."""
    door = door_of(server, token, token_file, ca_file, data)
    for row in ask(door, lambda office: office.status(day)):
        if as_json:
            emit_json(row)
        else:
            emit_line(_line(row))


@dispatch_app.command()
def reassign(  # noqa: PLR0913  one parameter for each option
    visit: Visit,
    technician: Annotated[str, typer.Argument(help="Empty: back to the pool.")] = "",
    *,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Also to one who is not designated for it.")
    ] = False,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Give a visit to another technician, or back to the pool."""
    door = door_of(server, token, token_file, ca_file, data)
    emit_json(
        ask(
            door, lambda office: office.reassign(visit, technician or None, confirmed=confirmed)
        )
    )


@dispatch_app.command()
def cancel(  # noqa: PLR0913  one parameter for each option
    visit: Visit,
    *,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Cancel a visit; what happens on site all the same is still taken."""
    door = door_of(server, token, token_file, ca_file, data)
    emit_json(ask(door, lambda office: office.cancel(visit)))


def _visits(file: Path) -> list[dict[str, Any]]:
    """The visits of a day file: a list, or an object that holds one under `visits`."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as e:
        fail(f"{file.name} is not JSON ({type(e).__name__}). Export it again.")
    if isinstance(found, dict):
        found = found.get("visits")
    if not isinstance(found, list):
        fail(f"{file.name} holds no list of visits. Export it again.")
    return found


def _line(row: dict[str, Any]) -> str:
    flags = [name for name in ("published", "on_laptop", "cancelled") if row[name]]
    if row["conflicts"]:
        flags.append(f"{row['conflicts']} conflicts")
    who = row["technician"] or "-"
    place = f"{who:8} {row['route_position']:>2}"
    return f"{place}  {row['number']:10} {row['kind']:18} {row['state']:10} {', '.join(flags)}"
