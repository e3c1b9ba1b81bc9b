"""Why a meter is touched outside the steps of a visit: the visit under way, or the workshop.

In comes what the store holds; out comes an `Errand` with its purpose and the meter that must
answer, and contacts that are noted in the trail. Rule: on an enrolled laptop a contact belongs
to a visit under way; workshop is what a laptop without an owner does (trade.md "Purposes").
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, choice_in_force
from fieldapp.domain.privacy import MeterAction, Purpose, purpose_of
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import current_step
from fieldapp.domain.work_order import Commodity, Meter, Visit
from fieldapp.store import device, orders
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import (
    COMPARE,
    Contacts,
    MeterSource,
    Notice,
    Target,
    silent,
)
from fieldapp.work.expected import Expected, expected_meter, last_visit_of
from fieldapp.work.host_meter import check_confirmed, gas_behind, number_of
from fieldapp.work.optical_port import OpticalPort
from fieldapp.work.refusals import NoMeterHere, WorkshopNotGranted
from fieldapp.work.tap import RecordListener
from fieldapp.work.tools import Tools
from fieldapp.work.trail import Reason, Trail
from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_plain import PlainListener
from hardware.drivers.optical_proofs import KeyOutcome


@dataclass(frozen=True, slots=True)
class Errand:
    """A reason to touch a meter, or the lack of one.

    Attributes:
        purpose: None on an enrolled laptop without a visit under way.
        visit: its id, empty in the workshop.
        step: the code of the step where the visit stands.
        expected: the meter that must answer; None in the workshop.
        choice: the customer's choice in force.
        last_visit: when a technician was last here.
        gas: the number of the gas meter that belongs behind it; empty where there is none.
        host: of a gas-only visit: the electricity meter that was confirmed; else empty.
        refused: short numbers of the devices whose key a meter refused in this visit.
        removed: the meter that must answer was taken off the wall in this visit.
    """

    purpose: Purpose | None
    visit: str = ""
    number: str = ""
    place: str = ""
    step: str = ""
    expected: Expected | None = None
    choice: Choice | None = None
    last_visit: datetime | None = None
    gas: str = ""
    host: str = ""
    refused: frozenset[str] = frozenset()
    removed: bool = False

    @property
    def meter(self) -> str:
        """The number that must answer; empty in the workshop."""
        return self.expected.meter.number if self.expected else ""

    @property
    def location_code(self) -> str:
        """The office's code for where that meter hangs; empty where it gave none."""
        return self.expected.connection.location_code if self.expected else ""

    @property
    def is_about_electricity(self) -> bool:
        """Whether the meter that must answer has the ports itself."""
        expected = self.expected
        return expected is not None and (expected.connection.commodity is Commodity.ELECTRICITY)

    @property
    def is_about_gas(self) -> bool:
        """Whether the visit knows a gas meter only, behind whatever electricity meter."""
        return self.expected is not None and not self.is_about_electricity

    @property
    def gas_meters(self) -> tuple[Meter, ...]:
        """The gas meters of a gas-only visit: the one there now, and the one before."""
        if self.expected is None:
            return ()
        before = self.expected.connection.meter
        return (self.expected.meter, *([before] if before else []))


@dataclass(frozen=True, slots=True)
class Line:
    """Where to find a meter, and who hears the steps and the records of the contact.

    Attributes:
        confirmed: of a gas-only visit: the number on the plate of the electricity meter, as
            the technician has just confirmed it.
        visit: whose meter it is; empty: of the visit under way.
        plain: hears the contact's ciphered messages with the plain APDU in each.
    """

    source: str
    notice: Notice = silent
    heard: RecordListener | None = None
    confirmed: str = ""
    visit: str = ""
    plain: PlainListener | None = None

    def target(self, visit: str, step: str) -> Target:
        """The contact over this line, for a step of a visit."""
        return Target(visit, step, self.source, self.notice, self.heard, self.plain)


class Errands:
    """Finds the errand of now, and makes its contacts."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Look into `db`; `tools` reach the meters."""
        self._db = db
        self._clock = clock
        self._tools = tools
        self._trail = Trail(db, clock)
        self._contacts = Contacts(db, clock, tools)

    async def current(self, visit: str = "") -> Errand:
        """The visit under way, the named one where one is named, else the workshop."""
        return await self._db.read(lambda c: _current(c, visit))

    def contact(self, errand: Errand, action: MeterAction) -> AbstractAsyncContextManager[None]:
        """Note a contact in the trail before it begins and when it has ended.

        Raises:
            WorkshopNotGranted: there is no reason for it.
            PurposeRefused: the purpose does not allow `action`.
        """
        if errand.purpose is None:
            raise WorkshopNotGranted(Purpose.WORKSHOP, action)
        return self._trail.contact(Reason(errand.purpose, action, errand.visit, errand.meter))

    async def compare(self, errand: Errand, channel: f.Channel, source: MeterSource) -> None:
        """In a visit: hold what answers to the meter of the visit, and keep the contact.

        Raises:
            WrongMeter: another meter; the contact is kept, nothing may be read or written.
        """
        if errand.expected is None:
            return
        own = errand.is_about_electricity
        found = (await source.number(),) if own else await source.devices()
        target = Target(errand.visit, errand.step)
        fact = await self._contacts.checked(target, channel, errand.expected, found)
        await self._contacts.keep(target, fact)

    @asynccontextmanager
    async def session(
        self, line: Line, action: MeterAction
    ) -> AsyncIterator[tuple[Errand, OpticalSession]]:
        """An optical session for the errand of now, held to the meter of its visit.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason for it; the port stays closed.
            WrongMeter: another meter than the visit's.
            HostNotConfirmed: a gas-only visit, and nothing tells that this is its meter.
            HardwareError: it broke off.
        """
        errand = await self.current(line.visit)
        async with self.contact(errand, action):
            own = await self._answering(errand, line)
            target = line.target(errand.visit, errand.step)
            async with self._contacts.session(target, errand.expected, own) as session:
                line.notice(COMPARE)
                if errand.is_about_gas:
                    await self._settle(errand, line, own, session)
                else:
                    await self.compare(errand, f.Channel.P0, OpticalPort(session))
                if own:
                    await session.expect_meter(own)
                yield errand, session

    async def _answering(self, errand: Errand, line: Line) -> str:
        """The number of the electricity meter that must answer; empty in the workshop."""
        if not errand.is_about_gas:
            return errand.meter
        return errand.host or await number_of(self._tools, line.source)

    async def _settle(
        self, errand: Errand, line: Line, own: str, session: OpticalSession
    ) -> None:
        """In a gas-only visit: make sure of the meter, and keep what made sure of it."""
        expected = errand.expected
        if expected is None:
            return
        await session.expect_meter(own)
        target = Target(errand.visit, errand.step)
        meters = {meter.number: meter for meter in errand.gas_meters}
        found = gas_behind(await session.mbus(), tuple(meters))
        if found:
            known = Expected(expected.connection, meters.get(found, expected.meter))
            fact = await self._contacts.checked(target, f.Channel.P0, known, (found,))
            await self._contacts.keep(target, fact)
            return
        check_confirmed(own, line.confirmed or errand.host)
        if errand.host != own:
            at = self._clock.now()
            confirmed = f.HostConfirmed(at=at, step=errand.step, meter=own)
            await self._contacts.keep(target, confirmed)

    async def keep(self, errand: Errand, fact: f.AnyFact) -> None:
        """Keep what was done in the errand's visit, in its step; in the workshop nothing is."""
        if errand.visit:
            done = fact if fact.step else msgspec.structs.replace(fact, step=errand.step)
            await self._contacts.keep(Target(errand.visit, errand.step), done)


def _current(c: Transaction, visit: str) -> Errand:
    started = (s for s in orders.held(c) if s.progress.state is VisitState.STARTED)
    under_way = (s for s in started if visit in {"", s.visit.id})
    stored = next(under_way, None)
    if stored is not None:
        return _errand_of(stored)
    return Errand(Purpose.WORKSHOP if device.device(c) is None else None)


def _errand_of(stored: StoredVisit) -> Errand:
    visit, progress = stored.visit, stored.progress
    step = current_step(visit, progress)
    expected = _expected(stored)
    off = {fact.number for fact in progress.of(f.MeterRemoved)}
    made = (fact.choice for fact in progress.of(f.ChoiceRecorded))
    return Errand(
        purpose=purpose_of(visit.kind),
        visit=visit.id,
        number=visit.number,
        place=_place(visit),
        step=step.code if step else "",
        expected=expected,
        choice=choice_in_force((*visit.choices, *made)),
        last_visit=last_visit_of(visit),
        gas=_gas_of(stored),
        host=next((fact.meter for fact in reversed(progress.of(f.HostConfirmed))), ""),
        refused=frozenset(
            fact.number for fact in progress.of(f.MbusCoupled) if fact.key == KeyOutcome.REFUSED
        ),
        removed=expected is not None and expected.meter.number in off,
    )


def _place(visit: Visit) -> str:
    return f"{visit.address.street} {visit.address.number}, {visit.address.place}"


def _gas_of(stored: StoredVisit) -> str:
    try:
        gas = expected_meter(stored.visit, stored.progress, Commodity.GAS)
    except NoMeterHere:
        return ""
    return gas.meter.number


def _expected(stored: StoredVisit) -> Expected | None:
    """The electricity meter, which has both ports; else the gas meter behind it."""
    for carrier in (Commodity.ELECTRICITY, Commodity.GAS):
        try:
            return expected_meter(stored.visit, stored.progress, carrier)
        except NoMeterHere:
            continue
    return None
