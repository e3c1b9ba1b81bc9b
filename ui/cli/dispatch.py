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
from ui.cli.dispatch_door import AsJson, Day, Door, OptionalDay, ask, at_office
from ui.cli.output import emit_json, emit_line, fail

dispatch_app = typer.Typer(help="Plan the technicians' days.", no_args_is_help=True)
dispatch_follow.register(dispatch_app)
dispatch_people.register(dispatch_app)

Visit = Annotated[str, typer.Argument(metavar="VISIT", help="Its number or id.")]


@dispatch_app.command("import")
@at_office
def import_day(
    door: Door,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    day: Day,
) -> None:
    """Hand in a day's visits; the same file again changes nothing."""
    visits = _visits(file)
    emit_json(ask(door, lambda office: office.import_day(day, visits)))


@dispatch_app.command()
@at_office
def plan(
    door: Door,
    *,
    day: Day,
) -> None:
    """Give free visits to technicians and put the routes in order."""
    emit_json(ask(door, lambda office: office.plan(day)))


@dispatch_app.command()
@at_office
def publish(
    door: Door,
    *,
    day: Day,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Also to who is not designated for it.")
    ] = False,
) -> None:
    """Let the day's visits travel to the laptops."""
    emit_json(ask(door, lambda office: office.publish(day, confirmed=confirmed)))


@dispatch_app.command()
@at_office
def status(
    door: Door,
    *,
    day: OptionalDay = None,
    as_json: AsJson = False,
) -> None:
    """List the visits and how far they are."""
    for row in ask(door, lambda office: office.status(day)):
        if as_json:
            emit_json(row)
        else:
            emit_line(_line(row))


@dispatch_app.command()
@at_office
def reassign(
    door: Door,
    visit: Visit,
    technician: Annotated[str, typer.Argument(help="Empty: back to the pool.")] = "",
    *,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Also to one who is not designated for it.")
    ] = False,
) -> None:
    """Give a visit to another technician, or back to the pool."""
    emit_json(
        ask(
            door, lambda office: office.reassign(visit, technician or None, confirmed=confirmed)
        )
    )


@dispatch_app.command()
@at_office
def cancel(
    door: Door,
    visit: Visit,
) -> None:
    """Cancel a visit; what happens on site all the same is still taken."""
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
