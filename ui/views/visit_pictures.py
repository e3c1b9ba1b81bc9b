"""Photos and signatures before they are kept: read, made smaller, cut, wiped, made a file.

Jobs for the worker (`ui.worker`): each takes some 50 ms or more of the processor. In come a
file's name, pixels or strokes; out come pixels and, at the end, JPEG or PNG octets; nothing of
Qt. Rule: what leaves here is drawn anew, so that no place, time or device of the camera travels
along, and what was made unreadable is gone from the file, not covered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter, QPen, QPolygonF

_LONGEST_PX = 1920
_QUALITY = 85
_BLOCK_PX = 28
_PEN_PX = 3.0
_FINER = 2
_RGB = QImage.Format.Format_RGB32

Part = tuple[int, int, int, int]
"""Left, top, width, height, in a picture's own pixels."""

Stroke = tuple[tuple[float, float], ...]
"""Where the pen went from putting it down to lifting it."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture on its way between processes: rows from the top, four octets a pixel."""

    width: int
    height: int
    data: bytes

    def image(self) -> QImage:
        """The picture over these very octets: whoever shows it keeps them as long."""
        return QImage(self.data, self.width, self.height, 4 * self.width, _RGB)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was drawn on a sheet of this size, px of the screen."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]


def load(path: str) -> Pixels | None:
    """The picture in a file, upright and at most 1920 px long; None where it is none."""
    return _read(QImageReader(path), QSize(_LONGEST_PX, _LONGEST_PX))


def small(content: bytes, width: int, height: int) -> Pixels | None:
    """A kept picture, no larger than this; None where it is none."""
    buffer = QBuffer()
    buffer.setData(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return _read(QImageReader(buffer), QSize(width, height))


def cropped(picture: Pixels, part: Part) -> Pixels:
    """Only this part of a picture; the whole where the part lies outside it."""
    image = picture.image()
    inside = QRect(*part).intersected(image.rect())
    return picture if inside.isEmpty() else _pixels(image.copy(inside))


def unreadable(picture: Pixels, part: Part) -> Pixels:
    """The picture with this part in blocks too coarse to read."""
    image = picture.image()
    inside = QRect(*part).intersected(image.rect())
    if inside.isEmpty():
        return picture
    few = QSize(max(1, inside.width() // _BLOCK_PX), max(1, inside.height() // _BLOCK_PX))
    ratio, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode
    coarse = image.copy(inside).scaled(few, ratio, smooth.SmoothTransformation)
    made = image.copy()
    painter = QPainter(made)
    painter.drawImage(inside, coarse)
    painter.end()
    return _pixels(made)


def jpeg(picture: Pixels) -> bytes:
    """The picture as a file, with nothing but its pixels."""
    return _encoded(picture.image(), b"JPEG")


def signature(sheet: Sheet) -> bytes:
    """A signed sheet as a PNG: dark ink on white, twice as fine as on the screen."""
    size = QSize(sheet.width, sheet.height) * _FINER
    image = QImage(size, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(_FINER, _FINER)
    draw_ink(
        painter,
        (QPolygonF([QPointF(x, y) for x, y in stroke]) for stroke in sheet.strokes),
    )
    painter.end()
    return _encoded(image, b"PNG")


def draw_ink(painter: QPainter, strokes: Iterable[QPolygonF]) -> None:
    """Draw strokes as they are kept; the pad draws them so too."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(Qt.GlobalColor.black, _PEN_PX, Qt.PenStyle.SolidLine, cap, join))
    for stroke in strokes:
        painter.drawPolyline(stroke)


def _read(reader: QImageReader, limit: QSize) -> Pixels | None:
    reader.setAutoTransform(True)
    size = reader.size()
    if size.width() > limit.width() or size.height() > limit.height():
        reader.setScaledSize(size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else _pixels(_drawn_anew(image))


def _drawn_anew(image: QImage) -> QImage:
    """The pixels alone; what a file says beside them (a place, a device) stays behind."""
    made = QImage(image.size(), _RGB)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.end()
    return made


def _pixels(image: QImage) -> Pixels:
    return Pixels(image.width(), image.height(), bytes(image.constBits()))


def _encoded(image: QImage, kind: bytes) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(_QUALITY)
    writer.write(image)
    buffer.close()
    return bytes(data.data())
