"""Listening to the customer port of a visit for as long as it takes to judge it.

In comes a target; out comes one fact with what the meter said last and how its line was. Rule:
the meter's own number is compared before anything counts; only that one moment is kept.
"""

from __future__ import annotations

import asyncio

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis.ports import ENOUGH
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.work_order import Commodity
from fieldapp.store.database import Database
from fieldapp.work.contact import OPEN_PORT, WAIT_TELEGRAM, Contacts, Target
from fieldapp.work.customer_port import BAD, CustomerPort, tuned
from fieldapp.work.customer_state import MOMENT, line_of, state_of_line
from fieldapp.work.expected import Expected, expected_meter
from fieldapp.work.tools import Tools
from hardware.drivers.p1_tuning import Tuned
from hardware.errors import PortTimeout, RemoteProtocolError
from hardware.p1.framer import Noise
from hardware.p1.line_watch import Arrival, LineWatch
from hardware.p1.telegram import Telegram

LISTEN_S = 55.0
"""Five telegrams of a meter that sends every ten seconds."""


class Listening:
    """The work room of customer ports that are judged."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Listen with `tools`; what was heard is kept in `db`."""
        self._clock = clock
        self._tools = tools
        self._contacts = Contacts(db, clock, tools)

    async def judge_line(self, target: Target) -> f.StateRetrieved:
        """Hear some telegrams of the electricity meter, and keep what they say.

        Raises:
            PurposeRefused: the visit's purpose does not allow it; the port stays closed.
            WrongMeter: the cable is on another meter; nothing but the contact is kept.
            HardwareError: no sound telegram; nothing is kept.
        """
        stored = await self._contacts.ready(target)
        expected = expected_meter(stored.visit, stored.progress, Commodity.ELECTRICITY)
        async with self._contacts.audited(target, stored, MeterAction.KEEP_TELEGRAM, expected):
            target.notice(OPEN_PORT)
            port = await self._tools.open_port(target.source)
            try:
                target.notice(WAIT_TELEGRAM)
                heard = await tuned(port, port.name, self._tools)
                return await self._judged(target, expected, heard)
            finally:
                await port.close()

    async def _judged(
        self, target: Target, expected: Expected, heard: Tuned
    ) -> f.StateRetrieved:
        watch = LineWatch()
        last = await self._listen(heard, watch)
        numbers = (await CustomerPort(last).number(),)
        contact = await self._contacts.checked(target, f.Channel.P1, expected, numbers)
        now = self._clock.now()
        fact = f.StateRetrieved(
            at=now,
            step=target.step,
            moment=MOMENT,
            channel=f.Channel.P1,
            meter=expected.meter.number,
            state=state_of_line(line_of(last, watch.health, now)),
        )
        await self._contacts.keep(target, contact, fact)
        return fact

    async def _listen(self, heard: Tuned, watch: LineWatch) -> Telegram:
        """The last sound telegram of those that came in time.

        Raises:
            RemoteProtocolError: none was sound.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + LISTEN_S
        event: Telegram | Noise = heard.telegram
        last: Telegram | None = None
        while True:
            self._count(event, heard, watch)
            if isinstance(event, Telegram) and event.crc != BAD:
                last = event
            if watch.health.telegrams >= ENOUGH or now() >= deadline:
                break
            try:
                left_s = min(self._tools.p1_patience_s, deadline - now())
                event = await heard.driver.next_event(left_s)
            except (PortTimeout, RemoteProtocolError):
                break
        if last is None:
            raise RemoteProtocolError(f"{watch.health.damaged} damaged telegrams")
        return last

    def _count(self, event: Telegram | Noise, heard: Tuned, watch: LineWatch) -> None:
        clock = self._clock
        watch.take(Arrival(event, heard.driver.raw, clock.now(), clock.monotonic_s()))
