"""`fieldapp`: one command, its parts loaded only when they are asked for.

In come the words of the command line; where there are none, `ui.command` has opened the window.
Out go the part's own lines. `--data DIR` is taken anywhere among the words and reaches every
part as `FIELDAPP_DATA`. Rule: every expected error ends as one line on standard error and exit
status 1, wrong usage as 2, and no traceback for either.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from fieldapp.settings import ENVIRONMENT
from ui.cli import notices
from ui.cli.output import warn
from ui.messages import TREES, sentence

_LANGUAGE = "en"
_DATA = "--data"
_PARTS = {
    "day": "ui.cli.technician",
    "visit": "ui.cli.visit",
    "sync": "ui.cli.sync",
    "enrol": "ui.cli.sync",
    "rescue": "ui.cli.rescue",
    "p1": "ui.cli.meters:p1",
    "diagnose": "ui.cli.meters:diagnose",
    "optical": "ui.cli.meters:optical",
    "simulate": "ui.cli.meters:simulate",
    "demo": "ui.cli.demo",
    "demo-technician": "ui.cli.demo",
    "server": "ui.cli.office",
    "server-admin": "ui.cli.office",
    "dispatch": "ui.cli.office",
    "bench": "ui.cli.bench",
    "screenshots": "ui.cli.screenshots",
}
"""Command to the room whose `register(app)`, or the function behind the colon, adds it."""


class Parts(TyperGroup):
    """The commands of `_PARTS`; a room is imported when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands that this installation has, in the order of a working day."""
        del ctx
        return [name for name, part in _PARTS.items() if find_spec(part.split(":")[0])]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One command, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        part = typer.Typer(pretty_exceptions_enable=False)
        room, _, adds = _PARTS[cmd_name].partition(":")
        getattr(import_module(room), adds or "register")(part)
        return get_group(part).commands[cmd_name]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--data DIR` out, wherever it stands before `--`."""
        return super().parse_args(ctx, _without_data(ctx, args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an expected error ends it with one line."""
        notices.drop()
        try:
            answer = super().invoke(ctx)
        except TREES as error:
            warn(sentence(error, _LANGUAGE))
            raise typer.Exit(1) from error
        notices.say()
        return answer


app = typer.Typer(cls=Parts, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def fieldapp(
    data: Annotated[
        Path | None,
        typer.Option(
            _DATA,
            envvar=ENVIRONMENT,
            help="The folder for everything that is kept; also taken behind any command.",
        ),
    ] = None,
) -> None:
    """The meter technician's day, offline, and the back office it syncs with."""


def _without_data(ctx: Any, args: list[str]) -> list[str]:
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            return [*rest, word, *words]
        if word == _DATA:
            value = next(words, "")
            if not value:
                raise typer.BadParameter("a folder is missing", ctx=ctx, param_hint=_DATA)
            os.environ[ENVIRONMENT] = value
        elif word.startswith(f"{_DATA}="):
            os.environ[ENVIRONMENT] = word.partition("=")[2]
        else:
            rest.append(word)
    return rest


def main() -> None:
    """The entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()
