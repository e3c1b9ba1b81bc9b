"""A contact with a meter of a visit: ready, noted, opened, compared, and only then used.

In come a target (visit, step, port) and the meter that must answer; out come an optical session
or what the customer port says, each for as long as the contact lasts. Rule: before the first
octet the visit is under way, the purpose allows the action and the trail has it; another
meter's contact is kept and refused; the port is closed however it ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction, purpose_for, purpose_of
from fieldapp.domain.progress import Progress
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Commodity
from fieldapp.errors import IllegalTransition
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.customer_port import CustomerPort, read_telegram
from fieldapp.work.expected import Expected, Value
from fieldapp.work.host_meter import number_of
from fieldapp.work.optical_port import OpticalPort
from fieldapp.work.tap import RecordListener, open_heard
from fieldapp.work.tools import Tools
from fieldapp.work.trail import Reason, Trail
from fieldapp.work.visit import TOUCHED, keep, stored_visit
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_plain import PlainListener
from hardware.dsmr.identity import same_meter
from hardware.errors import WrongMeter

Notice = Callable[[str], None]

OPEN_PORT, CONNECT, WAIT_TELEGRAM = "open_port", "connect", "wait_telegram"
IDENTIFY, COMPARE = "identify", "compare"
READ_REGISTERS, READ_STATE = "read_registers", "read_state"
WRITE_PREFERENCE, KEEP = "write_preference", "keep"
LOOK, WRITE = "look", "write_and_read_back"
"""The steps of a contact, as `Target.notice` hears them; `ui.messages` has their words."""

METER_CONTACTED = "meter_contacted"


def silent(step: str) -> None:
    """Tells nobody."""
    del step


class MeterSource(Protocol):
    """What both ports can say about the meters of a visit."""

    async def number(self) -> str:
        """The electricity meter's own number; empty where it gives none."""
        ...

    async def devices(self) -> tuple[str, ...]:
        """The numbers of the devices behind it."""
        ...

    async def electricity(self, expected: Expected) -> dict[str, Value]:
        """Its registers, by OBIS code."""
        ...

    async def gas(self, expected: Expected) -> dict[str, Value]:
        """The registers of the gas meter behind it, by OBIS code."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a contact is for.

    Attributes:
        source: the port's name, as the user gave it.
        notice: called with the name of each step of the contact.
        heard: called with each record of an optical session, where somebody wants that.
        plain: called with each of its ciphered messages and the plain APDU in it.
    """

    visit: str
    step: str
    source: str = ""
    notice: Notice = silent
    heard: RecordListener | None = None
    plain: PlainListener | None = None


class Contacts:
    """Makes the contacts of one laptop."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Contact the meters of the visits in `db` with `tools`."""
        self._db = db
        self._clock = clock
        self._tools = tools
        self._trail = Trail(db, clock)

    async def ready(self, target: Target) -> StoredVisit:
        """The visit, which must be under way before any meter is touched.

        Raises:
            NoSuchVisit: not on this laptop.
            IllegalTransition: not started, paused or finished.
        """
        stored = await self._db.read(lambda c: stored_visit(c, target.visit))
        if stored.progress.state is not VisitState.STARTED:
            raise IllegalTransition(stored.progress.state, METER_CONTACTED)
        return stored

    def audited(
        self, target: Target, stored: StoredVisit, action: MeterAction, expected: Expected
    ) -> AbstractAsyncContextManager[None]:
        """Note the contact in the trail before it begins and when it has ended.

        Raises:
            PurposeRefused: the visit's purpose does not allow `action`.
        """
        placed = bool(stored.progress.of(f.MeterPlaced))
        purpose = purpose_for(stored.visit.kind, action, placed=placed)
        return self._trail.contact(Reason(purpose, action, target.visit, expected.meter.number))

    @asynccontextmanager
    async def source(
        self, target: Target, channel: f.Channel, host: Expected
    ) -> AsyncIterator[MeterSource]:
        """What one of the ports says; `host` is the meter that the cable must be on."""
        if channel is f.Channel.P0:
            async with self.session(target, host) as session:
                yield OpticalPort(session)
        else:
            yield await self.customer_port(target)

    async def customer_port(self, target: Target) -> CustomerPort:
        """What one sound telegram says; errors as `read_telegram`."""
        target.notice(OPEN_PORT)
        port = await self._tools.open_port(target.source)
        try:
            target.notice(WAIT_TELEGRAM)
            return CustomerPort(await read_telegram(port, target.source, self._tools))
        finally:
            await port.close()

    @asynccontextmanager
    async def session(
        self, target: Target, host: Expected | None, own: str = ""
    ) -> AsyncIterator[OpticalSession]:
        """An optical session with `host`, or with the meter that a gas meter hangs behind.

        Its keys are used where they are here.

        Args:
            target: where and what for.
            host: the meter that must answer; None in the workshop.
            own: number of the electricity meter behind which the host hangs, where it is known.

        Raises:
            WrongMeter: its keys were not tried, because another meter answers; that is kept.
            HardwareError: as `open_optical`.
        """
        behind = host is not None and host.connection.commodity is Commodity.GAS
        if behind and not own:
            own = await number_of(self._tools, target.source)
        access = await self._tools.reach(own or (host.meter.number if host else ""))
        access = replace(access, plain=target.plain)
        target.notice(OPEN_PORT)
        port = await open_heard(self._tools.open_port, self._clock, target.source, target.heard)
        target.notice(CONNECT)
        async with AsyncExitStack() as stack:
            try:
                session = await stack.enter_async_context(open_optical(port, access))
            except WrongMeter as e:
                if host is not None and not behind:
                    await self.checked(target, f.Channel.P0, host, (e.found,))
                raise
            yield session

    async def held_to(
        self, target: Target, expected: Expected, session: OpticalSession
    ) -> f.MeterContacted:
        """Hold the session to the expected meter; the contact is not kept yet."""
        target.notice(COMPARE)
        try:
            found = await session.expect_meter(expected.meter.number)
        except WrongMeter as e:
            found = e.found
        return await self.checked(target, f.Channel.P0, expected, (found,))

    async def checked(
        self, target: Target, channel: f.Channel, expected: Expected, found: tuple[str, ...]
    ) -> f.MeterContacted:
        """The contact, not kept yet; another meter's is kept at once and refused."""
        stored = await self.ready(target)
        own = expected.meter.number
        matches = any(same_meter(number, own) for number in found)
        fact = f.MeterContacted(
            at=self._clock.now(),
            step=target.step,
            channel=channel,
            purpose=purpose_of(stored.visit.kind),
            expected=own,
            found=own if matches else next(iter(found), ""),
        )
        if matches:
            return fact
        await self.keep(target, fact)
        raise WrongMeter(own, fact.found)

    async def keep(self, target: Target, *facts: f.AnyFact) -> Progress:
        """Keep the facts of a contact, all or none."""
        target.notice(KEEP)

        def change(c: Transaction) -> Progress:
            return keep(c, target.visit, facts, self._clock)

        return await self._db.write(change, touched=TOUCHED)
