"""Profiles of a meter: judged by what they capture, read for a named purpose and range only.

In come a line, a profile's code and a range; out come its columns and rows, which are shown and
not kept. Rule: the capture objects are read first; only where they tell about a household does
the purpose have to allow intervals, and that is noted apart, in the same session, before its
first row.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from fieldapp.clock import Clock
from fieldapp.domain.privacy import MeterAction
from fieldapp.store.database import Database
from fieldapp.work.errand import Errands, Line
from fieldapp.work.tools import Tools
from hardware.drivers.optical_profile import ProfileShape
from hardware.values import Obis

Rows = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From when until when, both ends included."""

    since: datetime
    until: datetime


class Profiles:
    """The work room of profiles."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Read with `tools`; contacts are noted in `db`."""
        self._errands = Errands(db, clock, tools)

    async def rows(self, line: Line, obis: Obis, span: Range) -> tuple[ProfileShape, Rows]:
        """What the profile captures, and its rows of the range.

        Raises:
            PurposeRefused: interval data, and the purpose gives no right to them; no row was
                read.
            WorkshopNotGranted, WrongMeter, HardwareError: as `Errands.session`.
        """
        async with self._errands.session(line, MeterAction.RETRIEVE_STATE) as (errand, session):
            shape = await session.profile_shape(obis)
            noted: AbstractAsyncContextManager[None] = nullcontext()
            if shape.is_interval_data:
                noted = self._errands.contact(errand, MeterAction.READ_INTERVALS)
            async with noted:
                return shape, await session.profile_rows(shape, span.since, span.until)
