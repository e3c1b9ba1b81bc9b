from __future__ import annotations

from typing import Protocol

import pytest
from PySide6.QtCore import Qt

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress
from fieldapp.domain.status import VisitState
from hardware.simulators.optical_state import OpticalMeter
from ui.presenters.visit_page import Action, StepState, VisitPage
from ui.views.main_window import MainWindow
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    laptop: Laptop
    window: MainWindow
    keys_only: bool
    pressed: list[str]

    @property
    def page(self) -> VisitPage: ...

    async def open(self, number: str) -> None: ...

    async def whole(self) -> None: ...

    async def go_on(self) -> None: ...

    async def key(self, key: Qt.Key) -> None: ...


class StreetLike(Protocol):
    def meter(self, number: str) -> OpticalMeter: ...


async def _progress(me: TechnicianLike) -> Progress:
    return (await me.laptop.visits.stored(me.page.id)).progress


@pytest.mark.parametrize("number", ["V-1003", "V-1004", "V-1007"])
async def test_a_whole_visit_by_clicks(technician: TechnicianLike, number: str) -> None:
    await technician.open(number)
    await technician.whole()
    page = technician.page
    assert page.state is VisitState.DONE
    assert {row.state for row in page.steps} == {StepState.DONE}
    progress = await _progress(technician)
    assert all(contact.matches for contact in progress.of(f.MeterContacted))
    assert technician.pressed[-1] == Action.CLOSE


@pytest.mark.parametrize("number", ["V-1001", "V-1003"])
async def test_a_whole_visit_by_keyboard(technician: TechnicianLike, number: str) -> None:
    technician.keys_only = True
    await technician.open(number)
    await technician.whole()
    assert technician.page.state is VisitState.DONE
    assert technician.pressed.count(Action.ANSWER_LMRA) == 1
    await technician.go_on()
    assert technician.window.page is not None
    assert technician.window.page.code == "today"


async def test_the_placement_leaves_the_same_story_as_its_page(
    technician: TechnicianLike, street: StreetLike
) -> None:
    await technician.open("V-1002")
    await technician.whole()
    progress = await _progress(technician)
    readings = {(r.moment, r.meter, r.channel) for r in progress.of(f.ReadingTaken)}
    assert readings == {
        ("final", "E0012001122334411", f.Channel.DISPLAY),
        ("final", "G0007001234567809", f.Channel.DISPLAY),
        ("start", "E0044007382311125", f.Channel.P1),
        ("start", "G0039001936990625", f.Channel.P1),
    }
    assert {fact.number for fact in progress.of(f.MeterPlaced)} == {
        "E0044007382311125",
        "G0039001936990625",
    }
    (applied,) = progress.of(f.PreferenceApplied)
    assert (applied.meter, applied.after) == ("E0044007382311125", 2)
    (closed,) = progress.of(f.VisitClosed)
    assert {check.what for check in closed.pending} == {
        "first_contact",
        "gas_value",
        "mbus_key",
    }
    files = [fact.media_type for fact in progress.of(f.EvidenceAdded)]
    assert files.count("image/png") == files.count("application/pdf") == 1
    assert files.count("image/jpeg") == len(files) - 2
    assert street.meter("E0044007382311125").administrative_status == 2


async def test_the_choice_off_is_written_and_read_back(
    technician: TechnicianLike, street: StreetLike
) -> None:
    await technician.open("V-1001")
    await technician.whole()
    applied = technician.page.preference
    assert applied is not None
    assert (applied.before, applied.after) == (2, 1)
    assert street.meter("E0044007382246019").administrative_status == 1
