from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from ui.views.visit_pictures import (
    Edit,
    How,
    Part,
    Pixels,
    edited,
    encoded,
    pasted,
    pixels,
    reopened,
    small,
    taken,
    thumbnail,
    tiny,
)

RED = b"\x00\x00\xff\xff"
"""One pixel, as it lies in the octets of a picture."""
_GPS = b"52 deg 0' 4.2 N, ACME cam"


@given(part=st.tuples(*(st.integers(-50, 250) for _ in range(4))))
@settings(max_examples=60, deadline=None)
def test_any_part_can_be_cut_or_wiped(part: Part) -> None:
    whole = Pixels(200, 120, RED * 200 * 120)
    wiped = edited(whole, (Edit(How.WIPE, part),)).picture
    cut = edited(whole, (Edit(How.CROP, part),)).picture
    assert (wiped.width, wiped.height) == (200, 120)
    assert 0 < cut.width <= 200
    assert 0 < cut.height <= 120
    assert {len(one.data) - 4 * one.width * one.height for one in (wiped, cut)} == {0}


def test_what_was_wiped_is_gone_from_the_file() -> None:
    black, white = b"\x00\x00\x00\xff", b"\xff\xff\xff\xff"
    rows = ((black + white) * 56, (white + black) * 56)
    whole = Pixels(112, 112, b"".join(rows) * 56)
    wiped = edited(whole, (Edit(How.WIPE, (0, 0, 56, 112)),)).picture.image().copy()
    shades = {wiped.pixelColor(x, y).lightness() // 40 for x in range(50) for y in range(112)}
    assert len(shades) <= 2
    assert wiped.pixelColor(100, 100) == whole.image().pixelColor(100, 100)


def test_a_large_part_is_wiped_as_coarsely_as_a_small_one() -> None:
    image = QImage(1600, 1200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    for at in range(0, 1600, 20):
        painter.fillRect(at, 0, 10 + at % 30, 1200, Qt.GlobalColor.black)
    painter.end()
    wiped = edited(pixels(image), (Edit(How.WIPE, (0, 0, 1600, 1200)),)).picture.image()
    colours = {wiped.pixel(x, y) for x in range(1600) for y in range(0, 1200, 50)}
    assert len(colours) <= 8 * 6


def test_edits_follow_each_other_on_the_photo_as_it_is_by_then() -> None:
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    image.setPixel(39, 0, 0xFFFF0000)
    done = edited(pixels(image), (Edit(How.TURN), Edit(How.CROP, (0, 0, 10, 10))))
    made = done.picture.image()
    assert (made.width(), made.height()) == (10, 10)
    assert made.pixel(0, 0) == 0xFFFF0000
    assert QImage.fromData(done.file).size() == made.size()


def test_place_and_camera_are_not_kept_and_the_photo_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(_jpeg_of_a_phone())
    assert _GPS in path.read_bytes()
    photo = taken(str(path))
    assert photo is not None
    assert (photo.picture.width, photo.picture.height) == (480, 1920)
    assert _GPS not in photo.file
    assert b"Exif" not in photo.file


def test_a_small_photo_stays_as_large_as_it_is_and_a_kept_one_is_shown_smaller(
    photo: Path,
) -> None:
    whole = QImage(str(photo))
    made = taken(str(photo))
    assert made is not None
    assert (made.picture.width, made.picture.height) == (whole.width(), whole.height())
    for shown in (small(made.file, 32, 32), thumbnail(str(photo), 32, 32)):
        assert shown is not None
        assert max(shown.width, shown.height) == 32
    assert small(b"no picture", 32, 32) is None
    again = reopened(made.file)
    assert again is not None
    assert again.file == made.file
    assert reopened(b"no picture") is None


def test_pixels_from_the_clipboard_become_a_photo_like_any_other() -> None:
    photo = pasted(Pixels(2400, 100, RED * 2400 * 100))
    assert (photo.picture.width, photo.picture.height) == (1920, 80)
    assert QImage.fromData(photo.file).width() == 1920


def _chunk(kind: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )


def _png(width: int, height: int, data: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _bomb(width: int, height: int) -> bytes:
    packer = zlib.compressobj(9)
    row = bytes(3 * width + 1)
    packed = [packer.compress(row) for _ in range(min(height, 200))]
    return _png(width, height, b"".join(packed) + packer.flush())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"\xff\xd8\xff\xe0 no more",
        _png(0, 0, b""),
        _png(64, 64, b"not deflated"),
        _bomb(60_000, 60_000),
        _bomb(9_000, 7_900),
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    ],
    ids=["empty", "text", "cut", "no size", "corrupt", "bomb", "too many pixels", "drawing"],
)
def test_what_is_no_photo_or_too_large_is_none_whatever_its_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert taken(str(path)) is None


def test_a_file_beyond_the_bounds_is_not_opened(tmp_path: Path, photo: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.write(photo.read_bytes())
        file.truncate(65 * 1024 * 1024)
    assert taken(str(path)) is None
    assert taken(str(tmp_path)) is None
    assert taken(str(tmp_path / "none.png")) is None


def _jpeg_of_a_phone() -> bytes:
    """A wide picture that says that it was held a quarter to the right, and where."""
    image = QImage(4000, 1000, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    plain = encoded(image, b"JPEG")
    model, gps = 0x0110, 0x8825
    entries = [
        struct.pack(">HHII", 0x0112, 3, 1, 6 << 16),
        struct.pack(">HHII", model, 2, len(_GPS), 200),
        struct.pack(">HHII", gps, 4, 1, 150),
    ]
    tiff = b"MM\x00\x2a" + struct.pack(">IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    tiff = tiff.ljust(200, b"\x00") + _GPS
    exif = b"Exif\x00\x00" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return plain[:2] + segment + plain[2:]


def test_a_thumbnail_is_small_whatever_the_photo() -> None:
    noise = QImage(os.urandom(4 * 1280 * 960), 1280, 960, QImage.Format.Format_RGB32)
    for photo in (encoded(noise, b"JPEG"), encoded(noise, b"PNG")):
        made = tiny(photo, 20 * 1024)
        assert 0 < len(made) <= 20 * 1024
        drawn = QImage.fromData(made)
        assert (drawn.width(), drawn.height()) == (320, 240)
    assert tiny(b"no picture", 20 * 1024) == b""
    assert tiny(encoded(noise, b"JPEG"), 100) == b""
