"""`fieldapp dispatch checks | follow-ups`: what visits left to be proven or done.

In come a user's token and what to settle; out come lines or JSON. Rule: nothing is decided
here; a missed date has become a follow-up by the time the list is shown.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.dispatch_door import AsJson, Door, OptionalDay, ask, at_office, emit
from ui.cli.output import emit_line

State = Annotated[str, typer.Option("--state", help="open, proven, missed, planned, dropped.")]


def register(app: typer.Typer) -> None:
    """Add the two commands to `dispatch`."""
    app.command()(checks)
    app.command("follow-ups")(follow_ups)


@at_office
def checks(
    door: Door,
    *,
    state: State = "open",
    prove: Annotated[
        tuple[str, str] | None,
        typer.Option("--prove", metavar="ID WHAT", help="Close this one: it was proven."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what visits left to be proven, or close one of them."""
    if prove is not None:
        emit(ask(door, lambda office: office.prove(*prove)))
        return
    for row in ask(door, lambda office: office.checks(state)):
        if as_json:
            emit(row)
        else:
            emit_line(f"{row.until}  {row.number:12} {row.what:16} {row.id}")


@at_office
def follow_ups(  # noqa: PLR0913  one parameter for each option
    door: Door,
    *,
    state: State = "open",
    plan: Annotated[
        str, typer.Option("--plan", metavar="ID", help="Make a visit of it; with --date.")
    ] = "",
    day: OptionalDay = None,
    drop: Annotated[
        str, typer.Option("--drop", metavar="ID", help="Say that it is not needed.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the work that has to follow visits, plan one of it, or drop it."""
    if bool(plan) != bool(day):
        raise typer.BadParameter("give --plan and --date together")
    if plan and day:
        emit(ask(door, lambda office: office.plan_follow_up(plan, day)))
        return
    if drop:
        emit(ask(door, lambda office: office.drop_follow_up(drop)))
        return
    for row in ask(door, lambda office: office.follow_ups(state)):
        if as_json:
            emit(row)
        else:
            what = f"{row.work:18} {row.reason:20}"
            emit_line(f"{row.asked_at:%Y-%m-%d}  {row.number:12} {what}  {row.id}")
