"""The driver of the optical port: a meter opened, asked, written and closed.

    async with open_optical(port, OpticalOptions(password=b"...")) as session:
        await session.expect_meter("E0044007382246019")
        proof = await session.write_preference("off", now)

An open `Port` and options go in; a session with named operations comes out. Rule: the session
ends with DISC and a closed port however it ends, cancelled or broken included, and once a
meter is expected nothing is written to another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef, MethodRef, Selection
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_admission import PUBLIC_CLIENT
from hardware.drivers.optical_answers import (
    ClockReading,
    GetAnswer,
    Identity,
    MbusChannel,
    PreferenceProof,
    Readout,
)
from hardware.drivers.optical_clock import read_clock
from hardware.drivers.optical_groups import GroupReader
from hardware.drivers.optical_identity import check_meter, read_identity
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_logs import LogReader
from hardware.drivers.optical_mbus import read_mbus
from hardware.drivers.optical_opening import open_line
from hardware.drivers.optical_preference import show_preference, write_preference
from hardware.drivers.optical_profile import ProfileShape, read_last, read_rows, read_shape
from hardware.drivers.optical_readout import Wishes, read_version, retrieve_state
from hardware.drivers.optical_thrift import ThriftyConversation
from hardware.errors import MeterError, PortLocked, WrongMeter
from hardware.port import Port
from hardware.pump import WireStats
from hardware.values import Obis

_SEEN_COUNTER = AttributeRef(1, Obis(0, 0, 43, 1, 0), 2)
_REGISTER_CLASSES = {3, 4}
_VALUE, _SCALER_UNIT = 2, 3


@asynccontextmanager
async def open_optical(port: Port, options: OpticalOptions) -> AsyncIterator[OpticalSession]:
    """Open line, link and association; the port is closed at the end, come what may.

    Raises:
        PortTimeout: nothing answers, or it stops half-way.
        WrongPort: P1 telegrams come in.
        PortLocked: the meter refuses for now.
        WrongPassword, WrongMeterKey: refused; it was tried once.
        AccessDenied: a password is needed, or this client is not let in.
        NotSupported: no HDLC, or ciphered contexts only.
        WrongMeter: the key is another meter's; it was not tried.
        CounterTooLow, Unproven: see `Conversation.associate`.
        PortGone: unplugged.
    """
    try:
        seen, before = await _look_ahead(port, options)
        line = await open_line(port, options)
        in_order = False
        try:
            conversation = ThriftyConversation(line, options, before)
            await conversation.associate(options, seen)
            yield OpticalSession(conversation)
            in_order = True
        except (MeterError, WrongMeter):
            in_order = True
            raise
        finally:
            await line.close(in_order=in_order)
    finally:
        await port.close()


async def _look_ahead(port: Port, options: OpticalOptions) -> tuple[int, WireStats]:
    """The highest counter that the meter has seen, and what it took to hear it.

    Asked by the public client before a key is tried, and so is the meter's number where the
    key is of a known one. The counter (0-0:43.1.0, SMR 5) is -1 where it can't be read.

    Raises:
        WrongMeter: the key is another meter's; it was not tried.
        PortLocked: locked after a wrong key; no other was tried.
    """
    if not options.auth.is_high or options.hls is None:
        return -1, WireStats()
    public = replace(options, client=PUBLIC_CLIENT, auth=Authentication.NONE)
    line = await open_line(port, public)
    in_order = False
    seen = -1
    try:
        conversation = ThriftyConversation(line, public)
        await conversation.associate(public)
        if options.hls.meter:
            await check_meter(conversation, options.hls.meter)
        seen = _count(await conversation.get(_SEEN_COUNTER))
        in_order = True
    except (WrongMeter, PortLocked):
        in_order = True
        raise
    except MeterError:
        in_order = True
    finally:
        await line.close(in_order=in_order)
    return seen, line.stats


def _count(data: Data) -> int:
    return data.value if isinstance(data.value, int) else -1


class OpticalSession:
    """An association with one meter; made by `open_optical`."""

    def __init__(self, conversation: ThriftyConversation) -> None:
        self._conversation = conversation
        self._expected: str | None = None

    @property
    def stats(self) -> WireStats:
        """What went over the line so far, opening included."""
        return self._conversation.stats

    async def expect_meter(self, number: str) -> str:
        """Read the equipment identifier and hold the session to it.

        Raises:
            WrongMeter: another meter answers.
        """
        found = await check_meter(self._conversation, number)
        self._expected = number
        return found

    async def get(
        self, class_id: int, obis: Obis, attribute: int, selection: Selection | None = None
    ) -> GetAnswer:
        """One attribute; the value of a register comes with its scaler and unit.

        Raises:
            AccessDenied, NotSupported, MeterError: the meter's refusal.
            PortTimeout: it fell silent.
        """
        target = AttributeRef(class_id, obis, attribute, selection)
        data = await self._conversation.get(target)
        if class_id not in _REGISTER_CLASSES or attribute != _VALUE:
            return GetAnswer(target, data)
        return await self._scaled(target, data)

    async def _scaled(self, target: AttributeRef, data: Data) -> GetAnswer:
        scale_target = AttributeRef(target.class_id, target.obis, _SCALER_UNIT)
        scale = ScalerUnit.from_data(await self._conversation.get(scale_target))
        scaled = scale.scaled(data.integer) if isinstance(data.value, int) else None
        return GetAnswer(target, data, scale.scaler, scale.unit, scaled)

    async def set(self, class_id: int, obis: Obis, attribute: int, value: Data) -> None:
        """Write one attribute, after the meter was found to be the expected one.

        Raises:
            LocalProtocolError: an object that this program writes by name only, or never.
            WrongMeter: the meter behind the head has changed.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        await self._same_meter()
        await self._conversation.set(AttributeRef(class_id, obis, attribute), value)

    async def action(
        self, class_id: int, obis: Obis, method: int, parameter: Data | None = None
    ) -> Data | None:
        """Invoke a method, with the same care as `set`.

        Raises:
            LocalProtocolError, WrongMeter, AccessDenied, NotSupported, MeterError: as `set`.
        """
        await self._same_meter()
        return await self._conversation.action(MethodRef(class_id, obis, method), parameter)

    async def _same_meter(self) -> None:
        if self._expected is not None:
            await check_meter(self._conversation, self._expected)

    async def get_each(
        self, targets: Sequence[AttributeRef], *, as_list: bool = True
    ) -> list[Result]:
        """The values of many attributes, or the result code in the place of a value.

        In lists where the meter agreed on them; else, or not `as_list`, one by one.

        Raises:
            PortTimeout: the meter fell silent.
        """
        if as_list:
            return await self._conversation.get_each(targets)
        return [await self._conversation.get_result(target) for target in targets]

    async def identify(self) -> Identity:
        """Who the meter is; also for the public client."""
        return await read_identity(self._conversation)

    async def clock(self, now: Callable[[], datetime]) -> ClockReading:
        """The meter's clock and how far it is off; also for the public client."""
        return await read_clock(self._conversation, now)

    async def alarms(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the alarms and of the errors that are set."""
        version = await read_version(self._conversation)
        return await GroupReader(self._conversation, version).alarms()

    async def logs(self, since: datetime, until: datetime) -> LogReader:
        """Every log of the period: `rows` and `left_out` of the reader hold the outcome."""
        reader = LogReader(self._conversation, await read_version(self._conversation))
        await reader.read_all(since, until)
        return reader

    async def profile_shape(self, obis: Obis) -> ProfileShape:
        """What a profile captures; read before its rows, which may need a purpose."""
        return await read_shape(self._conversation, obis)

    async def profile_rows(
        self, shape: ProfileShape, since: datetime, until: datetime
    ) -> tuple[tuple[object, ...], ...]:
        """The rows of a profile from `since` to `until`, null-data filled in."""
        return await read_rows(self._conversation, shape, since, until)

    async def profile_last(
        self, shape: ProfileShape, count: int
    ) -> tuple[tuple[object, ...], ...]:
        """The last `count` rows of a profile, null-data filled in."""
        return await read_last(self._conversation, shape, count)

    async def mbus(self) -> tuple[MbusChannel, ...]:
        """The four M-Bus channels."""
        return await read_mbus(self._conversation, await read_version(self._conversation))

    async def preference(self, now: Callable[[], datetime]) -> PreferenceProof:
        """The administrative status and the meter that holds it."""
        return await show_preference(self._conversation, now)

    async def write_preference(
        self, wanted: str, now: Callable[[], datetime]
    ) -> PreferenceProof:
        """Write `on` or `off`, read it back, and give the proof of both.

        Raises:
            LocalProtocolError: another word.
            WrongMeter: not the expected meter; nothing was written.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        return await write_preference(self._conversation, wanted, now, self._expected)

    async def retrieve_state(self, wishes: Wishes) -> Readout:
        """The standard readout of a visit, in the steps of `optical_readout.STEPS`."""
        await self._same_meter()
        return await retrieve_state(self._conversation, wishes)
