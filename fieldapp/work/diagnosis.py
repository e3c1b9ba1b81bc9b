"""What is on a port: found out with the public client only, and heard octet by octet.

In comes a source; out come the records of the line as they happen, and at the end a finding.
Rule: finding never uses a key and never writes to a meter; what is heard is shown and not kept;
in a visit the meter that answers is compared with the visit's and that contact is kept.
"""

from __future__ import annotations

from functools import partial

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction
from fieldapp.store.database import Database
from fieldapp.work.contact import MeterSource
from fieldapp.work.customer_port import CustomerPort
from fieldapp.work.errand import Errand, Errands, Line
from fieldapp.work.optical_port import OpticalPort
from fieldapp.work.tap import RecordListener, Tap
from fieldapp.work.tools import Tools
from hardware.drivers.optical import OpticalSession
from hardware.drivers.p1_tuner import Patience
from hardware.drivers.port_search import Finding, Kind, Place, find
from hardware.errors import WrongMeter
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings

__all__ = ["Diagnosis", "Finding", "Kind"]

_PIECE_S = 0.5
_BAD = "bad"


class Diagnosis:
    """The work room of ports."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Try with `tools`; contacts are noted in `db`."""
        self._errands = Errands(db, clock, tools)
        self._clock = clock
        self._tools = tools

    async def find(self, line: Line, heard: RecordListener) -> Finding:
        """Find out what is on a port: listen, ask as the public client, listen longer.

        Raises:
            WorkshopNotGranted: no reason for it; the port stays closed.
            PortError: no such port, or it went away.
        """
        errand = await self._errands.current()
        async with self._errands.contact(errand, MeterAction.IDENTIFY):
            place = self._place(line.source, heard)
            return await find(place, line.notice, _Comparison(self._errands, errand))

    def _place(self, source: str, heard: RecordListener) -> Place:
        tools = self._tools
        return Place(
            partial(Tap(tools.open_port, self._clock, heard).open, source),
            tools.public(),
            Patience.within(tools.p1_patience_s),
            tools.known_line(source),
            lambda line: tools.keep_line(source, line),
        )

    async def listen(self, line: Line, baud: int, heard: RecordListener) -> None:
        """Hand out what comes in at this rate until cancelled; writes nothing.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason for it; the port stays closed.
            PortError: no such port, or it went away.
        """
        errand = await self._errands.current()
        async with self._errands.contact(errand, MeterAction.READ_REGISTERS):
            port = await Tap(self._tools.open_port, self._clock, heard).open(line.source)
            try:
                await port.configure(LineSettings(baud))
                while True:
                    await port.read(_PIECE_S)
            finally:
                await port.close()


class _Comparison:
    """Holds what answers to the meter of the errand; the contact is kept."""

    def __init__(self, errands: Errands, errand: Errand) -> None:
        self._errands = errands
        self._errand = errand

    async def telegram(self, telegram: Telegram) -> tuple[str, bool]:
        """See `Comparison.telegram`; a damaged number is compared with nothing."""
        source = CustomerPort(telegram)
        if telegram.crc == _BAD:
            return await source.number(), False
        return await self._answered(f.Channel.P1, source)

    async def session(self, session: OpticalSession, number: str) -> tuple[str, bool]:
        """See `Comparison.session`."""
        return await self._answered(f.Channel.P0, _Identified(session, number))

    async def _answered(self, channel: f.Channel, source: MeterSource) -> tuple[str, bool]:
        try:
            await self._errands.compare(self._errand, channel, source)
        except WrongMeter as e:
            return e.found, True
        return await source.number(), False


class _Identified(OpticalPort):
    """An optical port whose number was read a moment ago."""

    def __init__(self, session: OpticalSession, number: str) -> None:
        super().__init__(session)
        self._number = number

    async def number(self) -> str:
        """See `OpticalPort.number`."""
        return self._number
