from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from fieldapp.work.diagnosis import Diagnosis
from fieldapp.work.errand import Errands
from fieldapp.work.tools import Tools
from hardware.drivers import port_search as room
from hardware.port import Port
from hardware.serial_port import PortInfo
from hardware.trace import Direction, Record
from ui.presenters import diagnosis as page
from ui.presenters.bench import Bench
from ui.presenters.diagnosis import DiagnosisPresenter, DiagnosisState
from ui.presenters.trace_rows import MAX_ROWS, TraceLog
from ui.wiring import Laptop

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
HEAD, CABLE = PortInfo("p0", "UART", "FTDI", "A5"), PortInfo("p1", "P1 cable")


class StreetLike(Protocol):
    def plug(self, number: str) -> None: ...

    async def open_port(self, name: str) -> Port: ...


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SHORT_S", 0.05)
    monkeypatch.setattr(page, "LOOK_S", 0.01)


class Machine:
    """Ports that come and go."""

    def __init__(self) -> None:
        self.ports = [HEAD, CABLE]

    def list_ports(self) -> list[PortInfo]:
        return list(self.ports)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def made(laptop: Laptop, street: StreetLike, machine: Machine) -> DiagnosisPresenter:
    tools = Tools(street.open_port, p1_patience_s=0.05)
    bench = Bench(
        laptop.db,
        laptop.clock,
        laptop.tasks,
        "en",
        machine.list_ports,
        lambda _role, _source: None,
    )
    errands = Errands(laptop.db, laptop.clock, tools)
    work = Diagnosis(laptop.db, laptop.clock, tools)
    return DiagnosisPresenter(work, errands, bench, ("socket://bench:1", ""))


async def begin(laptop: Laptop, street: StreetLike) -> str:
    visit = laptop.visit_presenter("visit-V-1003")
    await visit.open()
    await visit.accept()
    await visit.travel()
    await visit.arrive()
    await visit.answer_lmra(dict.fromkeys(visit.state.lmra, "yes"))
    visit.close()
    meter = visit.state.connections[0].meter
    assert meter is not None
    street.plug(meter.number)
    return meter.number


async def until(presenter: DiagnosisPresenter, holds: Callable[[DiagnosisState], bool]) -> None:
    reached = asyncio.Event()
    end = presenter.subscribe(lambda state: reached.set() if holds(state) else None)
    if not holds(presenter.state):
        async with asyncio.timeout(10):
            await reached.wait()
    end()


def names(state: DiagnosisState) -> list[str]:
    return [port.source for port in state.ports]


async def test_ports_are_seen_as_they_come_and_go(
    made: DiagnosisPresenter, machine: Machine
) -> None:
    await made.open()
    assert names(made.state) == ["p0", "p1", "socket://bench:1"]
    assert made.state.selected == "p0"
    assert [port.typed for port in made.state.ports] == [False, False, True]
    machine.ports = [CABLE]
    await until(made, lambda state: names(state) == ["p1", "socket://bench:1"])
    assert made.state.selected == "p1"
    machine.ports = [HEAD, CABLE]
    await until(made, lambda state: "p0" in names(state))
    made.close()
    machine.ports = []
    await asyncio.sleep(0.03)
    assert "p0" in names(made.state)


async def test_a_typed_port_stays_and_is_chosen(made: DiagnosisPresenter) -> None:
    await made.open()
    await made.add(" COM9 ")
    assert made.state.selected == "COM9"
    await made.add("COM9")
    assert names(made.state).count("COM9") == 1
    await made.add("  ")
    made.select("nowhere")
    assert made.state.selected == "COM9"
    made.close()


async def test_finding_shows_the_line_and_what_it_is(
    laptop: Laptop, made: DiagnosisPresenter, street: StreetLike
) -> None:
    number = await begin(laptop, street)
    await made.open()
    made.select("p1")
    made.find()
    made.find()
    assert made.state.busy == "find"
    await made.ended()
    found = made.state.findings["p1"]
    assert (found.kind, found.meter, found.other_meter) == ("p1", number, False)
    assert made.state.busy == ""
    kinds = [row.kind for row in made.state.rows]
    assert kinds[0] == "line"
    assert "p1_line" in kinds
    assert kinds[-1] == "p1_end"
    assert [row.number for row in made.state.rows] == list(range(1, len(kinds) + 1))
    made.select("p0")
    assert made.state.rows == ()
    assert "p1" in made.state.findings
    made.close()


async def test_a_port_that_was_unplugged_loses_what_was_found(
    laptop: Laptop, made: DiagnosisPresenter, street: StreetLike, machine: Machine
) -> None:
    await begin(laptop, street)
    await made.open()
    made.select("p1")
    made.find()
    await made.ended()
    machine.ports = [HEAD]
    await until(made, lambda state: "p1" not in names(state))
    assert made.state.findings == {}
    made.close()


async def test_listening_goes_on_until_it_is_stopped(
    laptop: Laptop, made: DiagnosisPresenter, street: StreetLike
) -> None:
    await begin(laptop, street)
    await made.open()
    made.select("p1")
    made.listen(115200)
    await until(made, lambda state: any(row.kind == "p1_end" for row in state.rows))
    assert made.state.busy == "listen"
    made.stop()
    await made.ended()
    assert (made.state.busy, made.state.stopped) == ("", True)
    assert made.state.rows
    made.close()


async def test_without_a_visit_no_line_is_touched(made: DiagnosisPresenter) -> None:
    await made.open()
    assert made.state.errand.purpose is None
    made.find()
    await made.ended()
    assert made.state.problem is not None
    assert made.state.rows == ()
    made.close()


async def test_nothing_to_find_where_there_is_no_port(
    laptop: Laptop, made: DiagnosisPresenter, machine: Machine
) -> None:
    machine.ports = []
    bare = laptop.diagnosis_presenter()
    bare.find()
    bare.listen(9600)
    assert bare.state.busy == ""
    await laptop.tasks.close()
    made.find()
    assert made.state.busy == ""


def test_a_trace_is_bounded_and_settles() -> None:
    log = TraceLog(lambda: NOON)
    for second in range(MAX_ROWS + 3):
        log.take(Record(Direction.RECEIVED, Decimal(second), b"1-0:1.8.1(000001*kWh)\r\n"))
    assert (len(log.rows), log.dropped) == (MAX_ROWS, 3)
    assert log.rows[0].number == 4
    assert log.rows[0].at == NOON + timedelta(seconds=3)
    log.take(Record(Direction.RECEIVED, Decimal(1), b"half"))
    log.settle()
    assert (log.rows[-1].kind, log.rows[-1].holds) == ("unknown", False)
    log.begin()
    assert (log.rows, log.dropped) == ((), 0)
