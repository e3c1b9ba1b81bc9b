from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import zxingcpp
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from fieldapp.domain import facts as f
from ui.presenters.visit_page import Action, VisitPage
from ui.views.visit_code_offer import CodeOffer
from ui.views.visit_number_photo import NumberFromPhoto
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_scan import ScanMark

if TYPE_CHECKING:
    from ui.views.visit_editor import Editor


class TechnicianLike(Protocol):
    page: VisitPage
    editor: Editor
    window: QWidget

    async def open(self, number: str) -> None: ...
    async def until(self, action: Action, about: str = "") -> None: ...
    async def give_photo(self) -> None: ...
    async def settle(self) -> None: ...
    async def go_on(self) -> None: ...
    async def press(self, text: str) -> None: ...
    async def key(self, key: Qt.Key) -> None: ...
    def fields(self) -> list[QLineEdit]: ...


def _photo_of(path: Path, number: str) -> str:
    wall = QImage(1600, 1200, QImage.Format.Format_RGB32)
    wall.fill(QColor("#b8a890"))
    code = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128)
    bars = QImage.fromData(code.to_svg(scale=3).encode())
    painter = QPainter(wall)
    painter.drawImage(QRect(200, 400, bars.width(), 200), bars)
    painter.end()
    assert wall.save(str(path))
    return str(path)


async def test_a_number_is_read_from_a_photo_and_taken_over(
    technician: TechnicianLike, tmp_path: Path
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.PLACE_METER, "E")
    (reader,) = me.editor.findChildren(NumberFromPhoto)
    (offer,) = me.editor.findChildren(CodeOffer)
    reserved = str(getattr(me.editor, "number", ""))
    reader.take(str(tmp_path))
    await me.settle()
    assert "Geen meternummer" in offer.accessibleName()
    reader.take(_photo_of(tmp_path / "new.jpg", reserved))
    await me.settle()
    assert me.fields()[0].text() == ""
    await me.press("Overnemen")
    assert me.fields()[0].text() == reserved
    await me.go_on()
    placed = [x for x in me.page.facts if isinstance(x, f.MeterPlaced)]
    assert [x.number for x in placed] == [reserved]


async def test_the_photo_of_the_old_meter_offers_its_number_when_it_comes_off(
    technician: TechnicianLike, tmp_path: Path
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.TAKE_PHOTO, "old_meter")
    number = next(c.meter.number for c in me.page.connections if c.meter)
    (box,) = me.editor.findChildren(PhotoBox)
    (offer,) = me.editor.findChildren(CodeOffer)
    box.take(_photo_of(tmp_path / "other.jpg", "E0055000123456717"))
    await me.settle()
    assert f"Verwacht was {number}" in offer.accessibleName()
    box.take(_photo_of(tmp_path / "old.jpg", number))
    await me.settle()
    assert "verwachte meter" in offer.accessibleName()
    await me.go_on()
    await me.until(Action.REMOVE_METER, "E")
    (offer,) = me.editor.findChildren(CodeOffer)
    assert number in offer.accessibleName()


def _scan(
    field: QWidget, code: str, *, gap_ms: int = 8, end: Qt.Key = Qt.Key.Key_Return
) -> None:
    keys = [(Qt.Key.Key_unknown, sign) for sign in code] + [(end, "\r")]
    for at, (key, text) in enumerate(keys, 1):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        event.setTimestamp(5_000 + gap_ms * at)
        QApplication.sendEvent(field, event)


async def test_a_scan_takes_the_place_of_what_was_typed_and_presses_nothing(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.RECORD_SEAL)
    (field,) = me.fields()
    (mark,) = me.editor.findChildren(ScanMark)
    primary = me.page.primary
    field.setText("12")
    _scan(field, "Z40817X")
    await me.settle()
    assert field.text() == "Z40817X"
    assert mark.isVisible()
    assert me.page.primary == primary
    QTest.keyClick(field, Qt.Key.Key_End)
    QTest.keyClick(field, Qt.Key.Key_9)
    assert not mark.isVisible()
    await me.key(Qt.Key.Key_Return)
    assert me.page.primary != primary
    seals = [x for x in me.page.facts if isinstance(x, f.SealRecorded)]
    assert [x.number for x in seals] == ["Z40817X9"]


async def test_a_scanned_link_becomes_the_number_in_it(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.PLACE_METER, "E")
    reserved = str(getattr(me.editor, "number", ""))
    _scan(me.fields()[0], f"https://meter.example/?sn={reserved}", end=Qt.Key.Key_Tab)
    assert me.fields()[0].text() == reserved
    assert me.window.focusWidget() is me.fields()[0]


@pytest.mark.parametrize(("code", "gap_ms"), [("Z4081", 8), ("Z40817X", 120), ("Z40817X", 0)])
async def test_a_hand_is_no_scanner(technician: TechnicianLike, code: str, gap_ms: int) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.RECORD_SEAL)
    (field,) = me.fields()
    _scan(field, code, gap_ms=gap_ms)
    await me.settle()
    seals = [x for x in me.page.facts if isinstance(x, f.SealRecorded)]
    assert [x.number for x in seals] == [code]


async def test_a_scan_into_another_field_saves_nothing(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.TAKE_READINGS, "final.E")
    before = me.page.facts
    for field in me.fields():
        field.setText("44102")
    await me.give_photo()
    _scan(me.fields()[0], "E0044007382311125")
    await me.settle()
    assert me.page.facts == before
    assert "1.8.1" in me.editor.lacks()
