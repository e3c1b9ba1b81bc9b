"""`fieldapp day`: the day's visits from the local store.

In come a date and the data folder; out comes one line a visit, or one JSON object a visit.
Rule: reads the laptop's store only; that these customers were shown is noted in its trail.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.errors import NotEnrolled
from fieldapp.settings import data_folder
from ui.cli.output import emit_json, emit_line
from ui.cli.passphrase import PassphraseFile, source_of
from ui.messages import word
from ui.presenters.day import DayState, Picture
from ui.presenters.day_rows import VisitRow
from ui.wiring import is_laptop, open_laptop

_LANGUAGE = "en"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("day")(day)


def day(
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    on: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Another day than today."),
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Close the day, and say what the office confirmed.")
    ] = False,
    counted: Annotated[
        list[str] | None,
        typer.Option(
            "--count",
            metavar="ITEM=N",
            help="With --close: so many are in the van (E, G, removed, seal, modem, antenna).",
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """The day's visits from the local store; with --close the end of the day."""
    if close:
        from ui.cli.day_close import close_day  # noqa: PLC0415 - only for the day's end

        close_day(on.date() if on else None, counted or [], passphrase_file, as_json=json)
        return
    if counted:
        raise typer.BadParameter("only with --close", param_hint="--count")
    shown = asyncio.run(_load(on.date() if on else None, passphrase_file))
    for row in shown.visits:
        if json:
            emit_json(_shape(row))
        else:
            emit_line(_line(row))
    if not json and shown.picture is not Picture.DAY:
        emit_line(f"{shown.on.isoformat()}: {word('pictures', shown.picture, _LANGUAGE)}")


async def _load(on: date | None, passphrase_file: Path | None) -> DayState:
    folder = data_folder(None)
    if not is_laptop(folder):
        raise NotEnrolled
    laptop = await open_laptop(folder, source_of(folder, passphrase_file))
    try:
        await laptop.owner()
        presenter = laptop.day_presenter(on)
        await presenter.open()
        presenter.close()
        return presenter.state
    finally:
        await laptop.close()


def _shape(row: VisitRow) -> dict[str, object]:
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "variant": row.variant,
        "state": row.state,
        "window": list(row.window),
        "name": row.name,
        "street": row.street,
        "postcode": row.postcode,
        "place": row.place,
        "phone": row.phone,
        "connections": [{"ean": c.ean, "meter": c.meter or None} for c in row.connections],
        "steps": row.steps,
        "steps_done": row.steps_done,
        "current": row.current or None,
        "undelivered": row.undelivered,
        "lacks": list(row.lacks),
    }


def _line(row: VisitRow) -> str:
    window = "-".join(moment.strftime("%H:%M") for moment in row.window)
    kind = word("kinds", row.kind, _LANGUAGE)
    state = word("states", row.state, _LANGUAGE)
    where = f"{row.street}, {row.postcode} {row.place}"
    return f"{window}  {row.number}  {kind}  {state}  {where}  {row.name}"
