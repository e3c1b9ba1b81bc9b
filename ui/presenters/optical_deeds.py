"""What may be done to a meter besides reading it: the question before, the proof after.

In come what was read and what is wanted; out come a frozen `Question` that a person answers,
and a `DeedProof` that shows before and after. Rule: nothing is asked about that was not read
and shown; the question holds exactly what is then written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from fieldapp.domain.privacy import MeterAction, allows
from hardware.drivers.optical_clock_set import SHIFT_LIMIT_S
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_proofs import (
    AlarmProof,
    AlarmState,
    ClockProof,
    CouplingProof,
    KeyOutcome,
)
from hardware.dsmr.identity import short_number
from ui.presenters.bench import ErrandCard
from ui.presenters.optical_reading import OpticalReading, Slot, clock_line, slot_of


class Deed(StrEnum):
    """What is done."""

    CLOCK = "clock"
    ALARMS = "alarms"
    COUPLE = "couple"
    DECOUPLE = "decouple"
    LOCATION = "location"
    MESSAGE = "message"


_ACTIONS = {
    Deed.CLOCK: MeterAction.SET_CLOCK,
    Deed.ALARMS: MeterAction.CLEAR_ALARMS,
    Deed.COUPLE: MeterAction.COUPLE_MBUS,
    Deed.DECOUPLE: MeterAction.DECOUPLE_MBUS,
    Deed.LOCATION: MeterAction.WRITE_LOCATION,
    Deed.MESSAGE: MeterAction.WRITE_MESSAGE,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before it is written.

    Attributes:
        off_s: how far the clock is off; None where it tells no time.
        marks: whether setting it marks intervals.
        names: the alarms and errors that go.
        registers: with what they hold, as shown.
        channel, number, digits: the M-Bus channel and the device.
        wired: it hangs on a wire.
        held, text: what stands in the meter now, and what is to stand there.
        template, lang: of a message.
    """

    deed: Deed
    off_s: Decimal | None = None
    marks: bool = False
    names: tuple[str, ...] = ()
    registers: tuple[tuple[str, int], ...] = ()
    channel: int = 0
    number: str = ""
    digits: str = ""
    wired: bool = False
    held: str = ""
    text: str = ""
    template: str = ""
    lang: str = ""

    @property
    def device(self) -> MbusDevice:
        """What is to be coupled."""
        return MbusDevice(self.digits, "gas", wired=self.wired)


@dataclass(frozen=True, slots=True)
class DeedProof:
    """What was done, read back.

    Attributes:
        holds: the meter now holds what was asked.
        before_s, after_s: how far the clock was and is off.
        before, after: names of the alarms and errors that were and are set.
        slot: the M-Bus channel as it is now.
        coupled: whether the meter has found the device and its value.
        key_refused: whether the device's key was not taken.
        held, text: what stood in the meter, and what was read back.
    """

    deed: Deed
    at: datetime
    holds: bool
    before_s: Decimal | None = None
    after_s: Decimal | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    channel: int = 0
    number: str = ""
    key_status: str = ""
    coupled: bool = False
    key_refused: bool = False
    held: str = ""
    text: str = ""


def may(errand: ErrandCard, deed: Deed) -> bool:
    """Whether the errand gives a right to it."""
    return errand.purpose is not None and allows(errand.purpose, _ACTIONS[deed])


def about_clock(reading: OpticalReading) -> Question:
    """Setting the clock."""
    off = reading.clock.deviation_s
    return Question(Deed.CLOCK, off_s=off, marks=off is None or abs(off) > SHIFT_LIMIT_S)


def about_alarms(reading: OpticalReading) -> Question | None:
    """Clearing what is shown; None where nothing is set."""
    names = (*reading.errors, *reading.alarms)
    if not names:
        return None
    return Question(Deed.ALARMS, names=names, registers=reading.registers_set)


def names_set(registers: Mapping[str, int]) -> tuple[str, ...]:
    """What is set in alarm and error registers, by name."""
    state = AlarmState(dict(registers))
    return (*state.errors, *state.alarms)


def about_coupling(number: str, *, wired: bool = False) -> Question | None:
    """Coupling the gas meter with this number; None where it is none."""
    text = "".join(number.split()).upper()
    digits = text if len(text) == 8 and text.isdecimal() else short_number(text)
    if not digits:
        return None
    return Question(Deed.COUPLE, number=text, digits=digits, wired=wired)


def about_decoupling(reading: OpticalReading, channel: int) -> Question | None:
    """Taking the device off this channel; None where there is none."""
    slot = next((one for one in reading.slots if one.channel == channel), None)
    if slot is None or not slot.digits:
        return None
    return Question(Deed.DECOUPLE, channel=channel, number=slot.number, digits=slot.digits)


def clock_proof(proof: ClockProof, at: datetime) -> DeedProof:
    """The clock, set."""
    return DeedProof(
        Deed.CLOCK,
        at,
        proof.holds,
        before_s=proof.before.deviation_s,
        after_s=proof.after.deviation_s,
    )


def alarm_proof(proof: AlarmProof, at: datetime) -> DeedProof:
    """The registers, cleared."""
    return DeedProof(
        Deed.ALARMS,
        at,
        proof.holds,
        before=(*proof.before.errors, *proof.before.alarms),
        after=(*proof.after.errors, *proof.after.alarms),
    )


def coupling_proof(deed: Deed, proof: CouplingProof, at: datetime) -> DeedProof:
    """A device, coupled or taken off."""
    after = proof.after
    held = after if deed is Deed.COUPLE else proof.before
    return DeedProof(
        deed,
        at,
        holds=bool(after.number) if deed is Deed.COUPLE else after.is_empty,
        channel=proof.channel,
        number=held.equipment_id or held.number,
        key_status=after.key_status,
        coupled=bool(after.equipment_id),
        key_refused=proof.key is KeyOutcome.REFUSED,
    )


def with_clock(reading: OpticalReading, proof: ClockProof) -> OpticalReading:
    """The reading, with the clock as it is now."""
    return replace(reading, clock=clock_line(proof.after))


def with_alarms(reading: OpticalReading, proof: AlarmProof) -> OpticalReading:
    """The reading, with the registers as they are now."""
    return replace(
        reading,
        alarms=proof.after.alarms,
        errors=proof.after.errors,
        registers_set=tuple(proof.after.registers.items()),
    )


def with_slot(reading: OpticalReading, proof: CouplingProof) -> OpticalReading:
    """The reading, with this channel as it is now."""
    now = slot_of(proof.after)
    kept: list[Slot] = [now if s.channel == now.channel else s for s in reading.slots]
    return replace(reading, slots=tuple(kept))
