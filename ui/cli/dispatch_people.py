"""`fieldapp dispatch conflicts | quarantine | laptops`: what a person looks at and decides.

In come a user's token and a decision; out come lines or JSON. Rule: nothing is decided here,
and values of a customer are shown only where one entry is asked for by its id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sync.client.people import LaptopLine
from ui.cli.dispatch_door import AsJson, Door, at_office, emit, judge
from ui.cli.output import emit_line

Which = Annotated[str, typer.Argument(metavar="ID", help="As the list names it.")]

quarantine_app = typer.Typer(
    help="Operations that the office set aside for a person.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands to `dispatch`."""
    app.command()(conflicts)
    app.command()(laptops)
    app.add_typer(quarantine_app, name="quarantine")


@at_office
def conflicts(  # noqa: PLR0913  one parameter for each option
    door: Door,
    which: Annotated[str, typer.Argument(metavar="[ID]", help="Show this one whole.")] = "",
    *,
    state: Annotated[
        str,
        typer.Option("--state", help="open, seen, kept_field, kept_office, merged."),
    ] = "open",
    keep: Annotated[
        str, typer.Option("--keep", metavar="WHAT", help="field, office, merge or seen.")
    ] = "",
    value: Annotated[str, typer.Option("--value", help="What holds, with --keep merge.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what site and office made different things of, show one, or decide it."""
    if keep and not which:
        raise typer.BadParameter("name the conflict that is decided")
    if keep:
        emit(judge(door, lambda office: office.decide(which, keep, value)))
        return
    if which:
        emit(judge(door, lambda office: office.conflict(which)))
        return
    for row in judge(door, lambda office: office.conflicts(state)):
        if as_json:
            emit(row)
        else:
            what = f"{row.field or row.reason:28} {row.technician:8}"
            emit_line(f"{row.found_at:%Y-%m-%d %H:%M}  {row.number:12} {what} {row.id}")


@at_office
def laptops(
    door: Door,
    *,
    silent_h: Annotated[
        int, typer.Option("--silent-hours", min=0, help="When to say that one is silent.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """List per laptop what has not arrived yet and when it was last heard of."""
    for row in judge(door, lambda office: office.laptops(silent_h or None)):
        if as_json:
            emit(row)
        else:
            emit_line(f"{row.technician:8} {_moment(row.last_contact):16}  {_told(row)}")


@quarantine_app.command("list")
@at_office
def list_quarantine(
    door: Door,
    *,
    state: Annotated[str, typer.Option("--state", help="open, taken, dropped.")] = "open",
    as_json: AsJson = False,
) -> None:
    """List what was set aside, and why."""
    for row in judge(door, lambda office: office.quarantine(state)):
        if as_json:
            emit(row)
        else:
            what = f"{row.kind:20} {row.reason:20} {row.technician:8}"
            emit_line(f"{row.received_at:%Y-%m-%d %H:%M}  {row.number:12} {what} {row.id}")


@quarantine_app.command("show")
@at_office
def show_quarantine(
    door: Door,
    which: Which,
) -> None:
    """Show what one of them says; the look is in the audit trail."""
    emit(judge(door, lambda office: office.set_aside(which)))


@quarantine_app.command("take")
@at_office
def take_quarantine(
    door: Door,
    which: Which,
) -> None:
    """Have it judged and applied as any fact, once."""
    emit(judge(door, lambda office: office.take(which)))


@quarantine_app.command("drop")
@at_office
def drop_quarantine(
    door: Door,
    which: Which,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is left out.")],
) -> None:
    """Leave it out, with a reason; it is kept."""
    emit(judge(door, lambda office: office.drop(which, reason)))


def _told(row: LaptopLine) -> str:
    """What is to come of a laptop, in one line."""
    counts = (
        (row.waiting, "waiting"),
        (row.files_waiting, "files waiting"),
        (row.missing, "missing"),
        (row.held, "held"),
        (row.files_partial, "files not whole"),
        (row.set_aside, "set aside"),
        (row.conflicts, "conflicts"),
    )
    said = [f"{count} {what}" for count, what in counts if count]
    said += [f"{number} lacks files" for number in row.without_files]
    said += [f"{day} differs" for day in row.days_differ]
    flags = [name for name in ("silent", "withdrawn") if getattr(row, name)]
    return ", ".join((*flags, *said)) or "nothing to come"


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"
