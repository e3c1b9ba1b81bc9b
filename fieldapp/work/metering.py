"""What a technician does with the meters of a visit, over either port or by hand.

In come a visit, a step and a source (a port's name); out come facts that are kept. Each contact
compares the meter's own number with the meter of the visit. Rule: on another number nothing is
written to the meter and no reading is kept; what fails half-way keeps nothing and can be tried
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.identifiers import parse_meter_number
from fieldapp.domain.preference import Preference, choice_in_force, wanted_status
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.progress import Progress
from fieldapp.domain.reading import parse_digits
from fieldapp.domain.work_order import Commodity
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import (
    COMPARE,
    IDENTIFY,
    READ_REGISTERS,
    READ_STATE,
    WRITE_PREFERENCE,
    Contacts,
    MeterSource,
    Target,
)
from fieldapp.work.expected import (
    Expected,
    Occasion,
    Value,
    behind,
    carrier_identified,
    carriers_read,
    expected_meter,
    last_visit_of,
    readings_of,
)
from fieldapp.work.listening import Listening
from fieldapp.work.optical_port import state_of
from fieldapp.work.refusals import (
    ChoiceDiffers,
    NoMeterHere,
    NoSuchRegister,
    PhotoRequired,
    PreferenceNotApplied,
)
from fieldapp.work.tools import Tools
from fieldapp.work.visit import TOUCHED, Picture, attach, evidence_of, keep
from hardware.drivers.optical_readout import Wishes


@dataclass(frozen=True, slots=True)
class HandReading:
    """Readings typed from a display: OBIS code to digits, with one photo of it."""

    moment: str
    commodity: Commodity
    digits: Mapping[str, str]
    photo: Picture


class Metering:
    """The work room of meters.

    Attributes:
        listening: the customer port, judged as a line.
    """

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Work on the visits of `db` with `tools`."""
        self._db = db
        self._clock = clock
        self._contacts = Contacts(db, clock, tools)
        self.listening = Listening(db, clock, tools)

    async def identify(self, target: Target, channel: f.Channel) -> f.MeterContacted:
        """Read the number of the meter that the step is about, over P0 or P1, and compare.

        Raises:
            WrongMeter: another number; the contact itself is kept.
            HardwareError: no contact; nothing is kept.
            RuleError: the visit is not under way, or knows no such meter.
        """
        stored = await self._contacts.ready(target)
        commodity = carrier_identified(stored.visit, target.step)
        expected = expected_meter(stored.visit, stored.progress, commodity)
        host = behind(stored.visit, stored.progress, {commodity: expected}) or expected
        async with (
            self._contacts.audited(target, stored, MeterAction.IDENTIFY, expected),
            self._contacts.source(target, channel, host) as source,
        ):
            target.notice(IDENTIFY)
            own = commodity is Commodity.ELECTRICITY
            found = (await source.number(),) if own else await source.devices()
            return await self._compared(target, channel, expected, found)

    async def identify_by_nameplate(self, target: Target, number: str) -> f.MeterContacted:
        """Compare a number that was typed or scanned from the meter's plate.

        Raises:
            IdentifierError: not a meter number.
            WrongMeter: another number; the comparison itself is kept.
        """
        stored = await self._contacts.ready(target)
        found = parse_meter_number(number)
        commodity = carrier_identified(stored.visit, target.step)
        expected = expected_meter(stored.visit, stored.progress, commodity)
        return await self._compared(target, f.Channel.NAMEPLATE, expected, (found,))

    async def readings_over_p1(self, target: Target, moment: str) -> tuple[f.ReadingTaken, ...]:
        """Take the readings that the step asks for from one telegram.

        Raises:
            WrongMeter: the cable is on another meter; no reading is kept.
            GasMeterAbsent: the visit's gas meter is not behind it; no reading is kept.
            RegistersAbsent: a register is not there; no reading is kept.
            HardwareError: no sound telegram; nothing is kept.
        """
        return await self._readings(target, moment, f.Channel.P1)

    async def readings_over_p0(self, target: Target, moment: str) -> tuple[f.ReadingTaken, ...]:
        """Take the readings that the step asks for over the optical port; errors as P1."""
        return await self._readings(target, moment, f.Channel.P0)

    async def readings_by_hand(
        self, target: Target, hand: HandReading
    ) -> tuple[f.ReadingTaken, ...]:
        """Keep typed readings with the photo of the display, together.

        Raises:
            PhotoRequired: the photo is empty.
            NotAReading: digits that can't be a reading.
            NoSuchRegister: the meter of the visit has no such register.
        """
        stored = await self._contacts.ready(target)
        expected = expected_meter(stored.visit, stored.progress, hand.commodity, hand.moment)
        if not hand.photo.data:
            raise PhotoRequired
        values = {obis: _typed(expected, obis, text) for obis, text in hand.digits.items()}
        occasion = Occasion(self._clock.now(), target.step, hand.moment, f.Channel.DISPLAY)

        def change(c: Transaction) -> tuple[f.ReadingTaken, ...]:
            slot = f"reading_{hand.moment}_{hand.commodity}"
            file = attach(c, target.visit, slot, hand.photo)
            evidence = evidence_of(occasion.at, target.step, slot, file)
            pictured = replace(occasion, photo=file.sha256)
            taken = readings_of(pictured, expected, values)
            keep(c, target.visit, (evidence, *taken), self._clock)
            return taken

        return await self._db.write(change, touched=TOUCHED | {"files"})

    async def retrieve_state(self, target: Target, moment: str) -> f.StateRetrieved:
        """Read the whole state of the electricity meter over the optical port and keep it.

        Args:
            target: `notice` hears the steps of the readout too.
            moment: `before` or `after` the work.

        Raises:
            WrongMeter: another meter; nothing but the contact is kept.
            HardwareError: it broke off; nothing is kept.
        """
        stored = await self._contacts.ready(target)
        expected = expected_meter(stored.visit, stored.progress, Commodity.ELECTRICITY)
        async with (
            self._contacts.audited(target, stored, MeterAction.RETRIEVE_STATE, expected),
            self._contacts.session(target, expected) as session,
        ):
            contacted = await self._contacts.held_to(target, expected, session)
            target.notice(READ_STATE)
            readout = await session.retrieve_state(
                Wishes(
                    now=self._clock.now,
                    since=last_visit_of(stored.visit),
                    progress=target.notice,
                )
            )
            fact = f.StateRetrieved(
                at=self._clock.now(),
                step=target.step,
                moment=moment,
                channel=f.Channel.P0,
                meter=expected.meter.number,
                state=state_of(readout),
            )
            await self._contacts.keep(target, contacted, fact)
            return fact

    async def hear_telegram(self, target: Target) -> f.TelegramChecked:
        """Prove the customer port: a whole telegram of the meter that hangs there now.

        Raises:
            WrongMeter: another meter's telegram; the contact itself is kept.
            HardwareError: no sound telegram came; nothing is kept.
        """
        stored = await self._contacts.ready(target)
        expected = expected_meter(stored.visit, stored.progress, Commodity.ELECTRICITY)
        action = MeterAction.READ_REGISTERS
        async with self._contacts.audited(target, stored, action, expected):
            port = await self._contacts.customer_port(target)
            found = (await port.number(),)
            contacted = await self._contacts.checked(target, f.Channel.P1, expected, found)
            fact = port.checked(self._clock.now(), expected.meter.number, target.step)
            await self._contacts.keep(target, contacted, fact)
            return fact

    async def read_preference(self, target: Target) -> int:
        """The administrative status that the electricity meter holds now; writes nothing.

        Raises:
            WrongMeter, HardwareError: as `retrieve_state`.
        """
        stored = await self._contacts.ready(target)
        expected = expected_meter(stored.visit, stored.progress, Commodity.ELECTRICITY)
        async with (
            self._contacts.audited(target, stored, MeterAction.READ_PREFERENCE, expected),
            self._contacts.session(target, expected) as session,
        ):
            contacted = await self._contacts.held_to(target, expected, session)
            proof = await session.preference(self._clock.now)
            await self._contacts.keep(target, contacted)
            return proof.after.value

    async def apply_preference(
        self, target: Target, preference: Preference
    ) -> f.PreferenceApplied:
        """Write the customer's choice into the meter, read it back, and keep the proof.

        Raises:
            ChoiceDiffers: it is not the choice in force; the meter was not contacted.
            WrongMeter: another meter; nothing was written.
            PreferenceNotApplied: the meter holds something else; that is kept as it is.
            HardwareError: it broke off; nothing is kept, and trying again finds out what the
                meter holds.
        """
        stored = await self._contacts.ready(target)
        check_chosen(stored, preference)
        expected = expected_meter(stored.visit, stored.progress, Commodity.ELECTRICITY)
        async with (
            self._contacts.audited(target, stored, MeterAction.WRITE_PREFERENCE, expected),
            self._contacts.session(target, expected) as session,
        ):
            contacted = await self._contacts.held_to(target, expected, session)
            target.notice(WRITE_PREFERENCE)
            proof = await session.write_preference(preference.value, self._clock.now)
            fact = f.PreferenceApplied(
                at=self._clock.now(),
                step=target.step,
                meter=expected.meter.number,
                before=proof.before.value,
                requested=preference,
                after=proof.after.value,
            )
            await self._contacts.keep(target, contacted, fact)
            if fact.after != wanted_status(preference):
                raise PreferenceNotApplied(preference, fact.after)
            return fact

    async def defer_preference(
        self, target: Target, preference: Preference, reason: str
    ) -> Progress:
        """No access to P0: the office sets the choice remotely. Never the same as done.

        Raises:
            ChoiceDiffers: it is not the choice in force.
        """
        stored = await self._contacts.ready(target)
        check_chosen(stored, preference)
        fact = f.PreferenceDeferred(
            at=self._clock.now(), step=target.step, requested=preference, reason=reason
        )
        return await self._contacts.keep(target, fact)

    async def _readings(
        self, target: Target, moment: str, channel: f.Channel
    ) -> tuple[f.ReadingTaken, ...]:
        stored = await self._contacts.ready(target)
        wanted = {
            carrier: expected_meter(stored.visit, stored.progress, carrier, moment)
            for carrier in carriers_read(stored.visit, target.step, moment)
        }
        first = next(iter(wanted.values()), None)
        if first is None:
            raise NoMeterHere("")
        host = behind(stored.visit, stored.progress, wanted)
        async with (
            self._contacts.audited(target, stored, MeterAction.READ_REGISTERS, first),
            self._contacts.source(target, channel, host or first) as source,
        ):
            contacts: tuple[f.MeterContacted, ...] = ()
            if host is not None:
                target.notice(COMPARE)
                numbers = (await source.number(),)
                contacts = (await self._contacts.checked(target, channel, host, numbers),)
            target.notice(READ_REGISTERS)
            values = [(meter, await _values(source, c, meter)) for c, meter in wanted.items()]
            occasion = Occasion(self._clock.now(), target.step, moment, channel)
            taken = [readings_of(occasion, meter, read) for meter, read in values]
            facts = tuple(fact for readings in taken for fact in readings)
            await self._contacts.keep(target, *contacts, *facts)
            return facts

    async def _compared(
        self, target: Target, channel: f.Channel, expected: Expected, found: tuple[str, ...]
    ) -> f.MeterContacted:
        """Keep a contact whose only purpose was to compare."""
        target.notice(COMPARE)
        fact = await self._contacts.checked(target, channel, expected, found)
        await self._contacts.keep(target, fact)
        return fact


def check_chosen(stored: StoredVisit, preference: Preference) -> None:
    """Raise `ChoiceDiffers` unless the choice in force asks for this (trade.md)."""
    made = (fact.choice for fact in stored.progress.of(f.ChoiceRecorded))
    choice = choice_in_force((*stored.visit.choices, *made))
    if choice is None or choice.preference is not preference:
        raise ChoiceDiffers(preference, choice.preference if choice else "")


async def _values(
    source: MeterSource, carrier: Commodity, expected: Expected
) -> dict[str, Value]:
    if carrier is Commodity.ELECTRICITY:
        return await source.electricity(expected)
    return await source.gas(expected)


def _typed(expected: Expected, obis: str, digits: str) -> Value:
    if obis not in {register.obis for register in expected.meter.registers}:
        raise NoSuchRegister(expected.meter.number, obis)
    return Value(digits.strip(), parse_digits(digits))
