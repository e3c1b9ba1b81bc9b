from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from fieldapp.domain.identifiers import meter_numbers_in
from ui.views.language import Words
from ui.views.visit_barcodes import codes_in, codes_of
from ui.views.visit_code_offer import CodeOffer
from ui.views.visit_pictures import pixels
from ui.views.visit_scan import meter_number

NUMBER, OTHER = "E0044007382311125", "E0055000123456717"
KIND = zxingcpp.BarcodeFormat
pytestmark = pytest.mark.usefixtures("qt")


def _photo(*codes: tuple[str, KIND], turn: int = 0, px: int = 3000) -> QImage:
    """A wall with codes on it, held askew, and a little out of focus."""
    wall = QImage(3000, 2200, QImage.Format.Format_RGB32)
    wall.fill(QColor("#b8a890"))
    painter = QPainter(wall)
    painter.translate(1500, 1100)
    painter.rotate(turn)
    for at, (text, kind) in enumerate(codes):
        drawn = QImage.fromData(zxingcpp.create_barcode(text, kind).to_svg(scale=4).encode())
        painter.drawImage(-700, -800 + 800 * at, drawn)
    painter.end()
    smooth = Qt.TransformationMode.SmoothTransformation
    return wall.scaledToWidth(px, smooth).scaledToWidth(3000, smooth)


@pytest.mark.parametrize("kind", [KIND.Code128, KIND.Code39, KIND.QRCode, KIND.DataMatrix])
@pytest.mark.parametrize("turn", [0, 17, -20, 90, 180])
def test_codes_are_read_at_any_angle(kind: KIND, turn: int) -> None:
    assert codes_of(pixels(_photo((NUMBER, kind), turn=turn))) == (NUMBER,)


@pytest.mark.parametrize("kind", [KIND.Code128, KIND.QRCode])
def test_a_photo_that_is_not_quite_sharp_is_read_too(kind: KIND) -> None:
    assert codes_of(pixels(_photo((NUMBER, kind), turn=8, px=1400))) == (NUMBER,)


def test_a_code_too_small_for_the_kept_photo_is_read_from_the_file(tmp_path: Path) -> None:
    image = QImage(6000, 4000, QImage.Format.Format_RGB32)
    image.fill(QColor("#b8a890"))
    drawn = QImage.fromData(zxingcpp.create_barcode(NUMBER, KIND.Code128).to_svg().encode())
    painter = QPainter(image)
    painter.drawImage(2900, 2000, drawn.scaled(drawn.width() * 2, 120))
    painter.end()
    path = tmp_path / "far.jpg"
    assert image.save(str(path), quality=92)
    assert codes_of(pixels(image.scaledToWidth(1920))) == ()
    assert codes_in(str(path)) == (NUMBER,)


def test_several_codes_are_told_each_once_and_no_photo_has_none(tmp_path: Path) -> None:
    image = _photo((NUMBER, KIND.Code128), (OTHER, KIND.QRCode))
    assert set(codes_of(pixels(image))) == {NUMBER, OTHER}
    path = tmp_path / "note.jpg"
    path.write_bytes(b"no photo")
    assert codes_in(str(path)) == ()
    assert codes_of(pixels(_photo())) == ()


def test_the_likeliest_number_goes_first() -> None:
    web = f"https://meter.example/?sn={OTHER.lower()}&x=1"
    assert meter_numbers_in((web, "12345678", NUMBER)) == (OTHER, NUMBER)
    assert meter_numbers_in((OTHER, "12345678"), ("12345678",)) == ("12345678", OTHER)
    assert meter_numbers_in(("12345678", "?", "x" * 40)) == ("12345678",)
    assert meter_numbers_in((f"A{NUMBER}7",)) == (f"A{NUMBER}7",)
    assert meter_numbers_in(()) == ()
    assert meter_number(f" (21){NUMBER} ") == NUMBER
    assert meter_number(" Z-40 817 ") == "Z-40 817"


@pytest.fixture
def offer(qt: QApplication, words: Words) -> CodeOffer:
    assert qt is not None
    return CodeOffer(words, takes=True)


def _said(offer: CodeOffer) -> tuple[str, str]:
    return offer.accessibleName(), str(offer.property("tone"))


def test_the_expected_number_another_and_none_are_told_apart(offer: CodeOffer) -> None:
    taken: list[str] = []
    offer.taken.connect(taken.append)
    offer.show_codes((NUMBER,), NUMBER)
    text, tone = _said(offer)
    assert "verwachte meter" in text
    assert tone == "done"
    offer.show_codes((NUMBER,), OTHER)
    text, tone = _said(offer)
    assert f"Verwacht was {OTHER}" in text
    assert tone == "attention"
    offer.show_codes((NUMBER, OTHER), "")
    text, tone = _said(offer)
    assert f"Ook op de foto: {OTHER}" in text
    assert tone == "accent"
    offer.pressed.emit()
    assert taken == [NUMBER]
    assert offer.isHidden()


def test_no_number_is_told_only_where_one_was_asked(offer: CodeOffer) -> None:
    offer.show_codes(("?",), NUMBER)
    assert offer.isHidden()
    offer.show_codes((), NUMBER, asked=True)
    assert "Geen meternummer" in offer.accessibleName()
    assert not offer.isHidden()
