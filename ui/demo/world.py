"""The practice street: simulated meters behind the laptop's two cables.

In comes the number of the meter that the technician stands at; both cables, each a real
pseudo-terminal, are then in that meter, until the next one. Rule: the laptop knows the names of
its two ports and nothing else of this.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import resources
from fieldapp.clock import Clock
from hardware.dlms.acse import Mechanism
from hardware.dlms.security import GlobalKeys
from hardware.errors import HardwareError
from hardware.simulators.hosting import HostedPty, open_pty
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_life import Life
from hardware.simulators.optical_security import MeterSecurity
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from hardware.simulators.p1 import MeterSpec, P1Meter, Recording, TelegramSource, serve
from hardware.simulators.p1_house import Start

TELEGRAM_S = 0.5
"""A practice meter sends twice a second, so that nobody waits for it."""


KEYS = "demo/keys.csv"
"""Made-up keys of the practice meters; the office imports this very file."""

DESIGNATIONS = "demo/designations.csv"
"""What the practice technician may do."""

STOCK = "demo/stock.csv"
"""What is in the practice technician's van: the reserved meters, some more, and parts."""


def practice_keys() -> dict[str, GlobalKeys]:
    """The keys that are in the practice meters, by number."""
    rows = csv.DictReader(resources.read_text(KEYS).splitlines())
    return {
        row["meter"]: GlobalKeys(
            bytes.fromhex(row["encryption_key"]), bytes.fromhex(row["authentication_key"])
        )
        for row in rows
        if row["encryption_key"]
    }


class Cable:
    """The P1 cable: sends what the meter it is in sends; nothing while it hangs free."""

    def __init__(self) -> None:
        self.source: TelegramSource | None = None

    def telegram(self, now: datetime) -> bytes:
        """See `TelegramSource`."""
        return self.source.telegram(now) if self.source is not None else b""


class Street:
    """All practice meters, and the two cables.

    Attributes:
        p1, optical: the names of the laptop's ports.
        meters: what stands behind the optical head, by number.
    """

    def __init__(self, clock: Clock, p1: HostedPty, optical: HostedPty) -> None:
        self.p1 = p1.path
        self.optical = optical.path
        self._sources: dict[str, TelegramSource] = {}
        self.meters: dict[str, OpticalMeter] = {}
        keys = practice_keys()
        for number, facts in json.loads(resources.read_text("demo/meters.json")).items():
            security = MeterSecurity(Mechanism.HLS_GMAC, clock.random_bytes, keys[number])
            self.meters[number] = _behind_the_head(number, facts, clock, security)
            self._sources[number] = _behind_the_cable(number, facts)
        self._cable = Cable()
        self._head = OpticalSimulator(next(iter(self.meters.values())))
        self._clock = clock
        self._ports = (p1.port, optical.port)

    def plug(self, number: str) -> bool:
        """Put both cables in the meter with this number; False where there is none."""
        if number not in self.meters:
            return False
        self._cable.source = self._sources[number]
        self._head.plug(self.meters[number])
        return True

    async def live(self) -> None:
        """Let the meters run until cancelled."""
        p1, optical = self._ports
        with suppress(HardwareError):
            await asyncio.gather(
                serve(p1, self._cable, interval_s=TELEGRAM_S, clock=self._clock.now),
                self._head.serve(optical),
            )


@asynccontextmanager
async def street(clock: Clock) -> AsyncIterator[Street]:
    """Open the cables, let the meters run, and close all at the end.

    Raises:
        PortGone: no pseudo-terminals on this machine.
    """
    async with AsyncExitStack() as stack:
        ptys = [open_pty(), open_pty()]
        for pty in ptys:
            stack.push_async_callback(pty.port.close)
        here = Street(clock, *ptys)
        running = asyncio.create_task(here.live())
        try:
            yield here
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def _behind_the_head(
    number: str, facts: dict[str, Any], clock: Clock, security: MeterSecurity
) -> OpticalMeter:
    """A meter whose registers stand where `facts` say when the street opens, and go on."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    meter = OpticalMeter(
        number,
        clock.now,
        phases=facts.get("phases", 3),
        security=security,
        administrative_status=facts["status"],
        life=Life(hour),
    )
    low, normal, low_back, normal_back = facts["wh"]
    meter.energy |= {
        "energy_to_client": low + normal,
        "energy_to_client_t1": low,
        "energy_to_client_t2": normal,
        "energy_by_client": low_back + normal_back,
        "energy_by_client_t1": low_back,
        "energy_by_client_t2": normal_back,
    }
    for name, stands in meter.energy.items():
        meter.energy[name] -= meter.energy_at(name, meter.now()) - stands
    furnished(meter, None)
    if gas := facts.get("gas"):
        meter.channels[0] = GasMeter(gas["number"], gas["litres"], hour)
    return meter


def _behind_the_cable(number: str, facts: dict[str, Any]) -> TelegramSource:
    if facts.get("recorded"):
        return Recording.of(resources.read_bytes(f"demo/{number}.p1"))
    gas = facts.get("gas", {})
    return P1Meter(
        MeterSpec(
            phases=facts.get("phases", 3),
            gas=bool(gas),
            meter_number=number,
            gas_number=gas.get("number", ""),
            start=Start(tuple(facts["wh"]), gas.get("litres", 0)),
        )
    )
