from __future__ import annotations

from pathlib import Path

import pytest

from hardware.simulators.optical_state import furnished
from tests.ui.test_optical_presenter import StreetLike, begin, until
from ui.presenters.optical import OpticalPresenter
from ui.presenters.optical_trace import SessionTraceState
from ui.wiring import Laptop


@pytest.fixture
async def optical(laptop: Laptop) -> OpticalPresenter:
    made = laptop.optical_presenter()
    made.use("p0")
    await made.open()
    return made


async def _read(laptop: Laptop, street: StreetLike, optical: OpticalPresenter) -> None:
    furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await optical.ended()


async def test_the_frames_of_a_session_come_with_their_meaning(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    shown: list[SessionTraceState] = []
    optical.trace.subscribe(shown.append)
    await _read(laptop, street, optical)
    rows = optical.trace.state.rows
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    kinds = [row.kind for row in rows]
    assert kinds[0] == "line"
    assert {"snrm", "ua", "aarq", "aare", "get_request", "get_response"} <= set(kinds)
    assert kinds[-2:] == ["disc", "ua"]
    assert all(row.holds for row in rows)
    assert len(shown) > 50  # live, not at the end
    optical.read_preference()
    await optical.ended()
    assert 0 < len(optical.trace.state.rows) < len(rows)


async def test_a_write_of_the_visit_is_among_them(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    choice = optical.state.errand.choice
    assert choice is not None
    optical.write_preference(choice)
    await optical.ended()
    kinds = [row.kind for row in optical.trace.state.rows]
    assert "set_request" in kinds


async def test_they_go_with_the_session(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    await _read(laptop, street, optical)
    assert optical.trace.state.rows
    page = laptop.visit_presenter("visit-V-1003")
    await page.open()
    await page.pause()
    page.close()
    await until(optical, lambda state: state.reading is None)
    assert optical.trace.state == SessionTraceState()


async def test_what_comes_after_it_was_forgotten_is_not_heard(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await until(optical, lambda state: "clock" in state.done)
    optical.trace.forget()
    await optical.ended()
    assert optical.state.reading is not None
    assert optical.trace.state.rows == ()


async def test_they_are_kept_for_a_purpose_and_until_a_time(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter, tmp_path: Path
) -> None:
    optical.trace.keep(str(tmp_path / "nothing.trace"))
    await _read(laptop, street, optical)
    path = tmp_path / "session.trace"
    optical.trace.keep(str(path))
    assert optical.trace.state.keeping
    await optical.trace.kept()
    state = optical.trace.state
    assert state.problem is None
    assert not state.keeping
    assert state.file is not None
    assert state.file.head.purpose == "fault"
    assert state.file.head.until is not None
    assert path.read_text().startswith("fieldapp-trace 1")
    assert not (tmp_path / "nothing.trace").exists()


async def test_a_purpose_without_that_right_keeps_none(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter, tmp_path: Path
) -> None:
    await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    optical.read_preference()
    await optical.ended()
    path = tmp_path / "session.trace"
    optical.trace.keep(str(path))
    await optical.trace.kept()
    assert optical.trace.state.problem is not None
    assert not path.exists()
