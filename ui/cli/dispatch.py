"""`fieldapp dispatch`: the dispatcher's work without a screen, over HTTP.

In come a day file, dates and a user's token (`--token-file`, `--token` or `FIELDAPP_TOKEN`);
out comes what the office did, as JSON, and the day's list. Rule: nothing is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from fieldapp.settings import data_folder, load
from sync.client.http import Http
from sync.client.office import Dispatcher
from sync.errors import Refused, SyncError
from ui.cli.output import emit_json, emit_line, fail
from ui.messages import sentence

T = TypeVar("T")

dispatch_app = typer.Typer(help="Plan the technicians' days.", no_args_is_help=True)

_LANGUAGE = "en"
_LOCAL_OFFICE = "http://127.0.0.1:8321"


@dataclass(frozen=True, slots=True)
class _Door:
    """How the office is reached, and as whom."""

    server: str
    token: str
    ca_file: Path | None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise typer.BadParameter("write the day as YYYY-MM-DD") from e


Server = Annotated[
    str, typer.Option("--server", envvar="FIELDAPP_SERVER", help="The office's address.")
]
Token = Annotated[
    str, typer.Option("--token", envvar="FIELDAPP_TOKEN", help="Your token at the office.")
]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", help="A file that holds your token.")
]
CaFile = Annotated[
    Path | None, typer.Option("--ca-file", help="The office's own certificate authority.")
]
Folder = Annotated[
    Path | None, typer.Option("--data", help="The folder whose settings name the office.")
]
Day = Annotated[
    date, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="The day.")
]
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
    door = _door(server, token, token_file, ca_file, data)
    visits = _visits(file)
    emit_json(_ask(door, lambda office: office.import_day(day, visits)))


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
    door = _door(server, token, token_file, ca_file, data)
    emit_json(_ask(door, lambda office: office.plan(day)))


@dispatch_app.command()
def publish(  # noqa: PLR0913  one parameter for each option
    *,
    day: Day,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Let the day's visits travel to the laptops."""
    door = _door(server, token, token_file, ca_file, data)
    emit_json(_ask(door, lambda office: office.publish(day)))


@dispatch_app.command()
def status(  # noqa: PLR0913  one parameter for each option
    *,
    day: Annotated[
        date | None,
        typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="All days without."),
    ] = None,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the visits and how far they are."""
    door = _door(server, token, token_file, ca_file, data)
    for row in _ask(door, lambda office: office.status(day)):
        if as_json:
            emit_json(row)
        else:
            emit_line(_line(row))


@dispatch_app.command()
def reassign(  # noqa: PLR0913  one parameter for each option
    visit: Visit,
    technician: Annotated[str, typer.Argument(help="Empty: back to the pool.")] = "",
    *,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> None:
    """Give a visit to another technician, or back to the pool."""
    door = _door(server, token, token_file, ca_file, data)
    emit_json(_ask(door, lambda office: office.reassign(visit, technician or None)))


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
    door = _door(server, token, token_file, ca_file, data)
    emit_json(_ask(door, lambda office: office.cancel(visit)))


def _door(
    server: str, token: str, token_file: Path | None, ca_file: Path | None, data: Path | None
) -> _Door:
    try:
        known = load(data_folder(data)).server_url
        held = token_file.read_text(encoding="utf-8").strip() if token_file else token
    except OSError as e:
        fail(f"Can't read {e.filename}: {e.strerror}. Name another file.")
    if not held:
        fail("Who are you? Give --token-file, --token or FIELDAPP_TOKEN.")
    return _Door(server or known or _LOCAL_OFFICE, held, ca_file)


def _ask(door: _Door, ask: Callable[[Dispatcher], T]) -> T:
    """One call; what the office answers with no becomes one line and exit status 1."""
    try:
        http = Http(door.server, ca_file=door.ca_file)
        try:
            return ask(Dispatcher(http, door.token))
        finally:
            http.close()
    except Refused as e:
        fail(f"The office refuses this ({e.problem}). {e.detail}")
    except SyncError as e:
        fail(sentence(e, _LANGUAGE))


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
