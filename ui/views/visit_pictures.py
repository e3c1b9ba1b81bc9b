"""Photos before they are kept: read within bounds, upright, made smaller, edited, made a file.

Jobs for the worker (`ui.worker`): each takes some 50 ms or more of the processor. In come a
file's name, octets or pixels; out come pixels and JPEG octets; nothing of Qt. Rule: what leaves
here is drawn anew, so that no place, time or device of the camera travels along, and what was
made unreadable is gone from the file, not covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter, QTransform

_LONGEST_PX = 1920
_QUALITY = 85
_TINY_PX = 320
_TINY_QUALITIES = (75, 50, 25, 10)
_BLOCK_PX = 28
_MOST_BLOCKS = 8
_RGB = QImage.Format.Format_RGB32
_KINDS = frozenset({b"jpeg", b"png"})
_MOST_OCTETS = 64 * 1024 * 1024
_MOST_PIXELS = 64_000_000
"""More than phones make unless asked; a JPEG may take some six octets a pixel to be read."""
_MOST_MEGABYTES = 256
"""For one decoded picture, whatever its head says."""

Part = tuple[int, int, int, int]
"""Left, top, width, height, in a picture's own pixels."""


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
class Photo:
    """A photo as it is shown, and the file that is kept of it: nothing but its pixels."""

    picture: Pixels
    file: bytes


class How(StrEnum):
    """What can be done with a photo."""

    TURN = "turn"
    CROP = "crop"
    WIPE = "wipe"


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done with a photo, to a part of it as it was just before."""

    how: How
    part: Part = (0, 0, 0, 0)


def taken(path: str) -> Photo | None:
    """The photo in a file, upright and at most 1920 px long; None where it is none."""
    image = read_image(path, _LONGEST_PX)
    return None if image is None else _photo(image)


def pasted(picture: Pixels) -> Photo:
    """A photo from pixels that came another way than in a file, as `taken`."""
    image = picture.image()
    if max(image.width(), image.height()) > _LONGEST_PX:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode
        image = image.scaled(_LONGEST_PX, _LONGEST_PX, keep, smooth.SmoothTransformation)
    return _photo(_drawn_anew(image))


def reopened(file: bytes) -> Photo | None:
    """The photo that was kept as this file, with the same octets; None where it is none."""
    image = _of_octets(file, QSize(_LONGEST_PX, _LONGEST_PX))
    return None if image is None else Photo(pixels(image), file)


def edited(picture: Pixels, edits: tuple[Edit, ...]) -> Photo:
    """A photo after all these, one after the other."""
    image = picture.image()
    for edit in edits:
        image = _DEEDS[edit.how](image, QRect(*edit.part).intersected(image.rect()))
    return _photo(image)


def small(content: bytes, width: int, height: int) -> Pixels | None:
    """A kept picture, no larger than this; None where it is none."""
    image = _of_octets(content, QSize(width, height))
    return None if image is None else pixels(image)


def tiny(content: bytes, most: int) -> bytes:
    """A kept picture as JPEG of at most `most` octets; empty where that can't be."""
    image = _of_octets(content, QSize(_TINY_PX, _TINY_PX))
    if image is None:
        return b""
    made = (encoded(image, b"JPEG", quality) for quality in _TINY_QUALITIES)
    return next((data for data in made if len(data) <= most), b"")


def thumbnail(path: str, width: int, height: int) -> Pixels | None:
    """The picture in a file, no larger than this; None where it is none."""
    image = read_image(path, max(width, height))
    return None if image is None else pixels(image)


def read_image(path: str, longest_px: int) -> QImage | None:
    """The picture in a file, upright, no longer than this; None where it is none or too large.

    A file or a picture over the bounds of this room is not read, whatever it claims to be.
    """
    try:
        if Path(path).stat().st_size > _MOST_OCTETS:
            return None
    except OSError:
        return None
    return _read(QImageReader(path), QSize(longest_px, longest_px))


def pixels(image: QImage) -> Pixels:
    """A picture's pixels, to be handed on."""
    plain = image.convertToFormat(_RGB)
    return Pixels(plain.width(), plain.height(), bytes(plain.constBits()))


def encoded(image: QImage, kind: bytes, quality: int = _QUALITY) -> bytes:
    """A picture as JPEG or PNG octets."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(quality)
    writer.write(image)
    buffer.close()
    return bytes(data.data())


def _photo(image: QImage) -> Photo:
    return Photo(pixels(image), encoded(image, b"JPEG"))


def _cropped(image: QImage, part: QRect) -> QImage:
    """Only this part; the whole where the part lies outside it."""
    return image if part.isEmpty() else image.copy(part)


def _wiped(image: QImage, part: QRect) -> QImage:
    """This part in blocks too coarse to read: at most eight along it, whatever its size."""
    if part.isEmpty():
        return image
    block = max(_BLOCK_PX, -(-max(part.width(), part.height()) // _MOST_BLOCKS))
    few = QSize(max(1, part.width() // block), max(1, part.height() // block))
    ratio, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode
    coarse = image.copy(part).scaled(few, ratio, smooth.SmoothTransformation)
    made = image.copy()
    painter = QPainter(made)
    painter.drawImage(part, coarse)
    painter.end()
    return made


def _turned(image: QImage, _part: QRect) -> QImage:
    """A quarter to the left."""
    return image.transformed(QTransform().rotate(-90))


_DEEDS = {How.TURN: _turned, How.CROP: _cropped, How.WIPE: _wiped}


def _of_octets(content: bytes, limit: QSize) -> QImage | None:
    buffer = QBuffer()
    buffer.setData(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return _read(QImageReader(buffer), limit)


def _read(reader: QImageReader, limit: QSize) -> QImage | None:
    QImageReader.setAllocationLimit(_MOST_MEGABYTES)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if bytes(reader.format().data()) not in _KINDS:
        return None
    size = reader.size()
    if size.isEmpty() or size.width() * size.height() > _MOST_PIXELS:
        return None
    if size.width() > limit.width() or size.height() > limit.height():
        reader.setScaledSize(size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else _drawn_anew(image)


def _drawn_anew(image: QImage) -> QImage:
    """The pixels alone; what a file says beside them (a place, a device) stays behind."""
    made = QImage(image.size(), _RGB)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.end()
    return made
