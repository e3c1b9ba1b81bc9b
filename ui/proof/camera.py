"""Photos as a camera makes them: 12 megapixels of edges and noise, each one different.

A job for the worker: in come a file's name and a number; the file is there when it returns.
"""

from __future__ import annotations

import random

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

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
