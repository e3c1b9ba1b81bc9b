"""Photos as a camera makes them: 12 megapixels of edges and noise, and meters in a cupboard.

A job for the worker: in come a file's name and a number; the file is there when it returns.
"""

from __future__ import annotations

import random

import zxingcpp
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

_WIDTH, _HEIGHT = 4032, 3024
_THINGS = 400


def shoot(path: str, number: int) -> None:
    """Write a photo, a JPEG by its name; the same one for the same number.

    Raises:
        OSError: it can't be written.
    """
    chance = random.Random(number)
    image = QImage(_WIDTH, _HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor(chance.randrange(1 << 24)))
    painter = QPainter(image)
    for _ in range(_THINGS):
        left, top = chance.randrange(_WIDTH), chance.randrange(_HEIGHT)
        thing = QRect(left, top, chance.randrange(600), chance.randrange(600))
        painter.fillRect(thing, QColor(chance.randrange(1 << 24)))
    painter.end()
    if not image.save(path):
        raise OSError(path)


def shoot_meter(path: str, number: str) -> None:
    """Write a photo of a meter on a wall, with its number as a bar code; errors as `shoot`."""
    image = QImage(_WIDTH // 2, _HEIGHT // 2, QImage.Format.Format_RGB32)
    image.fill(QColor("#8d7a66"))
    painter = QPainter(image)
    for left in range(0, image.width(), 260):
        painter.fillRect(left, 0, 6, image.height(), QColor("#6f5f4f"))
    painter.fillRect(520, 180, 980, 1150, QColor("#e9ebe6"))
    painter.fillRect(640, 300, 740, 260, QColor("#b9c7a8"))
    font = QFont()
    font.setPixelSize(150)
    painter.setFont(font)
    painter.setPen(Qt.GlobalColor.black)
    painter.drawText(690, 490, "044102")
    code = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128)
    bars = QImage.fromData(code.to_svg(scale=2).encode())
    painter.drawImage(QRect(680, 760, bars.width(), 200), bars)
    font.setPixelSize(44)
    painter.setFont(font)
    painter.drawText(680, 1030, number)
    painter.fillRect(1620, 240, 300, 700, QColor("#d8d4c8"))
    painter.end()
    if not image.save(path):
        raise OSError(path)
