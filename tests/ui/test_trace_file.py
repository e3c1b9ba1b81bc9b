from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from fieldapp.domain.privacy import Purpose
from fieldapp.errors import FileTrouble
from fieldapp.store import audit
from fieldapp.work.diagnosis import Diagnosis
from fieldapp.work.errand import Errands
from fieldapp.work.tools import Tools
from hardware.dlms.acse import Aarq, Mechanism
from hardware.errors import DamagedTrace
from hardware.port import Port
from hardware.trace import Direction, Record
from ui.presenters.bench import Bench
from ui.presenters.diagnosis import DiagnosisPresenter
from ui.presenters.trace_file import KEEP, TraceHead, read, write
from ui.presenters.trace_keeping import FILE_ROWS
from ui.presenters.trace_rows import TraceLog, TraceRow
from ui.worker.beside import Beside

if TYPE_CHECKING:
    from ui.wiring import Laptop

BEGAN = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
AARQ = Aarq(mechanism=Mechanism.LLS, authentication=b"k2x9vQ7p").to_bytes()


class StreetLike(Protocol):
    def plug(self, number: str) -> None: ...

    async def open_port(self, name: str) -> Port: ...


def rows() -> tuple[TraceRow, ...]:
    log = TraceLog(lambda: BEGAN)
    log.take(Record(Direction.LINE, Decimal(0), b"300 7E1"))
    log.take(Record(Direction.SENT, Decimal("0.25"), b"/?!\r\n"))
    log.take(Record(Direction.RECEIVED, Decimal("0.5"), b"/ISk5MT174\r\n\x01"))
    log.take(Record(Direction.SENT, Decimal("1.000001"), AARQ))
    log.settle()
    return log.rows


def whole(path: Path) -> tuple[list[TraceRow], list[float], TraceHead]:
    found: list[TraceRow] = []
    shares: list[float] = []
    steps = read(str(path))
    while True:
        try:
            piece = next(steps)
        except StopIteration as end:
            return found, shares, end.value
        found += piece.rows
        shares.append(piece.share)


def test_a_trace_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "one.trace"
    head = TraceHead(BEGAN, "fault", BEGAN + KEEP, 1)
    write(str(path), head, rows())
    found, shares, said = whole(path)
    assert (tuple(found), said, shares) == (rows(), head, [1.0])
    assert b"k2x9vQ7p".hex() not in path.read_text()
    assert found[-1].masked


def test_a_large_file_comes_in_pieces_that_say_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "large.trace"
    lines = [f"{number}.0 < 2f3f210d0a" for number in range(1000)]
    path.write_text("\n".join(["fieldapp-trace 1", *lines]) + "\n")
    found, shares, said = whole(path)
    assert [row.number for row in found] == list(range(1, 1001))
    assert shares == sorted(shares)
    assert len(shares) == 6
    assert (said.purpose, said.until, said.masked) == ("", None, 0)


@pytest.mark.parametrize(
    "remark", ["# began yesterday", "# began 2026-01-01T00:00:00", "# masked many", "# until -"]
)
def test_remarks_that_say_nothing_are_passed_over(tmp_path: Path, remark: str) -> None:
    path = tmp_path / "odd.trace"
    path.write_text(f"fieldapp-trace 1\n{remark}\n0 < 00\n")
    found, _, said = whole(path)
    assert (len(found), said.until, said.masked) == (1, None, 0)


def test_what_the_system_refuses_names_the_file_and_not_its_folder(tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "one.trace"
    for attempt in (
        lambda: write(str(nowhere), TraceHead(BEGAN), rows()),
        lambda: next(read(str(nowhere))),
    ):
        with pytest.raises(FileTrouble) as caught:
            attempt()
        assert caught.value.name == "one.trace"
        assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_no_trace_says_so(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" * 100)
    with pytest.raises(DamagedTrace):
        whole(path)


@pytest.fixture
def made(laptop: Laptop, street: StreetLike) -> DiagnosisPresenter:
    tools = Tools(street.open_port, p1_patience_s=0.05)
    bench = Bench(laptop.db, laptop.clock, laptop.tasks, "en", list, lambda _r, _s: None)
    errands = Errands(laptop.db, laptop.clock, tools)
    return DiagnosisPresenter(
        Diagnosis(laptop.db, laptop.clock, tools), errands, bench, ("p1",)
    )


async def begin(laptop: Laptop, number: str) -> None:
    visit = laptop.visit_presenter(f"visit-{number}")
    await visit.open()
    await visit.accept()
    await visit.travel()
    await visit.arrive()
    await visit.answer_lmra(dict.fromkeys(visit.state.lmra, "yes"))
    visit.close()


async def trail(laptop: Laptop) -> list[tuple[str, str]]:
    found = await laptop.db.read(audit.entries)
    return [(one.purpose, one.outcome) for one in found if one.action == "export_trace"]


async def shown(presenter: DiagnosisPresenter, path: Path) -> None:
    await presenter.open()
    presenter.read(str(path))
    await presenter.ended()


@pytest.mark.parametrize("beside", [True, False])
async def test_a_trace_is_kept_for_the_purpose_of_the_visit_and_noted(
    laptop: Laptop, made: DiagnosisPresenter, tmp_path: Path, *, beside: bool
) -> None:
    if beside:
        laptop.tasks.worker = Beside()
    await begin(laptop, "V-1003")
    source = tmp_path / "source.trace"
    write(str(source), TraceHead(BEGAN), rows())
    await shown(made, source)
    assert (made.state.rows, made.state.share) == (rows(), 1.0)
    path = tmp_path / "kept.trace"
    made.keep(str(path))
    await made.ended()
    note = made.state.file
    assert made.state.problem is None
    assert note is not None
    assert (note.name, note.kept, note.head.masked) == ("kept.trace", True, 1)
    assert note.head.until is not None
    assert KEEP - timedelta(minutes=5) < note.head.until - laptop.clock.now() <= KEEP
    assert whole(path)[0] == list(rows())
    assert await trail(laptop) == [(note.head.purpose, "begun"), (note.head.purpose, "done")]
    assert note.head.purpose in {purpose.value for purpose in Purpose}
    made.close()


async def test_without_a_reason_nothing_is_kept(
    made: DiagnosisPresenter, laptop: Laptop, tmp_path: Path
) -> None:
    source = tmp_path / "source.trace"
    write(str(source), TraceHead(BEGAN, until=BEGAN - KEEP), rows())
    await shown(made, source)
    assert made.state.file is not None
    assert made.state.file.overdue
    made.keep(str(tmp_path / "kept.trace"))
    await made.ended()
    assert made.state.problem is not None
    assert not (tmp_path / "kept.trace").exists()
    assert await trail(laptop) == []
    made.close()


async def test_a_damaged_file_is_told_and_what_came_before_it_stands(
    made: DiagnosisPresenter, tmp_path: Path
) -> None:
    path = tmp_path / "cut.trace"
    good = "0 < 2f3f210d0a\n" * 450
    path.write_text(f"fieldapp-trace 1\n{good}1 < zz\n1 < 00\n")
    await shown(made, path)
    assert len(made.state.rows) == 400
    assert made.state.problem is not None
    assert "line 452" in made.state.problem.what
    made.close()


async def test_reading_can_be_stopped(made: DiagnosisPresenter, tmp_path: Path) -> None:
    path = tmp_path / "large.trace"
    path.write_text("fieldapp-trace 1\n" + "0 < 2f3f210d0a\n" * 5000)
    await made.open()
    made.subscribe(lambda state: made.stop() if 0 < state.share < 1 else None)
    made.read(str(path))
    await made.ended()
    assert made.state.stopped
    assert 0 < len(made.state.rows) < 5000
    made.close()


async def test_more_rows_than_are_shown_are_counted(
    made: DiagnosisPresenter, tmp_path: Path
) -> None:
    path = tmp_path / "large.trace"
    path.write_text("fieldapp-trace 1\n" + "0 < 2f3f210d0a\n" * (FILE_ROWS + 100))
    await shown(made, path)
    assert (len(made.state.rows), made.state.dropped) == (FILE_ROWS, 100)
    made.close()
