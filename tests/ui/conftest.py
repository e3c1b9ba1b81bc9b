import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.work_order import Commodity, Visit
from fieldapp.store import inbox, secrets
from fieldapp.store.device import Device, contact_at, note_contact, store_device
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import Tools
from fieldapp.work.metering import HandReading
from fieldapp.work.visit import Picture
from hardware.drivers.optical_line import Authentication, Framing, OpticalOptions
from hardware.errors import PortGone
from hardware.port import Port, memory_pair
from hardware.pump import Timing
from hardware.simulators import optical as simulated
from hardware.simulators.optical_state import GasMeter, OpticalMeter
from hardware.simulators.p1 import MeterSpec, P1Meter
from sync.server.dayfile import DayFile
from sync.server.drafting import Particulars, draft
from ui.presenters.metering import Sources
from ui.presenters.visit_page import Action
from ui.wiring import Laptop, Outside, open_laptop

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
GAS = {
    "E0012001122334411": "G0007001234567809",
    "E0044007382311125": "G0039001936990625",
}


@dataclass
class SteppingClock:
    time: datetime = START
    made: int = 0

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
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

    async def _serve_p1(self, port: Port) -> None:
        gas = GAS.get(self.number, "")
        spec = MeterSpec(meter_number=self.number, gas=bool(gas), gas_number=gas, phases=3)
        await port.write(P1Meter(spec).telegram(self.clock.now()))
        await asyncio.Event().wait()

    async def _serve_p0(self, port: Port) -> None:
        head = simulated.OpticalSimulator(self.meter(self.number), simulated.Framing.HDLC)
        await head.serve(port)

    def outside(self) -> Outside:
        options = OpticalOptions(
            auth=Authentication.NONE,
            framing=Framing.HDLC,
            timing=Timing(response_s=0.2, inter_octet_s=0.05),
        )
        return Outside(self.clock, Tools(self.open_port, lambda _: options, 2.0), lang="en")


def westland() -> list[Visit]:
    rows = json.loads(resources.read_text("demo/westland.json"))
    checked = DayFile.model_validate({"date": DAY.isoformat(), **rows})
    return [
        draft(row, DAY, Particulars(f"visit-{row.number}", "Westland", "h1", 1, place))
        for place, row in enumerate(checked.visits, 1)
    ]


async def enrol(laptop: Laptop, visits: list[Visit]) -> None:
    def change(c: Transaction) -> None:
        owner = Device(
            laptop="L1",
            technician="T1",
            technician_name="Ans de Boer",
            region="Westland",
            office="O1",
            server_url="http://127.0.0.1:1",
            incarnation=1,
            system_title=b"FLD\x00\x00\x00\x00\x01",
            private_key=secrets.new_key(),
            practice=True,
        )
        store_device(c, owner)
        note_contact(c, contact_at(laptop.clock, laptop.clock.now()))
        page = [inbox.InboxChange(visit.id, visit.version, visit) for visit in visits]
        inbox.store_page(c, page, len(page))

    await laptop.db.write(change, touched=frozenset({"device", "visits"}))


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
    return {visit.number: visit for visit in westland()}


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


class Robot:
    """Works a visit by doing what the page's primary button says, and nothing else."""

    def __init__(self, laptop: Laptop, street: Street, visit_id: str) -> None:
        self.page = laptop.visit_presenter(visit_id)
        self.meter = laptop.meter_presenter(visit_id, Sources("p1", "p0"))
        self.street = street
        self.done: list[str] = []

    async def open(self) -> None:
        await self.page.open()

    async def press(self) -> bool:
        """Press the button once; False when there is none."""
        primary = self.page.state.primary
        if primary is None:
            return False
        worked = await _HANDS[primary.action](self, primary.about, primary.step)
        problem = self.page.state.problem or self.meter.state.problem
        assert worked, (primary, problem)
        await self.page.refresh()
        self.done.append(primary.action)
        return True

    async def work(self) -> None:
        """Press until there is nothing left to do."""
        while await self.press():
            assert len(self.done) < 100, self.done

    def connection_meter(self, commodity: str) -> str:
        connection = next(
            c for c in self.page.state.connections if c.commodity.value == commodity
        )
        return connection.meter.number if connection.meter else ""

    def _standing_at(self) -> str:
        """The electricity meter on the wall, by what was placed."""
        placed = [s.code for s in self.page.state.steps if s.state == "done"]
        if "mount" in placed and self.page.state.new_meters:
            return self.page.state.new_meters[0].number
        return self.connection_meter("E")

    async def _accept(self, _about: str, _step: str) -> bool:
        return await self.page.accept()

    async def _travel(self, _about: str, _step: str) -> bool:
        return await self.page.travel()

    async def _arrive(self, _about: str, _step: str) -> bool:
        self.street.plug(self._standing_at())
        return await self.page.arrive()

    async def _answer_lmra(self, _about: str, _step: str) -> bool:
        return await self.page.answer_lmra(dict.fromkeys(self.page.state.lmra, "yes"))

    async def _start(self, _about: str, _step: str) -> bool:
        return await self.page.start()

    async def _identify_meter(self, about: str, step: str) -> bool:
        self.street.plug(self._standing_at())
        channel = f.Channel.P0 if step == "set_up" else f.Channel.P1
        if about == "E" and step == "connection_and_meter":
            return await self.meter.identify_by_nameplate(step, self._standing_at())
        return await self.meter.identify(step, channel)

    async def _take_readings(self, about: str, step: str) -> bool:
        self.street.plug(self._standing_at())
        moment, _, commodity = about.partition(".")
        if self.page.state.meter_kind.value == "digital":
            digits = {row.register.obis: "000001" for row in self.page.state.registers}
            hand = HandReading(moment, Commodity(commodity), digits, Picture(b"display"))
            return await self.meter.read_by_hand(step, hand)
        channel = f.Channel.P1 if commodity == "G" else f.Channel.P0
        return await self.meter.read(step, moment, channel)

    async def _retrieve_state(self, about: str, step: str) -> bool:
        return await self.meter.retrieve_state(step, about)

    async def _apply_preference(self, _about: str, step: str) -> bool:
        choice = self.page.state.choice
        if choice is None:
            await self.page.choose(Preference.OFF)
            choice = self.page.state.choice
        assert choice is not None
        return await self.meter.apply_preference(step, choice.preference)

    async def _confirm_item(self, about: str, _step: str) -> bool:
        return await self.page.confirm(about)

    async def _enter_measurement(self, about: str, _step: str) -> bool:
        return await self.page.measure(about, Decimal("230.4"), "V", "Fluke 1")

    async def _take_photo(self, about: str, _step: str) -> bool:
        return await self.page.add_photo(about, Picture(b"\xff\xd8" + about.encode()))

    async def _sign(self, _about: str, _step: str) -> bool:
        return await self.page.sign(Picture(b"ink", "image/png"))

    async def _record_seal(self, about: str, _step: str) -> bool:
        return await self.page.record_seal(about, "S-1", "placed")

    async def _place_meter(self, about: str, _step: str) -> bool:
        index = 0 if about == "E" else len(self.page.state.new_meters) - 1
        return await self.page.place_meter(about, self.page.state.new_meters[index].number)

    async def _remove_meter(self, about: str, _step: str) -> bool:
        return await self.page.remove_meter(about)

    async def _record_choice(self, _about: str, _step: str) -> bool:
        return await self.page.choose(Preference.OFF)

    async def _record_finding(self, _about: str, _step: str) -> bool:
        return await self.page.find("voltage", "ruled_out", "230 V on all phases")

    async def _record_action(self, _about: str, _step: str) -> bool:
        return await self.page.act("repaired")

    async def _finish_step(self, _about: str, _step: str) -> bool:
        return await self.page.finish_step()

    async def _close(self, _about: str, _step: str) -> bool:
        return await self.page.close_visit()


_HANDS: dict[Action, Callable[[Robot, str, str], Awaitable[bool]]] = {
    Action.ACCEPT: Robot._accept,
    Action.TRAVEL: Robot._travel,
    Action.ARRIVE: Robot._arrive,
    Action.ANSWER_LMRA: Robot._answer_lmra,
    Action.START: Robot._start,
    Action.IDENTIFY_METER: Robot._identify_meter,
    Action.TAKE_READINGS: Robot._take_readings,
    Action.RETRIEVE_STATE: Robot._retrieve_state,
    Action.APPLY_PREFERENCE: Robot._apply_preference,
    Action.CONFIRM_ITEM: Robot._confirm_item,
    Action.ENTER_MEASUREMENT: Robot._enter_measurement,
    Action.TAKE_PHOTO: Robot._take_photo,
    Action.SIGN: Robot._sign,
    Action.RECORD_SEAL: Robot._record_seal,
    Action.PLACE_METER: Robot._place_meter,
    Action.REMOVE_METER: Robot._remove_meter,
    Action.RECORD_CHOICE: Robot._record_choice,
    Action.RECORD_FINDING: Robot._record_finding,
    Action.RECORD_ACTION: Robot._record_action,
    Action.FINISH_STEP: Robot._finish_step,
    Action.CLOSE: Robot._close,
    Action.RESUME: Robot._start,
}
MakeRobot = Callable[[Laptop, str], Awaitable[Robot]]


@pytest.fixture
def robot(street: Street) -> MakeRobot:
    async def make(laptop: Laptop, number: str) -> Robot:
        made = Robot(laptop, street, f"visit-{number}")
        await made.open()
        return made

    return make
