"""A meter's upkeep: set its clock, clear its alarms, couple its devices, write its texts.

In comes a line; out come proofs with before and after, and in a visit their facts are kept.
Rule: whatever is written was shown first, belongs to a purpose that allows it, and is read
back; in a visit only its own meter is written, without one only the workshop writes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar

import resources
from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.meter_clock import LaptopTime, check_laptop, check_moment, check_shift
from fieldapp.domain.meter_text import (
    Messages,
    check_location_code,
    check_office_code,
    parse_messages,
)
from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import RuleError, TextRefused
from fieldapp.store.database import Database
from fieldapp.work.contact import COMPARE, CONNECT, LOOK, OPEN_PORT, WRITE
from fieldapp.work.errand import Errand, Errands, Line
from fieldapp.work.laptop_time import laptop_time, shifted
from fieldapp.work.tools import Tools
from fieldapp.work.upkeep_facts import (
    alarms_cleared,
    clock_set,
    coupled,
    decoupled,
    location_written,
)
from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_answers import ClockReading, MbusChannel
from hardware.drivers.optical_clock_set import ClockRule
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_operations import Operations
from hardware.drivers.optical_proofs import (
    AlarmProof,
    AlarmState,
    ClockProof,
    CouplingProof,
    TextProof,
)
from hardware.dsmr.identity import short_number
from hardware.dsmr.mbus_keys import DeviceKeys

LOOK_STEPS = (OPEN_PORT, CONNECT, COMPARE, LOOK)
UPKEEP_STEPS = (OPEN_PORT, CONNECT, COMPARE, WRITE)
"""The steps of each contact, in order, as `Line.notice` hears them."""

Answer = TypeVar("Answer")
_MESSAGES = "dsmr/messages.toml"


@dataclass(frozen=True, slots=True)
class _Work:
    """A meter at hand, and whose."""

    errand: Errand
    number: str
    operations: Operations


class Upkeep:
    """The work room of upkeep."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Work with `tools`; contacts and facts are kept in `db`."""
        self._db = db
        self._clock = clock
        self._tools = tools
        self._errands = Errands(db, clock, tools)

    async def clock(self, line: Line) -> ClockReading:
        """The clock as it is; errors as `Errands.session`."""
        return await self._look(line, lambda session: session.clock(self._clock.now))

    async def alarms(self, line: Line) -> AlarmState:
        """The alarms and errors as they are; errors as `Errands.session`."""
        return await self._look(line, lambda session: session.alarms())

    async def channels(self, line: Line) -> tuple[MbusChannel, ...]:
        """The M-Bus channels as they are; errors as `Errands.session`."""
        return await self._look(line, lambda session: session.mbus())

    async def set_clock(self, line: Line, *, agreed: bool = False) -> ClockProof:
        """Set the clock to the office's time.

        Args:
            line: where the meter is.
            agreed: that intervals will be marked was shown, and agreed to.

        Raises:
            ClockNotConfirmed, NearQuarter: not by this laptop, or not at this moment.
            MarksIntervals: beyond the meter's limit and not agreed to; nothing was written.
            WrongMeter, UnknownMeter, HardwareError: as `Errands.session`, and the refusals.
        """
        known = check_laptop(await self._db.read(lambda c: laptop_time(c, self._clock)))
        time = shifted(self._clock.now, known)
        check_moment(time())
        async with self._work(line, MeterAction.SET_CLOCK, time) as work:
            proof = await work.operations.set_clock(clock_rule(known, time, agreed=agreed))
            await self._keep(work, clock_set(self._clock.now(), work.number, proof))
            return proof

    async def clear_alarms(self, line: Line, shown: Mapping[str, int]) -> AlarmProof:
        """Clear what was shown; errors as `set_clock`, and `RegistersChanged`."""
        async with self._work(line, MeterAction.CLEAR_ALARMS) as work:
            proof = await work.operations.clear_alarms(shown)
            if proof.cleared:
                await self._keep(work, alarms_cleared(self._clock.now(), work.number, proof))
            return proof

    async def couple(self, line: Line, device: MbusDevice) -> CouplingProof:
        """Couple a device and give it its key, where this laptop has it.

        A key that was refused in this visit is not tried again. Errors as `set_clock`, and
        `ChannelTaken`.
        """
        async with self._work(line, MeterAction.COUPLE_MBUS) as work:
            tried = device.number in work.errand.refused
            keys = {} if tried else await self._keys(work.errand, device)
            proof = await work.operations.couple(device, keys)
            await self._keep(work, coupled(self._clock.now(), work.number, proof))
            return proof

    async def _keys(self, errand: Errand, device: MbusDevice) -> dict[str, DeviceKeys]:
        """The keys of the device, by its eight digits, where the visit's is on board."""
        for number in (errand.gas, *(meter.number for meter in errand.gas_meters)):
            if number and short_number(number) == device.number:
                keys = await self._tools.device_keys(number)
                return {} if keys is None else {device.number: keys}
        return {}

    async def decouple(self, line: Line, channel: int, number: str) -> CouplingProof:
        """Decouple the device with this number; errors as `couple`."""
        async with self._work(line, MeterAction.DECOUPLE_MBUS) as work:
            proof = await work.operations.decouple(channel, number)
            await self._keep(work, decoupled(self._clock.now(), work.number, proof))
            return proof

    async def reset(self, line: Line) -> int:
        """Set a removed meter back by its own script; it can't be undone.

        Raises:
            RuleError: the visit's meter was not taken off yet, which comes after its readings.
            NotSupported: the meter has no such script.
            WrongMeter, UnknownMeter, HardwareError: as `set_clock`.
        """
        errand = await self._errands.current(line.visit)
        if errand.visit and not errand.removed:
            raise RuleError("still_hangs")
        async with self._work(line, MeterAction.RESET_METER) as work:
            script = await work.operations.reset_to_factory()
            at = self._clock.now()
            await self._keep(work, f.MeterReset(at=at, meter=work.number))
            return script

    async def write_location(self, line: Line, code: str) -> TextProof:
        """Write the office's code for where the meter hangs.

        Raises:
            TextRefused: no code, or in a visit another than the office gave for it.
            WrongMeter, UnknownMeter, HardwareError: as `set_clock`.
        """
        code = check_location_code(code)
        errand = await self._errands.current(line.visit)
        if errand.expected is not None:
            check_office_code(errand.expected.connection, code)
        async with self._work(line, MeterAction.WRITE_LOCATION) as work:
            proof = await work.operations.write_location(code)
            await self._keep(work, location_written(self._clock.now(), work.number, proof))
            return proof

    async def write_message(self, line: Line, template: str, lang: str) -> TextProof:
        """Write one of the set messages; errors as `write_location`."""
        text = message_text(template, lang)
        async with self._work(line, MeterAction.WRITE_MESSAGE) as work:
            proof = await work.operations.write_message(text)
            at = self._clock.now()
            await self._keep(
                work, f.MessageWritten(at=at, meter=work.number, template=template)
            )
            return proof

    async def _look(
        self, line: Line, ask: Callable[[OpticalSession], Awaitable[Answer]]
    ) -> Answer:
        async with self._errands.session(line, MeterAction.RETRIEVE_STATE) as (_, session):
            line.notice(LOOK)
            return await ask(session)

    @asynccontextmanager
    async def _work(
        self, line: Line, action: MeterAction, now: Callable[[], datetime] | None = None
    ) -> AsyncIterator[_Work]:
        async with self._errands.session(line, action) as (errand, session):
            line.notice(WRITE)
            operations = await session.operations(now or self._clock.now)
            yield _Work(errand, await operations.meter(), operations)

    async def _keep(self, work: _Work, fact: f.AnyFact) -> None:
        await self._errands.keep(work.errand, fact)


def clock_rule(known: LaptopTime, time: Callable[[], datetime], *, agreed: bool) -> ClockRule:
    """The rules of setting a clock, as the driver asks them right before it writes."""

    def rule(before: ClockReading, limit_s: int) -> None:
        check_laptop(known)
        check_moment(time())
        check_shift(before.deviation_s, limit_s, agreed=agreed)

    return rule


@cache
def _messages() -> Messages:
    return parse_messages(resources.read_text(_MESSAGES))


def message_templates() -> tuple[str, ...]:
    """The names of the set messages."""
    return tuple(_messages())


def message_text(template: str, lang: str) -> str:
    """The text of a set message.

    Raises:
        TextRefused: no such template.
    """
    texts = _messages().get(template)
    if texts is None:
        raise TextRefused(template, "no_template")
    return texts[lang]
