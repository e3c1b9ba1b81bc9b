"""A visit's files on the planner's page: which are in, and each look in the trail."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from fieldapp.domain import facts as f
from sync.server import files, laptops
from sync.server.erasure import erase_holder_of
from sync.server.files import Announcement
from tests.sync.server.doubles import Signer
from tests.ui.conftest import START, SteppingClock
from tests.ui.views.conftest import LAPTOP, LARGE, Show, settle, turn
from tests.ui.views.planning_office import DAY, REGION, PlanningOffice, desk
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.tasks import Tasks
from ui.views import theme
from ui.views.page import Context
from ui.views.planning import PlanningPage
from ui.views.visit_pictures import encoded

JPEG = "image/jpeg"
Cut = Callable[[QWidget], list[str]]


def _raise(error: BaseException) -> None:
    raise error


def a_photo() -> bytes:
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    return encoded(image, b"JPEG")


def told(slot: str, content: bytes, kind: str = JPEG) -> f.EvidenceAdded:
    sha256 = hashlib.sha256(content).hexdigest()
    return f.EvidenceAdded(
        at=START, slot=slot, sha256=sha256, size=len(content), media_type=kind
    )


def brings(office: PlanningOffice, laptop: Signer, content: bytes, kind: str = JPEG) -> None:
    """A file of V-1001 comes in whole."""
    with office.office.database.reading() as c:
        known = laptops.find(c, laptop.laptop)
        visit = c.exec_driver_sql("SELECT id FROM visits WHERE number = 'V-1001'").scalar_one()
    assert known is not None
    sha256 = hashlib.sha256(content).hexdigest()
    said = Announcement(sha256, visit, "about", kind, len(content))
    upload = files.announce(office.office, known, said)
    stored = files.content(office.office, upload)
    stored.add(0, content)
    assert files.settle(office.office, upload, stored)


@pytest.fixture
def office(tmp_path: Path, clock: SteppingClock) -> Iterator[PlanningOffice]:
    """Of one visit a photo and the report are in, another photo and the signature are not."""
    made = PlanningOffice(tmp_path / "office", clock)
    made.load({"V-1001": "T1", "V-1002": "T1"})
    made.publish()
    laptop, photo, paper = made.laptop(), a_photo(), b"%PDF"
    made.sends(
        laptop,
        "V-1001",
        told("old_meter", photo),
        told("new_meter", b"not here"),
        told("signature", b"nor this", "image/png"),
        told("report", paper, "application/pdf"),
    )
    brings(made, laptop, photo)
    brings(made, laptop, paper, "application/pdf")
    yield made
    made.stop()


@pytest.fixture
async def page(
    qt: QApplication, context: Context, tmp_path: Path, office: PlanningOffice
) -> AsyncIterator[PlanningPage]:
    tasks = Tasks(_raise)
    presenter = PlanningPresenter(PlanningRoom(desk, tasks, tmp_path, "nl"), DAY)
    made = PlanningPage(replace(context, spawn=tasks.spawn), presenter)
    assert await presenter.sign_in(office.url, office.token)
    lane = next(one for one in presenter.state.lanes if one.technician == "T1")
    presenter.select(next(one.id for one in lane.blocks if one.number == "V-1001"))
    yield made
    await presenter.close()
    await tasks.close()
    settle(qt)


async def until(qt: QApplication, true: Callable[[], bool]) -> None:
    while not true():
        await turn(qt, 1)


async def opened(page: PlanningPage, qt: QApplication) -> None:
    page.detail.files.click()
    await until(qt, lambda: page.presenter.files.state.files is not None)
    settle(qt)


async def choose(page: PlanningPage, qt: QApplication, which: int) -> None:
    key = page.files.list.list.rows.lines[which].key
    page.files.list.chosen.emit(key)
    await until(qt, lambda: page.presenter.files.state.chosen == key)
    settle(qt)


def rows(page: PlanningPage) -> list[tuple[str, str]]:
    return [(one.title, one.state) for one in page.files.list.list.rows.lines]


async def test_a_visit_with_records_leads_to_its_files(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    show(page)
    assert page.detail.files.isVisible()
    await opened(page, qt)
    assert page.files.isVisible()
    assert rows(page) == [
        ("Foto: oude meter", "binnen"),
        ("Foto: nieuwe meter", "nog niets van binnen"),
        ("Handtekening", "nog niets van binnen"),
        ("Verslag voor de klant", "binnen"),
    ]
    assert page.files.list.note.text() == "2 van 4 binnen"
    assert office.trail().count("visit_files_viewed") == 1
    assert page.primary() is None


async def test_a_photo_that_is_in_is_looked_at_and_let_go(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    show(page)
    await opened(page, qt)
    await choose(page, qt, 0)
    await until(qt, lambda: not page.files.side.picture.pixmap().isNull())
    assert office.trail().count("file_viewed") == 1
    assert page.files.side.picture.accessibleName() == "Foto: oude meter, V-1001"
    await choose(page, qt, 1)
    assert page.files.side.picture.pixmap().isNull()
    assert page.files.side.said.text().startswith("De foto komt nog.")
    await choose(page, qt, 3)
    assert page.files.side.said.text().startswith("Dit soort bestand")
    assert office.trail().count("file_viewed") == 1
    assert page.back()
    assert page.presenter.files.state.chosen == ""
    assert page.back()
    assert page.presenter.files.state.visit == ""
    assert page.board.isVisible()


async def test_a_visit_without_records_and_an_erased_customer(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    lane = next(one for one in page.presenter.state.lanes if one.technician == "T1")
    other = next(one.id for one in lane.blocks if one.number == "V-1002")
    here = page.presenter.state.selected
    page.presenter.select(other)
    show(page)
    assert not page.detail.files.isVisible()
    assert erase_holder_of(office.office, REGION, "V-1001")
    await page.presenter.files.open(here, "V-1001")
    settle(qt)
    assert page.files.banner.isVisible()
    assert "gewist" in page.files.banner.accessibleName()
    assert rows(page) == []


async def test_what_can_not_be_drawn_is_said(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    laptop = office.laptop("T1")
    office.sends(laptop, "V-1001", told("cupboard", b"\xff\xd8 no photo"))
    brings(office, laptop, b"\xff\xd8 no photo")
    show(page)
    await opened(page, qt)
    await choose(page, qt, -1)
    await until(qt, lambda: "niet te tonen" in page.files.side.said.text())


async def test_every_size_theme_and_language_shows_it_whole(
    page: PlanningPage, show: Show, cut: Cut, qt: QApplication
) -> None:
    show(page)
    await opened(page, qt)
    await choose(page, qt, 0)
    await until(qt, lambda: not page.files.side.picture.pixmap().isNull())
    for size in (LAPTOP - QSize(72 + 48, 150), LARGE - QSize(72 + 48, 150)):
        for name in theme.THEMES:
            for lang in ("nl", "en"):
                show(page, size, name, lang)
                assert cut(page) == [], (size, name, lang)
                assert page.width() <= size.width()
    buttons = [b for b in page.files.findChildren(QAbstractButton) if b.isVisible()]
    assert len(buttons) == 2
    for one in buttons:
        assert one.accessibleName() or one.text()
        assert min(one.width(), one.height()) >= theme.TARGET
