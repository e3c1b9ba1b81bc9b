"""The driver of the optical port: a meter opened, asked, written and closed.

    async with open_optical(port, OpticalOptions(password=b"...")) as session:
        await session.expect_meter("E0044007382246019")
        proof = await session.write_preference("off", now)

An open `Port` and options go in; a session with named operations comes out. Rule: the session
ends with DISC and a closed port however it ends, cancelled or broken included, and once a
meter is expected nothing is written to another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef, MethodRef, Selection
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical_admission import PUBLIC_CLIENT
from hardware.drivers.optical_alarms import read_alarms
from hardware.drivers.optical_answers import (
    ClockReading,
    GetAnswer,
    Identity,
    MbusChannel,
    PreferenceProof,
    Readout,
)
from hardware.drivers.optical_clock import read_clock
from hardware.drivers.optical_closed import check_general
from hardware.drivers.optical_identity import check_meter, read_equipment_id, read_identity
from hardware.drivers.optical_inventory import check_writable, read_inventory
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_logs import LogReader
from hardware.drivers.optical_look_ahead import look_ahead
from hardware.drivers.optical_mbus import read_mbus
from hardware.drivers.optical_opening import open_line
from hardware.drivers.optical_operations import Operations, meter_to_write
from hardware.drivers.optical_preference import show_preference, write_preference
from hardware.drivers.optical_profile import ProfileShape, read_last, read_rows, read_shape
from hardware.drivers.optical_proofs import AlarmState
from hardware.drivers.optical_readout import Wishes, retrieve_state
from hardware.drivers.optical_texts import LOCATION, MESSAGE, read_text
from hardware.drivers.optical_thrift import ThriftyConversation
from hardware.dsmr.inventory import Inventory
from hardware.errors import MeterError, PublicClientOnly, WrongMeter
from hardware.port import Port
from hardware.pump import WireStats
from hardware.values import Obis

_REGISTER_CLASSES = {3, 4}
_VALUE, _SCALER_UNIT = 2, 3


@asynccontextmanager
async def open_optical(port: Port, options: OpticalOptions) -> AsyncIterator[OpticalSession]:
    """Open line, link and association; the port is closed at the end, come what may.

    Raises:
        NobodyAnswers: nothing answers any way of opening.
        PortTimeout: it stops half-way.
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
        seen, before = await look_ahead(port, options)
        line = await open_line(port, options)
        in_order = False
        try:
            conversation = ThriftyConversation(line, options, before)
            await conversation.associate(options, seen)
            yield OpticalSession(conversation, public=options.client == PUBLIC_CLIENT)
            in_order = True
        except (MeterError, WrongMeter):
            in_order = True
            raise
        finally:
            await line.close(in_order=in_order)
    finally:
        await port.close()


class OpticalSession:
    """An association with one meter; made by `open_optical`."""

    def __init__(self, conversation: ThriftyConversation, *, public: bool = False) -> None:
        self._conversation = conversation
        self._public = public
        self._expected: str | None = None
        self._inventory: Inventory | None = None

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
            UnknownMeter: it fits no known version.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        target = AttributeRef(class_id, obis, attribute)
        await self._may_write(target)
        await self._conversation.set(target, value)

    async def action(
        self, class_id: int, obis: Obis, method: int, parameter: Data | None = None
    ) -> Data | None:
        """Invoke a method, with the same care as `set`.

        Raises:
            LocalProtocolError, WrongMeter, UnknownMeter, MeterError: as `set`.
        """
        target = MethodRef(class_id, obis, method)
        await self._may_write(target)
        return await self._conversation.action(target, parameter)

    async def _may_write(self, target: AttributeRef | MethodRef) -> None:
        check_general(target)
        self._with_key()
        inventory = await self.inventory()
        await meter_to_write(self._conversation, inventory, self._expected)

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

    async def number(self) -> str:
        """The number on the meter's plate; also for the public client."""
        return await read_equipment_id(self._conversation)

    async def identify(self) -> Identity:
        """Who the meter is; also for the public client."""
        return await read_identity(self._conversation)

    async def clock(self, now: Callable[[], datetime]) -> ClockReading:
        """The meter's clock and how far it is off; also for the public client."""
        return await read_clock(self._conversation, now)

    async def inventory(self) -> Inventory:
        """What this meter holds and which version it follows; asked once in a session.

        Raises:
            AccessDenied, NotSupported, MeterError: it fits no version and hides its list.
        """
        if self._inventory is None:
            self._inventory = await read_inventory(self._conversation, public=self._public)
        return self._inventory

    async def operations(self, now: Callable[[], datetime]) -> Operations:
        """What may be written to this meter, by name.

        Raises:
            PublicClientOnly: this session may not write.
        """
        self._with_key()
        return Operations(self._conversation, await self.inventory(), now, self._expected)

    async def alarms(self) -> AlarmState:
        """The alarm and error registers; errors as `mbus`."""
        self._with_key()
        return await read_alarms(self._conversation, await self.inventory())

    async def logs(
        self, since: datetime, until: datetime, names: Collection[str] = ()
    ) -> LogReader:
        """The logs with these names, else every one: `rows` and `left_out` hold the outcome."""
        self._with_key()
        reader = LogReader(self._conversation, await self.inventory())
        await reader.read_all(since, until, names)
        return reader

    async def texts(self) -> tuple[str, str]:
        """The location and the message to the consumer; errors as `mbus`."""
        self._with_key()
        inventory = await self.inventory()
        location = await read_text(self._conversation, inventory, LOCATION)
        return location, await read_text(self._conversation, inventory, MESSAGE)

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
        """The four M-Bus channels.

        Raises:
            PublicClientOnly: this session may not read them.
            MeterError: the meter's refusal.
        """
        self._with_key()
        return await read_mbus(self._conversation, await self.inventory())

    async def preference(self, now: Callable[[], datetime]) -> PreferenceProof:
        """The administrative status and the meter that holds it."""
        self._with_key()
        return await show_preference(self._conversation, now)

    async def write_preference(
        self, wanted: str, now: Callable[[], datetime]
    ) -> PreferenceProof:
        """Write `on` or `off`, read it back, and give the proof of both.

        Raises:
            LocalProtocolError: another word.
            WrongMeter, UnknownMeter: nothing was written.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        self._with_key()
        inventory = await self.inventory()
        check = partial(check_writable, inventory=inventory, expected=self._expected)
        return await write_preference(self._conversation, check, wanted, now)

    async def retrieve_state(self, wishes: Wishes) -> Readout:
        """The standard readout of a visit, in the steps of `optical_readout.STEPS`."""
        if self._expected is not None:
            await check_meter(self._conversation, self._expected)
        return await retrieve_state(self._conversation, await self.inventory(), wishes)

    def _with_key(self) -> None:
        """The public client reads who the meter is and its clock, nothing more (P3 2.1)."""
        if self._public:
            raise PublicClientOnly("public client")
