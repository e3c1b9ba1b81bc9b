"""The optical session as a look: everything a meter says, shown and not kept.

In comes a source; out comes the readout, or the administrative status with its proof. In a
visit the meter is held to the visit's first, and that contact is kept; what belongs to a step
of the visit is `metering`'s. Rule: without a visit nothing is written but in the workshop.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.clock import Clock
from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction, Purpose
from fieldapp.store.database import Database
from fieldapp.work.contact import COMPARE, CONNECT, OPEN_PORT, READ_STATE, WRITE_PREFERENCE
from fieldapp.work.errand import Errands, Line
from fieldapp.work.meter_texts import MeterTexts, held_texts
from fieldapp.work.refusals import WorkshopNotGranted
from fieldapp.work.tools import Tools
from hardware.drivers.optical_answers import PreferenceProof, Readout
from hardware.drivers.optical_readout import STEPS, Wishes

READ_PREFERENCE = "preference"
"""The step of the readout that reads the administrative status alone."""
READ_TEXTS = "texts"
"""The step that reads what stands in the meter's texts, behind the readout's own."""
STATE_STEPS = (OPEN_PORT, CONNECT, COMPARE, READ_STATE, *STEPS, READ_TEXTS)
PREFERENCE_STEPS = (OPEN_PORT, CONNECT, COMPARE, READ_PREFERENCE)
WRITE_STEPS = (OPEN_PORT, CONNECT, COMPARE, WRITE_PREFERENCE)
"""The steps of each contact, in order, as `Line.notice` hears them."""


@dataclass(frozen=True, slots=True)
class Look:
    """A whole readout, and the texts that the meter holds."""

    readout: Readout
    texts: MeterTexts


class Inspection:
    """The work room of optical looks."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Look with `tools`; contacts are noted in `db`."""
        self._errands = Errands(db, clock, tools)
        self._clock = clock

    async def state(self, line: Line) -> Look:
        """The whole standard readout, and the meter's texts.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason for it; the port stays closed.
            WrongMeter: another meter than the visit's.
            HardwareError: it broke off.
        """
        async with self._errands.session(line, MeterAction.RETRIEVE_STATE) as (errand, session):
            line.notice(READ_STATE)
            since = errand.last_visit
            wishes = Wishes(now=self._clock.now, since=since, progress=line.notice)
            readout = await session.retrieve_state(wishes)
            line.notice(READ_TEXTS)
            return Look(readout, await held_texts(session))

    async def preference(self, line: Line) -> PreferenceProof:
        """The administrative status as it is; errors as `state`."""
        async with self._errands.session(line, MeterAction.READ_PREFERENCE) as (_, session):
            line.notice(READ_PREFERENCE)
            return await session.preference(self._clock.now)

    async def write_preference(self, line: Line, wanted: Preference) -> PreferenceProof:
        """Workshop: write the administrative status and read it back.

        Raises:
            WorkshopNotGranted: this laptop has an owner; a visit writes with `Metering`.
            HardwareError: it broke off, or the meter refuses.
        """
        errand = await self._errands.current()
        if errand.purpose is not Purpose.WORKSHOP:
            raise WorkshopNotGranted(Purpose.WORKSHOP, MeterAction.WRITE_PREFERENCE)
        async with self._errands.session(line, MeterAction.WRITE_PREFERENCE) as (_, session):
            line.notice(WRITE_PREFERENCE)
            return await session.write_preference(wanted.value, self._clock.now)
