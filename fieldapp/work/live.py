"""The customer port as it goes: telegram after telegram, shown and not kept.

In comes a source; out comes each telegram and each piece of noise with its time of arrival,
until the caller cancels. Rule: the first thing a telegram is used for is its meter number; in a
visit another meter's ends the contact. Nothing that is heard is stored but by a recorder that a
person started, and that only behind the comparison (trade.md "Purposes").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction
from fieldapp.store import device
from fieldapp.store.database import Database
from fieldapp.work.contact import OPEN_PORT, WAIT_TELEGRAM
from fieldapp.work.customer_port import CustomerPort, tuned
from fieldapp.work.errand import Errand, Errands, Line
from fieldapp.work.tools import Tools
from hardware.drivers.p1_tuning import Tuned
from hardware.errors import PortTimeout, RemoteProtocolError, WrongPort
from hardware.p1.framer import Noise
from hardware.p1.telegram import Telegram
from hardware.port import Port

_BAD = "bad"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that came in.

    Attributes:
        at: arrival by the device's clock, aware.
        monotonic_s: arrival on the clock that never goes back.
        baud: the rate it was read at.
        raw: its octets.
    """

    event: Telegram | Noise
    at: datetime
    monotonic_s: float
    baud: int
    raw: bytes = b""


Listener = Callable[[Heard], None]


class Recorder(Protocol):
    """Who may write down what is heard."""

    async def take(self, heard: Heard) -> None:
        """Keep it, if a recording runs."""
        ...

    async def end(self) -> None:
        """Nothing more will be heard."""
        ...


class LivePort:
    """The work room of live customer ports."""

    def __init__(
        self, db: Database, clock: Clock, tools: Tools, recorder: Recorder | None = None
    ) -> None:
        """Listen with `tools`; contacts are noted in `db`."""
        self._db = db
        self._errands = Errands(db, clock, tools)
        self._clock = clock
        self._tools = tools
        self._recorder = recorder

    async def follow(self, line: Line, heard: Listener) -> None:
        """Hand out everything that comes in until cancelled; the port is closed at the end.

        A meter that was heard may fall silent and come back.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason to listen; the port stays closed.
            WrongMeter: the cable is in another meter than the visit's.
            PortTimeout: nothing comes in; `WrongPort`: an optical port speaks.
            PortError, RemoteProtocolError: no telegram, see `tune`.
        """
        errand = await self._errands.current()
        async with self._errands.contact(errand, MeterAction.READ_REGISTERS):
            line.notice(OPEN_PORT)
            port = await self._tools.open_port(line.source)
            try:
                line.notice(WAIT_TELEGRAM)
                gate = _Gate(self._errands, errand, heard, self._recorder)
                await self._listen(port, gate)
            finally:
                await port.close()
                if self._recorder is not None:
                    await self._recorder.end()

    async def clock_error(self) -> timedelta | None:
        """This laptop's clock minus the office's; None where nobody can tell."""
        true = await self._db.read(lambda c: device.trusted_time(c, self._clock))
        return None if true is None else self._clock.now() - true

    async def _listen(self, port: Port, gate: _Gate) -> None:
        tuned = await self._tuned_in(port, gate)
        while True:
            try:
                event = await tuned.driver.next_event(self._tools.p1_patience_s)
            except WrongPort:
                raise
            except (PortTimeout, RemoteProtocolError):
                continue
            await gate.take(self._heard(event, tuned.verdict.line.baud, tuned.driver.raw))

    async def _tuned_in(self, port: Port, gate: _Gate) -> Tuned:
        """Find the settings of the port; its first telegram goes through the gate."""
        found = await tuned(port, port.name, self._tools)
        await gate.take(self._heard(found.telegram, found.verdict.line.baud, found.driver.raw))
        return found

    def _heard(self, event: Telegram | Noise, baud: int, raw: bytes) -> Heard:
        return Heard(event, self._clock.now(), self._clock.monotonic_s(), baud, raw)


class _Gate:
    """Lets telegrams through, each meter number compared once."""

    def __init__(
        self, errands: Errands, errand: Errand, heard: Listener, recorder: Recorder | None
    ) -> None:
        self._errands = errands
        self._errand = errand
        self._heard = heard
        self._recorder = recorder
        self._compared: tuple[str, ...] | None = None

    async def take(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, Telegram) and event.crc != _BAD:
            source = CustomerPort(event)
            numbers = (await source.number(), *await source.devices())
            if numbers != self._compared:
                await self._errands.compare(self._errand, f.Channel.P1, source)
                self._compared = numbers
        if self._recorder is not None:
            await self._recorder.take(heard)
        self._heard(heard)
