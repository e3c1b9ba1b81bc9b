import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.store.keys import PracticeSource
from fieldapp.work.tools import Access, Tools
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import PortGone
from hardware.port import Port, memory_pair
from hardware.pump import Timing
from hardware.simulators.optical_state import GasMeter, OpticalMeter
from tests.p1_bench import Cable
from tests.walls import customer_port, optical_port
from tests.westland import enrol, westland
from ui.cli import optical_contact, p1
from ui.cli.wanted import unwatched
from ui.presenters.metering import Sources
from ui.wiring import Laptop, Outside, open_laptop

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
GAS = {
    "E0012001122334411": "G0007001234567809",
    "E0044007382311125": "G0039001936990625",
}


Begin = Callable[[str], Awaitable[Visit]]


@dataclass
class SteppingClock:
    time: datetime = START
    made: int = 0
    step: timedelta = timedelta(seconds=1)

    def now(self) -> datetime:
        self.time += self.step
        return self.time

    def monotonic_s(self) -> float:
        return (self.time - START).total_seconds() + 1000

    def new_id(self) -> str:
        self.made += 1
        return f"0195-{self.made:08}"

    def random_bytes(self, size: int) -> bytes:
        self.made += 1
        return self.made.to_bytes(size, "big")


@dataclass
class Street:
    """Meters by number behind one P1 cable and one head; `plug` moves both."""

    clock: SteppingClock
    number: str = ""
    optical: dict[str, OpticalMeter] = field(default_factory=dict)
    running: list[asyncio.Task[None]] = field(default_factory=list)
    dead: bool = False
    access: Access | None = None

    def plug(self, number: str) -> None:
        self.number = number

    def meter(self, number: str) -> OpticalMeter:
        if number not in self.optical:
            made = OpticalMeter(number, self.clock.now, needs_password=False)
            if number in GAS:
                made.channels[0] = GasMeter(GAS[number], 1_284_305, self.clock.now())
            self.optical[number] = made
        return self.optical[number]

    async def open_port(self, name: str) -> Port:
        if name not in {"p1", "p0"} or self.dead:
            raise PortGone(name, "no such port")
        near, far = memory_pair(name)
        serve = self._serve_p1 if name == "p1" else self._serve_p0
        self.running.append(asyncio.create_task(self._until_gone(serve, far)))
        return near

    async def _until_gone(self, serve: Callable[[Port], Awaitable[None]], far: Port) -> None:
        with contextlib.suppress(PortGone):
            await serve(far)

    def at(self, number: str) -> Sources:
        """The laptop's two ports, once both are in this meter."""
        self.plug(number)
        return Sources("p1", "p0")

    async def _serve_p1(self, port: Port) -> None:
        await customer_port(self.meter(self.number), port)

    async def _serve_p0(self, port: Port) -> None:
        await optical_port(self.meter(self.number), port)

    def outside(self) -> Outside:
        return Outside(self.clock, Tools(self.open_port, self._reach, 2.0), lang="en")

    async def _reach(self, number: str) -> OpticalOptions:
        return await (self.access or _without_keys)(number)


async def _without_keys(_number: str) -> OpticalOptions:
    return OpticalOptions(
        auth=Authentication.NONE,
        framing=Framing.HDLC,
        timing=Timing(response_s=0.2, inter_octet_s=0.05),
    )


@pytest.fixture(autouse=True)
def _doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole command line started in this process leaves its own door behind."""
    for commands in (p1, optical_contact):
        monkeypatch.setattr(commands, "door", unwatched)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def street(clock: SteppingClock) -> AsyncIterator[Street]:
    made = Street(clock)
    yield made
    for task in made.running:
        task.cancel()
    await asyncio.gather(*made.running, return_exceptions=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "laptop"


@pytest.fixture
def visits() -> dict[str, Visit]:
    return {visit.number: visit for visit in westland(DAY)}


@dataclass
class Desk:
    """Where the laptop lies: it can be closed and opened again."""

    folder: Path
    street: Street
    laptop: Laptop

    async def reopen(self) -> Laptop:
        await self.laptop.close()
        return await self.open()

    async def open(self) -> Laptop:
        self.laptop = await open_laptop(self.folder, PracticeSource(), self.street.outside())
        return self.laptop


@pytest.fixture
async def desk(folder: Path, street: Street) -> AsyncIterator[Desk]:
    laptop = await open_laptop(folder, PracticeSource(), street.outside())
    made = Desk(folder, street, laptop)
    yield made
    await made.laptop.close()


@pytest.fixture
def bare_laptop(desk: Desk) -> Laptop:
    return desk.laptop


@pytest.fixture
async def laptop(bare_laptop: Laptop, visits: dict[str, Visit]) -> Laptop:
    await enrol(bare_laptop, list(visits.values()))
    return bare_laptop


@pytest.fixture
def cable() -> Cable:
    return Cable()


@pytest.fixture
async def free_laptop(
    folder: Path, clock: SteppingClock, cable: Cable
) -> AsyncIterator[Laptop]:
    """A laptop that belongs to nobody."""
    outside = Outside(clock, Tools(cable.open_port, p1_patience_s=2.0), lang="en")
    made = await open_laptop(folder, PracticeSource(), outside)
    yield made
    await made.close()


@pytest.fixture
def begin(laptop: Laptop, visits: dict[str, Visit]) -> Begin:
    """Starts a visit."""

    async def started(number: str) -> Visit:
        visit = visits[number]
        now = laptop.clock.now
        steps = (f.VisitAccepted, f.VisitTravelling, f.VisitArrived)
        await laptop.visits.record(visit.id, *(step(at=now()) for step in steps))
        answers = {question.code: "yes" for question in visit.lmra.questions}
        await laptop.visits.start(visit.id, answers, "T1")
        return visit

    return started
