import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.store import audit
from fieldapp.store.database import Database
from fieldapp.work.contact import Target
from fieldapp.work.metering import Metering
from fieldapp.work.tools import Tools
from fieldapp.work.visit import VisitWork
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import PortGone
from hardware.port import MemoryPort, Port, memory_pair
from hardware.pump import Timing
from hardware.simulators import optical
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.simulators.p1 import MeterSpec, P1Meter

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
SPEC = MeterSpec(version="5.0", phases=3, meter_number=OLD_E, gas_number=OLD_G, seed=7)
PASSWORD = b"00000001"


def _quick() -> OpticalOptions:
    return OpticalOptions(
        auth=Authentication.LLS,
        password=PASSWORD,
        framing=Framing.HDLC,
        timing=Timing(response_s=0.15, inter_octet_s=0.05),
    )


@dataclass
class Bench:
    """Meters in memory, by the name of the port that they are on."""

    meters: dict[str, Callable[[Port], Awaitable[None]]] = field(default_factory=dict)
    opened: list[MemoryPort] = field(default_factory=list)
    running: list[asyncio.Task[None]] = field(default_factory=list)
    options: OpticalOptions = field(default_factory=_quick)

    async def open_port(self, name: str) -> Port:
        if name not in self.meters:
            raise PortGone(name, "no such port")
        near, far = memory_pair(name)
        self.opened.append(near)
        self.running.append(asyncio.create_task(self._serve(name, far)))
        return near

    async def _serve(self, name: str, far: Port) -> None:
        with contextlib.suppress(PortGone):
            await self.meters[name](far)

    def tools(self, p1_patience_s: float = 2.0) -> Tools:
        return Tools(self.open_port, self.access, p1_patience_s)

    async def access(self, _number: str) -> OpticalOptions:
        return self.options

    async def all_closed(self) -> bool:
        for port in self.opened:
            try:
                await port.read(0)
            except PortGone:
                continue
            return False
        return True


@dataclass
class Site:
    """A technician at a visit, with a bench of meters."""

    metering: Metering
    bench: Bench
    clock: Clock
    work: VisitWork
    db: Database
    plan: Callable[..., Visit]
    store: Callable[[Visit], Awaitable[str]]

    async def begin(
        self, kind: str, variant: str = "E", *, step: str = "", **more: object
    ) -> Target:
        visit = self.plan(kind, variant, **more)
        await self.store(visit)
        await self.work.record(
            visit.id,
            f.VisitAccepted(at=self.clock.now()),
            f.VisitTravelling(at=self.clock.now()),
            f.VisitArrived(at=self.clock.now()),
        )
        answers = {question.code: "yes" for question in visit.lmra.questions}
        await self.work.start(visit.id, answers, "T1")
        return Target(visit.id, step or visit.steps[0].code)

    def telegram(self, **other: object) -> bytes:
        fields = {name: getattr(SPEC, name) for name in SPEC.__slots__}
        return P1Meter(MeterSpec(**(fields | other))).telegram(self.clock.now())

    def sends(self, *pieces: bytes) -> Callable[[Port], Awaitable[None]]:
        async def serve(port: Port) -> None:
            for piece in pieces:
                await port.write(piece)
            await asyncio.Event().wait()

        return serve

    def optical(
        self, number: str = OLD_E, gas: str | None = OLD_G, line: Line | None = None
    ) -> optical.OpticalSimulator:
        meter = furnished(OpticalMeter(number, self.clock.now), gas)
        return optical.OpticalSimulator(meter, optical.Framing.HDLC, line or Line())

    async def outcomes(self) -> list[tuple[str, str]]:
        entries = await self.db.read(audit.entries)
        return [(entry.action, entry.outcome) for entry in entries]

    async def facts(self, target: Target) -> tuple[f.AnyFact, ...]:
        return (await self.work.stored(target.visit)).progress.facts[5:]


@pytest.fixture
def site(
    db: Database,
    clock: Clock,
    bench: Bench,
    plan: Callable[..., Visit],
    store_visit: Callable[[Visit], Awaitable[str]],
) -> Site:
    metering = Metering(db, clock, bench.tools())
    return Site(metering, bench, clock, VisitWork(db, clock), db, plan, store_visit)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    for task in made.running:
        task.cancel()
    await asyncio.gather(*made.running, return_exceptions=True)
