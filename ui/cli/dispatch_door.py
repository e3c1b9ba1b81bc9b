"""How `fieldapp dispatch` reaches the office: its options, and one call with its ending.

In comes a command that wants a door; out comes one with the options that name it, and what the
office answered. Rule: what the office answers with no becomes one line and exit status 1.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from fieldapp.settings import data_folder, load
from sync.client.http import Http
from sync.client.office import Dispatcher
from sync.client.people import Judge
from sync.errors import Refused, SyncError
from ui.cli.output import emit_json, fail
from ui.messages import sentence

T = TypeVar("T")

_LANGUAGE = "en"
_LOCAL_OFFICE = "http://127.0.0.1:8321"


@dataclass(frozen=True, slots=True)
class Door:
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
OptionalDay = Annotated[
    date | None,
    typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="The day."),
]


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def at_office(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options that lead to an office in place of the door they name."""

    def run(**given: Any) -> None:
        where = {name: given.pop(name) for name in _WHERE}
        command(_door_of(**where), **given)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    where = list(inspect.signature(_door_of, eval_str=True).parameters.values())
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    vars(run)["__signature__"] = inspect.Signature([*own, *where])
    return run


def emit(row: msgspec.Struct) -> None:
    """One answer as one JSON object."""
    emit_json(msgspec.to_builtins(row))


def _door_of(
    *,
    server: Server = "",
    token: Token = "",
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    data: Folder = None,
) -> Door:
    """The office and the token that the options, the settings or the environment name."""
    try:
        known = load(data_folder(data)).server_url
        held = token_file.read_text(encoding="utf-8").strip() if token_file else token
    except OSError as e:
        fail(f"Can't read {e.filename}: {e.strerror}. Name another file.")
    if not held:
        fail("Who are you? Give --token-file, --token or FIELDAPP_TOKEN.")
    return Door(server or known or _LOCAL_OFFICE, held, ca_file)


_WHERE = tuple(inspect.signature(_door_of).parameters)


def ask(door: Door, call: Callable[[Dispatcher], T]) -> T:
    """One call; what the office answers with no becomes one line and exit status 1."""
    return _ask(door, lambda http: call(Dispatcher(http, door.token)))


def judge(door: Door, call: Callable[[Judge], T]) -> T:
    """As `ask`, of what people look at and decide."""
    return _ask(door, lambda http: call(Judge(http, door.token)))


def _ask(door: Door, call: Callable[[Http], T]) -> T:
    try:
        http = Http(door.server, ca_file=door.ca_file)
        try:
            return call(http)
        finally:
            http.close()
    except Refused as e:
        fail(f"The office refuses this ({e.problem}). {e.detail}")
    except SyncError as e:
        fail(sentence(e, _LANGUAGE))
