"""`fieldapp optical clock|alarms|mbus|location|message`: a meter's upkeep, shown or written.

The command line goes in; what the meter holds comes out, or the proof of a write with before
and after. Rule: what can't be undone was read and shown first; exit 1 unless the meter, read
back, holds what was asked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fieldapp.domain import facts as f
from fieldapp.domain.meter_clock import check_laptop, check_moment
from fieldapp.domain.meter_text import check_location_code
from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from fieldapp.work import upkeep_facts
from fieldapp.work.laptop_time import shifted
from fieldapp.work.upkeep import clock_rule, message_templates, message_text
from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_proofs import (
    AlarmProof,
    ClockProof,
    CouplingProof,
    KeyOutcome,
    TextProof,
)
from hardware.dsmr.events import device_type_number
from hardware.dsmr.identity import short_number
from ui.cli.optical_contact import agree, contact, now, refuse, show, to_write
from ui.cli.optical_options import Reach
from ui.cli.optical_shapes import (
    alarm_proof_shape,
    alarm_shape,
    clock_proof_shape,
    clock_shape,
    coupling_shape,
    mbus_shape,
    text_shape,
)
from ui.cli.optical_tables import alarm_table, channel_table
from ui.cli.output import fail

_STATE = MeterAction.RETRIEVE_STATE
_NOT_HELD = "The meter does not hold what was asked; read it again."
Yes = Annotated[bool, typer.Option("--yes", help="Agree to what can't be undone.")]


class ClockDeed(StrEnum):
    """What may be done to the clock."""

    SET = "set"


class AlarmDeed(StrEnum):
    """What may be done to the registers."""

    CLEAR = "clear"


class MbusDeed(StrEnum):
    """What may be done to a channel."""

    COUPLE = "couple"
    DECOUPLE = "decouple"


class Language(StrEnum):
    """Of a message to the consumer."""

    NL = "nl"
    EN = "en"


def clock(
    reach: Reach,
    deed: Annotated[ClockDeed | None, typer.Argument(metavar="[set]")] = None,
    *,
    marks: Annotated[
        bool,
        typer.Option("--marks-intervals", help="Agree that the meter marks its intervals."),
    ] = False,
) -> None:
    """The meter's clock and how far it is off; or set it, away from the quarter-hour."""
    if deed is not ClockDeed.SET:
        show(reach, clock_shape(contact(reach, _STATE, lambda session: session.clock(now))))
        return
    to_write(reach)
    wanted = reach.wanted(MeterAction.SET_CLOCK)

    async def work(session: OpticalSession) -> tuple[str, ClockProof]:
        known = check_laptop(wanted.told.time)
        time = shifted(now, known)
        check_moment(time())
        operations = await session.operations(time)
        meter = await operations.meter()
        proof = await operations.set_clock(clock_rule(known, time, agreed=marks))
        wanted.told.facts.append(upkeep_facts.clock_set(now(), meter, proof))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, clock_proof_shape(meter, proof))
    if not proof.holds:
        fail(_NOT_HELD)


def alarms(
    reach: Reach,
    deed: Annotated[AlarmDeed | None, typer.Argument(metavar="[clear]")] = None,
    *,
    yes: Yes = False,
) -> None:
    """The alarms and errors that are set, by name; or clear them after showing them."""
    clears = deed is AlarmDeed.CLEAR
    if clears:
        to_write(reach)
    shown = contact(reach, _STATE, lambda session: session.alarms())
    if not clears or shown.is_clear or not reach.json:
        show(reach, alarm_shape(shown), alarm_table)
    if not clears or shown.is_clear:
        return
    agree(reach, "These registers are cleared; the meter notes it in its log.", yes=yes)
    wanted = reach.wanted(MeterAction.CLEAR_ALARMS)

    async def work(session: OpticalSession) -> tuple[str, AlarmProof]:
        operations = await session.operations(now)
        meter = await operations.meter()
        proof = await operations.clear_alarms(shown.registers)
        wanted.told.facts.append(upkeep_facts.alarms_cleared(now(), meter, proof))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, alarm_proof_shape(meter, proof), alarm_table)
    if not proof.holds:
        fail("Some came back at once: their cause is still there.")


def mbus(  # noqa: PLR0913 - an option each for what is known of a device
    reach: Reach,
    deed: Annotated[MbusDeed | None, typer.Argument(metavar="[couple|decouple]")] = None,
    *,
    number: Annotated[
        str, typer.Option(help="The device's whole number, or its last eight digits.")
    ] = "",
    medium: Annotated[str, typer.Option(help="gas, water, heat, …")] = "gas",
    maker: Annotated[str, typer.Option(metavar="XXX", help="Its maker's three letters.")] = "",
    device_version: Annotated[
        int | None, typer.Option(min=0, max=255, help="Its version.")
    ] = None,
    wired: Annotated[bool, typer.Option("--wired", help="On the wire, not by radio.")] = False,
    yes: Yes = False,
) -> None:
    """The four M-Bus channels; or couple a device, or take one off."""
    if deed is None:
        channels = contact(reach, _STATE, lambda session: session.mbus())
        show(reach, {"mbus": mbus_shape(channels)}, channel_table)
        return
    to_write(reach)
    digits = number if len(number) == 8 and number.isdecimal() else short_number(number)
    if not digits:
        raise typer.BadParameter("a meter number, or eight digits", param_hint="--number")
    match deed:
        case MbusDeed.COUPLE:
            _couple(reach, _device(digits, medium, maker, device_version, wired=wired))
        case MbusDeed.DECOUPLE:
            _decouple(reach, digits, yes=yes)


def _device(
    digits: str, medium: str, maker: str, version: int | None, *, wired: bool
) -> MbusDevice:
    try:
        device_type_number(medium)
    except ValueError as e:
        raise typer.BadParameter(str(e), param_hint="--medium") from e
    if maker and not (len(maker) == 3 and maker.isascii() and maker.isalpha()):
        raise typer.BadParameter("three letters", param_hint="--maker")
    return MbusDevice(digits, medium, maker.upper(), version, wired)


def _couple(reach: Reach, device: MbusDevice) -> None:
    wanted = reach.wanted(MeterAction.COUPLE_MBUS)
    keys = reach.device_keys(device.number)

    async def work(session: OpticalSession) -> tuple[str, CouplingProof]:
        operations = await session.operations(now)
        meter = await operations.meter()
        proof = await operations.couple(device, keys)
        wanted.told.facts.append(upkeep_facts.coupled(now(), meter, proof))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, coupling_shape(meter, "couple", proof))
    if proof.after.number != device.number:
        fail(_NOT_HELD)
    if proof.key is KeyOutcome.REFUSED:
        fail("It is coupled, but its key was refused; it was sent once. Check the key.")


def _decouple(reach: Reach, digits: str, *, yes: bool) -> None:
    channels = contact(reach, _STATE, lambda session: session.mbus())
    held = [channel for channel in channels if channel.number == digits]
    if not held:
        fail(f"No channel holds {digits}; look with: fieldapp optical mbus SOURCE.")
    place = held[0].channel
    agree(reach, f"{digits} is taken off channel {place}; its key goes with it.", yes=yes)
    wanted = reach.wanted(MeterAction.DECOUPLE_MBUS)

    async def work(session: OpticalSession) -> tuple[str, CouplingProof]:
        operations = await session.operations(now)
        meter = await operations.meter()
        proof = await operations.decouple(place, digits)
        wanted.told.facts.append(upkeep_facts.decoupled(now(), meter, proof))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, coupling_shape(meter, "decouple", proof))
    if not proof.after.is_empty:
        fail(_NOT_HELD)


def location(
    reach: Reach,
    code: Annotated[str | None, typer.Argument(metavar="[CODE]")] = None,
) -> None:
    """The location that the meter holds; or write the office's code for it."""
    if code is None:
        held, _ = contact(reach, _STATE, lambda session: session.texts())
        show(reach, {"location": held})
        return
    to_write(reach)
    try:
        checked = check_location_code(code)
    except FieldAppError as e:
        refuse(e)
    wanted = reach.wanted(MeterAction.WRITE_LOCATION, location=checked)

    async def work(session: OpticalSession) -> tuple[str, TextProof]:
        operations = await session.operations(now)
        meter = await operations.meter()
        proof = await operations.write_location(checked)
        wanted.told.facts.append(upkeep_facts.location_written(now(), meter, proof))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, text_shape("location", meter, proof))
    if not proof.holds:
        fail(_NOT_HELD)


def message(
    reach: Reach,
    template: Annotated[str | None, typer.Argument(metavar="[TEMPLATE]")] = None,
    language: Annotated[Language, typer.Option(help="Of the message.")] = Language.NL,
) -> None:
    """The message to the consumer; or write one of the set ones (none takes it away)."""
    if template is None:
        _, held = contact(reach, _STATE, lambda session: session.texts())
        show(reach, {"message": held, "templates": list(message_templates())})
        return
    to_write(reach)
    try:
        text = message_text(template, language)
    except FieldAppError as e:
        refuse(e)
    wanted = reach.wanted(MeterAction.WRITE_MESSAGE)

    async def work(session: OpticalSession) -> tuple[str, TextProof]:
        operations = await session.operations(now)
        meter = await operations.meter()
        proof = await operations.write_message(text)
        wanted.told.facts.append(f.MessageWritten(at=now(), meter=meter, template=template))
        return meter, proof

    meter, proof = contact(reach, wanted, work)
    show(reach, text_shape("message", meter, proof))
    if not proof.holds:
        fail(_NOT_HELD)
