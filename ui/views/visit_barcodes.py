"""The bar codes, QR codes and matrix codes in a photo.

Jobs for the worker (`ui.worker`): a photo of twelve megapixels takes some
tenths of a second. In
comes a file's name or pixels; out come texts. Rule: a file is read as large as the camera made
it, since a code that is small in the photo is gone from the one that is kept; within bounds, as
`visit_pictures` reads.
"""

from __future__ import annotations

import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTransform

from ui.views.visit_pictures import Pixels, read_image

_LONGEST_PX = 6000
_LONGEST_TURNED_PX = 3000
_ASKEW = (15, -15)
_MOST = 16
_LONGEST_TEXT = 300

_KINDS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Code93,
        zxingcpp.BarcodeFormat.ITF,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
        zxingcpp.BarcodeFormat.PDF417,
    ]
)
"""What stands on meters and seals; not the codes of shops (EAN, UPC)."""


def codes_in(path: str) -> tuple[str, ...]:
    """The texts of the codes in a file; none where it is no photo."""
    image = read_image(path, _LONGEST_PX)
    return () if image is None else _codes(image)


def codes_of(picture: Pixels) -> tuple[str, ...]:
    """The texts of the codes in a picture."""
    return _codes(picture.image())


def _codes(image: QImage) -> tuple[str, ...]:
    """What is read as the camera was held; a long bar code held askew is read turned."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    found = _read(grey)
    if found:
        return found
    if max(grey.width(), grey.height()) > _LONGEST_TURNED_PX:
        keep = Qt.AspectRatioMode.KeepAspectRatio
        grey = grey.scaled(_LONGEST_TURNED_PX, _LONGEST_TURNED_PX, keep)
    turned = (_read(_turned(grey, askew)) for askew in _ASKEW)
    return next((codes for codes in turned if codes), ())


def _turned(grey: QImage, askew: int) -> QImage:
    smooth = Qt.TransformationMode.SmoothTransformation
    made = grey.transformed(QTransform().rotate(askew), smooth)
    return made.convertToFormat(QImage.Format.Format_Grayscale8)


def _read(grey: QImage) -> tuple[str, ...]:
    seen = zxingcpp.read_barcodes(grey, formats=_KINDS, text_mode=zxingcpp.TextMode.Plain)
    texts = (code.text.strip()[:_LONGEST_TEXT] for code in seen if code.valid)
    return tuple(dict.fromkeys(text for text in texts if text))[:_MOST]
