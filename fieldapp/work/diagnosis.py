"""What is on a port: found out with the public client only, and heard octet by octet.

In comes a source; out come the records of the line as they happen, and at the end a finding.
Rule: finding never uses a key and never writes to a meter; what is heard is shown and not kept;
in a visit the meter that answers is compared with the visit's and that contact is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction
from fieldapp.store.database import Database
from fieldapp.work.contact import MeterSource, Notice
from fieldapp.work.customer_port import CustomerPort
from fieldapp.work.errand import Errand, Errands, Line
from fieldapp.work.optical_port import OpticalPort
from fieldapp.work.tools import Tools
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.p1 import P1Driver, looks_like
from hardware.errors import (
    MeterError,
    PortTimeout,
    RemoteProtocolError,
    WrongMeter,
)
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port
from hardware.trace import Direction, Record, Trace, TracedPort

LISTEN, LISTEN_LONG, ASK = "listen", "listen_long", "ask"
"""The steps of finding out, as `Line.notice` hears them."""

RATES = (115200, 9600)
SHORT_S = 2.4
"""Longer than two telegrams of a DSMR 5 meter, which sends one a second (P1 5.0.2, 5.1)."""
LONG_S = 11.5
"""Longer than one telegram of an older meter, which sends one every 10 s (P1 4.2.2, 5.1)."""
_PIECE_S = 0.5
_P1_WAIT_S = 0.2
_SAMPLE = 256
_PUBLIC_CLIENT = 16
_BAD = "bad"

RecordListener = Callable[[Record], None]


class Kind(StrEnum):
    """What a port turned out to be."""

    P1 = "p1"
    OPTICAL = "optical"
    DATA = "data"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        baud: the rate at which it speaks.
        version: of the telegram, or of the meter's firmware.
        meter: the number it gave, in the visit's spelling or its own.
        other_meter: in a visit: it is not the visit's meter.
        detail: what unreadable octets look like, or how the meter refused.
    """

    kind: Kind
    baud: int = 0
    version: str = ""
    meter: str = ""
    other_meter: bool = False
    detail: str = ""


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
            search = _Search(_Tap(self._tools, line.source, self._clock, heard))

            async def compare(channel: f.Channel, source: MeterSource) -> str | None:
                return await self._compared(errand, channel, source)

            return await search.run(line.notice, compare)

    async def listen(self, line: Line, baud: int, heard: RecordListener) -> None:
        """Hand out what comes in at this rate until cancelled; writes nothing.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason for it; the port stays closed.
            PortError: no such port, or it went away.
        """
        errand = await self._errands.current()
        async with self._errands.contact(errand, MeterAction.READ_REGISTERS):
            port = await _Tap(self._tools, line.source, self._clock, heard).open()
            try:
                await port.configure(LineSettings(baud))
                while True:
                    await port.read(_PIECE_S)
            finally:
                await port.close()

    async def _compared(
        self, errand: Errand, channel: f.Channel, source: MeterSource
    ) -> str | None:
        """The number of another meter than the visit's; None where it is the right one."""
        try:
            await self._errands.compare(errand, channel, source)
        except WrongMeter as e:
            return e.found
        return None


Compare = Callable[[f.Channel, MeterSource], Awaitable[str | None]]


class _Tap(Trace):
    """A capture of one port over all its openings, which keeps nothing but a sample."""

    def __init__(self, tools: Tools, source: str, clock: Clock, heard: RecordListener) -> None:
        super().__init__()
        self.tools = tools
        self.sample = b""
        self._source = source
        self._clock = clock
        self._heard = heard
        self._began = clock.monotonic_s()
        self._opened = self._began

    async def open(self) -> Port:
        """The port, with this capture on it."""
        self._opened = self._clock.monotonic_s()
        self.sample = b""
        port = await self.tools.open_port(self._source)
        return TracedPort(port, self, self._clock.monotonic_s)

    def add(self, direction: Direction, offset_s: Decimal, data: bytes) -> None:
        """See `Trace.add`; offsets count from the first opening."""
        if direction is Direction.RECEIVED:
            self.sample = (self.sample + data)[:_SAMPLE]
        before = Decimal(f"{self._opened - self._began:.6f}")
        if data:
            self._heard(Record(direction, before + offset_s, data))


class _Search:
    """One search on one port."""

    def __init__(self, tap: _Tap) -> None:
        self._tap = tap

    async def run(self, notice: Notice, compare: Compare) -> Finding:
        notice(LISTEN)
        found = await self._listen(RATES[0], SHORT_S, compare)
        if found.kind is Kind.P1:
            return found
        notice(ASK)
        asked = await self._ask(compare)
        if asked is not None:
            return asked
        notice(LISTEN_LONG)
        wait_s = min(LONG_S, self._tap.tools.p1_patience_s)
        for baud in RATES:
            found = await self._listen(baud, wait_s, compare)
            if found.kind in {Kind.P1, Kind.SILENT}:
                return found
        return found

    async def _listen(self, baud: int, wait_s: float, compare: Compare) -> Finding:
        port = await self._tap.open()
        try:
            driver = P1Driver(port, line=LineSettings(baud))
            telegram = await driver.next_telegram(wait_s)
        except PortTimeout:
            return Finding(Kind.SILENT)
        except RemoteProtocolError:
            return Finding(Kind.DATA, baud, detail=looks_like(self._tap.sample))
        finally:
            await port.close()
        return await self._customer_port(telegram, baud, compare)

    async def _customer_port(self, telegram: Telegram, baud: int, compare: Compare) -> Finding:
        source = CustomerPort(telegram)
        own = await source.number()
        other = None if telegram.crc == _BAD else await compare(f.Channel.P1, source)
        version = telegram.version or ""
        return Finding(Kind.P1, baud, version, other or own, other_meter=other is not None)

    async def _ask(self, compare: Compare) -> Finding | None:
        """Ask as the public client; None where nothing answers."""
        port = await self._tap.open()
        try:
            async with open_optical(port, _public(self._tap.tools)) as session:
                identity = await session.identify()
                other = await compare(f.Channel.P0, _Identified(session, identity.equipment_id))
                return Finding(
                    Kind.OPTICAL,
                    port.line.baud,
                    identity.firmware.get("core", ""),
                    other or identity.equipment_id,
                    other_meter=other is not None,
                )
        except (PortTimeout, RemoteProtocolError):
            return None  # whatever speaks here answers no sign-on
        except MeterError as e:
            return Finding(Kind.OPTICAL, port.line.baud, detail=str(e))


class _Identified(OpticalPort):
    """An optical port whose number was read a moment ago."""

    def __init__(self, session: OpticalSession, number: str) -> None:
        super().__init__(session)
        self._number = number

    async def number(self) -> str:
        """See `OpticalPort.number`."""
        return self._number


def _public(tools: Tools) -> OpticalOptions:
    """The public client, on a line opened as this laptop opens lines; no key is tried."""
    return replace(
        tools.reach(""),
        client=_PUBLIC_CLIENT,
        auth=Authentication.NONE,
        password=b"",
        p1_wait_s=_P1_WAIT_S,
    )
