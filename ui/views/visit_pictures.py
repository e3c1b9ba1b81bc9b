"""Photos before they are kept: read, made smaller, cut to what matters, made unreadable.

In comes a file's name; out come images and, at the end, JPEG octets. Rule: what leaves here is
drawn anew, so that no place, time or device of the camera travels along, and what was made
unreadable is gone from the file, not covered.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter

_LONGEST_PX = 1920
_QUALITY = 85
_BLOCK_PX = 28


def load(path: str) -> QImage | None:
    """The picture in a file, upright and at most 1920 px long; None where it is none."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _LONGEST_PX:
        longest = QSize(_LONGEST_PX, _LONGEST_PX)
        reader.setScaledSize(size.scaled(longest, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else _drawn_anew(image)


def _drawn_anew(image: QImage) -> QImage:
    """The pixels alone; what a file says beside them (a place, a device) stays behind."""
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.end()
    return made


def cropped(image: QImage, part: QRect) -> QImage:
    """Only this part of a picture; the whole where the part lies outside it."""
    inside = part.intersected(image.rect())
    return image.copy(inside) if not inside.isEmpty() else image


def unreadable(image: QImage, part: QRect) -> QImage:
    """The picture with this part in blocks too coarse to read."""
    inside = part.intersected(image.rect())
    if inside.isEmpty():
        return image
    few = QSize(max(1, inside.width() // _BLOCK_PX), max(1, inside.height() // _BLOCK_PX))
    ratio, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode
    coarse = image.copy(inside).scaled(few, ratio, smooth.SmoothTransformation)
    made = image.copy()
    painter = QPainter(made)
    painter.drawImage(inside, coarse)
    painter.end()
    return made


def jpeg(image: QImage) -> bytes:
    """The picture as a file, with nothing but its pixels."""
    return encoded(image, b"JPEG")


def encoded(image: QImage, kind: bytes) -> bytes:
    """A picture as a file of this kind, `JPEG` or `PNG`."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(_QUALITY)
    writer.write(image)
    buffer.close()
    return bytes(data.data())
