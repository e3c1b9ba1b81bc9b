from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import pytest

from fieldapp.domain.work_order import Visit
from fieldapp.work.errand import Errands
from fieldapp.work.live import LivePort
from fieldapp.work.tools import Tools
from hardware.port import Port, memory_pair
from hardware.serial_port import PortInfo
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.presenters.bench import Bench
from ui.presenters.live import LivePresenter, LiveState
from ui.wiring import Laptop

PORTS = [PortInfo("p1", "P1 cable", "Prolific", "A1"), PortInfo("p0")]


class ClockLike(Protocol):
    def now(self) -> datetime: ...


class StreetLike(Protocol):
    dead: bool
    number: str

    def plug(self, number: str) -> None: ...


async def begin(laptop: Laptop, number: str = "V-1003") -> str:
    page = laptop.visit_presenter(f"visit-{number}")
    await page.open()
    await page.accept()
    await page.travel()
    await page.arrive()
    await page.answer_lmra(dict.fromkeys(page.state.lmra, "yes"))
    page.close()
    meter = page.state.connections[0].meter
    assert meter is not None
    return meter.number


@pytest.fixture
def live(laptop: Laptop) -> LivePresenter:
    return laptop.live_presenter()


async def until(presenter: LivePresenter, holds: Callable[[LiveState], bool]) -> None:
    reached = asyncio.Event()
    end = presenter.subscribe(lambda state: reached.set() if holds(state) else None)
    if not holds(presenter.state):
        async with asyncio.timeout(10):
            await reached.wait()
    end()


async def test_without_a_visit_there_is_no_reason_to_listen(
    laptop: Laptop, live: LivePresenter
) -> None:
    await live.open()
    assert live.state.errand.purpose is None
    live.use("p1")
    live.start()
    await live.ended()
    assert live.state.problem is not None
    assert not live.state.running
    live.close()
    assert laptop.settings.ports["p1"] == "p1"


async def test_the_page_follows_the_visit_under_way(
    laptop: Laptop, live: LivePresenter, street: StreetLike
) -> None:
    await live.open()
    number = await begin(laptop)
    street.plug(number)
    await laptop.tasks.settle()
    assert live.state.errand.meter == number
    assert live.state.errand.number == "V-1003"
    live.use(" p1 ")
    live.start()
    live.start()  # a second tap does nothing
    await until(live, lambda state: state.reading is not None)
    reading = live.state.reading
    assert reading is not None
    assert reading.meter == number
    assert live.state.health.telegrams == 1
    assert len(live.history) == 1
    assert set(live.tracks.lines("power", 300)) == {1, 2, 3}
    assert [finding.rule for finding in live.state.findings] == ["voltage", "clock_off"]
    live.stop()
    await live.ended()
    assert (live.state.running, live.state.stopped) == (False, True)
    assert live.state.reading is reading
    live.close()


async def test_another_meter_shows_nothing_but_the_reason(
    laptop: Laptop, live: LivePresenter, street: StreetLike
) -> None:
    await begin(laptop)
    await live.open()
    street.plug("E0099000000000126")
    live.use("p1")
    live.start()
    await live.ended()
    assert live.state.reading is None
    assert live.state.problem is not None
    assert "E0099000000000126" in live.state.problem.what
    live.close()


async def test_a_port_that_is_not_there_is_said_in_words(
    laptop: Laptop, live: LivePresenter, street: StreetLike
) -> None:
    await begin(laptop)
    street.dead = True
    await live.open()
    live.use("p1")
    live.start()
    await live.ended()
    assert live.state.problem is not None
    assert not live.state.running
    live.close()


async def test_a_paused_visit_takes_its_hour_with_it(
    laptop: Laptop, live: LivePresenter, street: StreetLike
) -> None:
    number = await begin(laptop)
    street.plug(number)
    await live.open()
    live.use("p1")
    live.start()
    await until(live, lambda state: state.reading is not None)
    page = laptop.visit_presenter("visit-V-1003")
    await page.open()
    await page.pause()
    page.close()
    await until(live, lambda state: state.reading is None and not state.running)
    assert len(live.history) == 0
    assert live.tracks.lines("power", 300) == {}
    assert live.state.errand.purpose is None
    assert live.state.source == "p1"
    live.close()


async def test_using_another_port_stops_the_first(
    laptop: Laptop, live: LivePresenter, street: StreetLike
) -> None:
    street.plug(await begin(laptop))
    await live.open()
    live.use("p1")
    live.start()
    await until(live, lambda state: state.reading is not None)
    live.use("p0")
    await live.ended()
    assert (live.state.running, live.state.source) == (False, "p0")
    live.close()


async def test_a_stop_before_it_began_leaves_nothing_running(
    laptop: Laptop, live: LivePresenter
) -> None:
    await begin(laptop)
    await live.open()
    live.use("p1")
    live.start()
    live.stop()
    await live.ended()
    await asyncio.sleep(0)
    assert (live.state.running, live.state.stopped) == (False, True)
    live.close()


async def test_an_empty_source_begins_nothing(live: LivePresenter) -> None:
    live.start()
    assert not live.state.running


async def test_after_closing_nothing_begins(laptop: Laptop, live: LivePresenter) -> None:
    live.use("p1")
    await laptop.tasks.close()
    live.start()
    assert not live.state.running


async def test_ports_are_listed_with_their_maker(laptop: Laptop) -> None:
    live = made(laptop, [], PORTS)
    await live.open()
    assert [(port.source, port.maker) for port in live.state.ports] == [
        ("p1", "Prolific"),
        ("p0", ""),
    ]
    live.close()


async def test_damage_counts_and_shows_no_value(
    laptop: Laptop, visits: dict[str, Visit], clock: ClockLike
) -> None:
    number = await begin(laptop)
    assert visits["V-1003"].connections[0].meter is not None
    whole = P1Meter(MeterSpec(meter_number=number, phases=3)).telegram(clock.now())
    pieces = [whole, whole.replace(b"1-0:1.8.1(", b"1-0:1.8.1(9"), b"junk", whole]
    live = made(laptop, pieces, [])
    live.use("p1")
    await live.open()
    live.start()
    await until(live, lambda state: state.health.telegrams == 2)
    assert (live.state.health.damaged, live.state.health.noise) == (1, 1)
    assert len(live.history) == 4
    last = live.history.last_sound()
    assert last is not None
    assert last.heard.raw == whole
    live.close()
    await live.ended()


def made(laptop: Laptop, pieces: list[bytes], ports: list[PortInfo]) -> LivePresenter:
    """A presenter on a port that says this and no more."""

    async def open_port(name: str) -> Port:
        near, far = memory_pair(name)
        for piece in pieces:
            await far.write(piece)
        return near

    tools = Tools(open_port, p1_patience_s=1.0)
    bench = Bench(
        laptop.db, laptop.clock, laptop.tasks, "en", lambda: ports, lambda _role, _source: None
    )
    return LivePresenter(
        LivePort(laptop.db, laptop.clock, tools),
        Errands(laptop.db, laptop.clock, tools),
        bench,
    )
