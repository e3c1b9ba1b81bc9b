"""`fieldapp optical …`: a meter behind the optical head, from the command line.

The command line goes in; one JSON object a line, or a table for people, comes out. Rule: each
contact goes through `door` before its port is opened, and a write without a
visit is refused unless it is the workshop's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer

from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from fieldapp.work.refusals import PreferenceNotApplied
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_profile import ProfileShape
from hardware.drivers.optical_readout import DEFAULT_PERIOD, Wishes
from hardware.errors import HardwareError
from hardware.serial_port import open_port
from hardware.values import Obis
from ui.cli.optical_options import Reach, contacting
from ui.cli.optical_shapes import (
    Rows,
    Shape,
    clock_shape,
    get_shape,
    logs_shape,
    mbus_shape,
    profile_shape,
    proof_shape,
    readout_shape,
)
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.wanted import Door, unwatched
from ui.messages import explain

Answer = TypeVar("Answer")
_STATE = MeterAction.RETRIEVE_STATE
door: Door = unwatched
"""What every contact goes through; `ui.cli.meters` puts the noting one here."""

optical_app = typer.Typer(no_args_is_help=True, help="Read and write through the optical head.")


Days = Annotated[int, typer.Option(min=1, max=3650, help="How many days back.")]


@optical_app.command("get")
@contacting
def get(
    reach: Reach,
    class_id: Annotated[int, typer.Argument(metavar="CLASS", min=1, max=0xFFFF)],
    obis: Annotated[str, typer.Argument(metavar="OBIS")],
    attribute: Annotated[int, typer.Argument(metavar="ATTRIBUTE", min=-128, max=127)],
) -> None:
    """Read one attribute of one object."""
    code = _code(obis)
    answer = _contact(
        reach,
        MeterAction.READ_REGISTERS,
        lambda session: session.get(class_id, code, attribute),
    )
    _show(reach, get_shape(answer))


@optical_app.command("preference")
@contacting
def preference(
    reach: Reach,
    wanted: Annotated[Preference | None, typer.Argument(metavar="[on|off]")] = None,
) -> None:
    """Show the administrative status, or write it and read it back."""
    if wanted is not None and not reach.may_write:
        fail("A write needs --visit ID, or --purpose workshop without one.")
    if wanted is None:
        action = MeterAction.READ_PREFERENCE
        _show(reach, proof_shape(_contact(reach, action, lambda s: s.preference(_now))))
        return

    async def write(session: OpticalSession) -> None:
        """Shown before the contact ends: one that did not take is no contact that was done."""
        proof = await session.write_preference(wanted, _now)
        _show(reach, proof_shape(proof))
        if not proof.holds:
            raise PreferenceNotApplied(wanted, proof.after.value)

    _contact(reach, MeterAction.WRITE_PREFERENCE, write, wanted)


@optical_app.command("read")
@contacting
def read(reach: Reach, days: Days = DEFAULT_PERIOD.days) -> None:
    """The whole standard readout of a visit; logs from --days ago."""
    wishes = Wishes(now=_now, since=_now() - timedelta(days=days))
    readout = _contact(reach, _STATE, lambda session: session.retrieve_state(wishes))
    _show(reach, readout_shape(readout))


@optical_app.command("clock")
@contacting
def clock(reach: Reach) -> None:
    """The meter's clock and how far it is off."""
    _show(reach, clock_shape(_contact(reach, _STATE, lambda session: session.clock(_now))))


@optical_app.command("alarms")
@contacting
def alarms(reach: Reach) -> None:
    """The alarms and errors that are set, by name."""
    state = _contact(reach, _STATE, lambda session: session.alarms())
    _show(reach, {"alarms": list(state.alarms), "errors": list(state.errors)})


@optical_app.command("logs")
@contacting
def logs(reach: Reach, days: Days = DEFAULT_PERIOD.days) -> None:
    """The event logs, by name."""
    until = _now()
    since = until - timedelta(days=days)
    reader = _contact(reach, _STATE, lambda session: session.logs(since, until))
    _show(reach, {"logs": logs_shape(reader.rows), "left_out": list(reader.left_out)})


@optical_app.command("profile")
@contacting
def profile(
    reach: Reach,
    obis: Annotated[str, typer.Argument(metavar="OBIS")],
    hours: Annotated[int, typer.Option(min=1, max=24 * 400, help="How far back.")] = 24,
) -> None:
    """The rows of a profile; interval data of a household only for a named --purpose."""
    code = _code(obis)
    until = _now()

    async def ask(session: OpticalSession) -> tuple[ProfileShape, Rows | None]:
        shape = await session.profile_shape(code)
        if shape.is_interval_data and reach.purpose is None:
            return shape, None
        return shape, await session.profile_rows(shape, until - timedelta(hours=hours), until)

    shape, rows = _contact(reach, _STATE, ask)
    if rows is None:
        fail(f"{obis} holds interval data of a household; say what it is for with --purpose.")
    _show(reach, profile_shape(shape, rows))


@optical_app.command("mbus")
@contacting
def mbus(reach: Reach) -> None:
    """The four M-Bus channels."""
    _show(reach, {"mbus": mbus_shape(_contact(reach, _STATE, lambda session: session.mbus()))})


def _contact(
    reach: Reach,
    action: MeterAction,
    ask: Callable[[OpticalSession], Awaitable[Answer]],
    preference: Preference | None = None,
) -> Answer:
    """Open, ask, close; errors end the command with one line."""
    options = reach.options()
    contact = door(reach.wanted(action, preference))

    async def run() -> Answer:
        async with contact as expected:
            port = await open_port(reach.source)
            async with open_optical(port, options) as session:
                if expected is not None:
                    await session.expect_meter(expected)
                return await ask(session)

    try:
        return asyncio.run(run())
    except (HardwareError, FieldAppError) as e:
        message = explain(e, "en")
        fail(f"{message.what} {message.do} ({message.detail})")


def _code(obis: str) -> Obis:
    try:
        return Obis.parse(obis)
    except ValueError as e:
        raise typer.BadParameter(str(e), param_hint="OBIS") from e


def _now() -> datetime:
    return datetime.now(UTC)


def _show(reach: Reach, shape: Shape) -> None:
    if reach.json:
        emit_json(shape)
        return
    for line in _lines(shape, ""):
        emit_line(line)


def _lines(value: object, path: str) -> list[str]:
    """A shape for people: one line a value, with the path to it."""
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in _lines(part, f"{path}{key} ")]
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return [
            line for at, part in enumerate(value, 1) for line in _lines(part, f"{path}{at} ")
        ]
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value) or "-"
    return [f"{path.strip()}: {'-' if value is None else value}"]
