from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fieldapp.domain import facts as f
from fieldapp.errors import StoreFull
from tests.ui.views.visit.customer import TechnicianLike, cover_of, draw, given, texts, typed
from ui.presenters.pin import PinPresenter
from ui.presenters.visit_page import Action
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView


async def test_the_customer_signs_and_the_visit_goes_on(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    assert view.sign.isVisible()
    keep = view.sign.keep
    assert not keep.isEnabled()
    assert "Uw meter wordt niet op afstand uitgelezen." in texts(view)
    draw(view)
    await technician.settle()
    await technician.press("Handtekening bewaren")
    assert cover_of(technician) is view, "still the customer's"
    assert "U hebt getekend om" in texts(view)
    (signed,) = [
        x
        for x in technician.page.facts
        if isinstance(x, f.EvidenceAdded) and x.slot == "signature"
    ]
    assert signed.media_type == "image/png"
    primary = technician.page.primary
    assert primary is not None
    assert primary.action is Action.CLOSE
    await typed(technician, view, "4711")
    assert cover_of(technician) is None
    assert pin.state.is_set


async def test_a_signature_that_can_not_be_kept_is_said_and_stays_on_the_sheet(
    technician: TechnicianLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    draw(view)
    await technician.settle()

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    with monkeypatch.context() as broken:
        broken.setattr(technician.laptop.db, "write", full)
        await technician.press("Handtekening bewaren")
    assert "kon niet worden bewaard" in texts(view)
    assert "StoreFull" not in texts(view)
    await technician.press("Handtekening bewaren")
    assert "U hebt getekend om" in texts(view)


async def test_what_runs_goes_on_and_signing_waits_for_it(technician: TechnicianLike) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    work = technician.view.work
    assert work is not None
    draw(view)
    await technician.settle()
    assert view.sign.keep.isEnabled()
    end = asyncio.Event()
    ended: list[bool] = []

    async def contact() -> bool:
        await end.wait()
        return True

    assert work.do(contact, lambda: ended.append(True))
    assert not view.sign.keep.isEnabled()
    assert view.sign.pad.is_signed()
    end.set()
    await technician.settle()
    assert ended == [True]
    assert view.sign.keep.isEnabled()


async def test_the_customers_language_is_not_the_windows(technician: TechnicianLike) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    draw(view)
    await technician.press("EN")
    assert "Would you sign here?" in texts(view)
    assert view.sign.pad.is_signed(), "the strokes stay"
    assert technician.window.words.lang == "nl"
    await technician.press("Gas smell")
    assert "0800-9009" in texts(view)
    assert "Go outside" in texts(view)
    QTest.keyClick(technician.window, Qt.Key.Key_Escape)
    assert view.sign.isVisible()
    await technician.press("Keep the signature")
    await technician.press("Technician")
    view.door.hold.held.emit()
    await technician.settle()
    again = await given(technician)
    assert "Your visit" in texts(again), "the visit remembers it"


async def test_a_kill_comes_back_in_the_normal_view_with_what_was_signed(
    technician: TechnicianLike,
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    draw(view)
    await technician.settle()
    await technician.press("Handtekening bewaren")
    laptop = technician.laptop
    fresh = MainWindow(
        laptop, laptop.frame_presenter(), technician.window.words, laptop.tasks.spawn
    )
    await fresh.start("visit")
    await fresh.show_page("visit", "visit-V-1001")
    assert fresh.cover is None
    page = fresh.page
    assert isinstance(page, VisitView)
    assert page.work is not None
    assert page.work.page.report is not None
    assert page.work.page.report.signature is not None
    fresh.closed_for_good()
