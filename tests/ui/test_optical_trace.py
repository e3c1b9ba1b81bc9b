from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from fieldapp.work.tools import Access
from hardware.dlms.apdu_get import GetRequest
from hardware.dlms.security import SuiteZero
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.drivers.optical_plain import Overheard, PlainApdu
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.trace import Direction, Record
from hardware.values import Obis
from tests.hardware.optical.secured import KEYS, TITLE, access, demands
from tests.ui.test_optical_presenter import StreetLike, begin, until
from ui.presenters.optical import OpticalPresenter
from ui.presenters.optical_trace import SessionTraceState
from ui.presenters.trace_file import read
from ui.presenters.trace_rows import TraceLog, TraceRow
from ui.wiring import Laptop


@pytest.fixture
async def optical(laptop: Laptop) -> OpticalPresenter:
    made = laptop.optical_presenter()
    made.use("p0")
    await made.open()
    return made


async def _read(laptop: Laptop, street: StreetLike, optical: OpticalPresenter) -> None:
    furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await optical.ended()


async def test_the_frames_of_a_session_come_with_their_meaning(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    shown: list[SessionTraceState] = []
    optical.trace.subscribe(shown.append)
    await _read(laptop, street, optical)
    rows = optical.trace.state.rows
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    kinds = [row.kind for row in rows]
    assert kinds[0] == "line"
    assert {"snrm", "ua", "aarq", "aare", "get_request", "get_response"} <= set(kinds)
    assert kinds[-2:] == ["disc", "ua"]
    assert all(row.holds for row in rows)
    assert len(shown) > 50  # live, not at the end
    optical.read_preference()
    await optical.ended()
    assert 0 < len(optical.trace.state.rows) < len(rows)


async def test_a_write_of_the_visit_is_among_them(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    choice = optical.state.errand.choice
    assert choice is not None
    optical.write_preference(choice)
    await optical.ended()
    kinds = [row.kind for row in optical.trace.state.rows]
    assert "set_request" in kinds


async def test_they_go_with_the_session(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    await _read(laptop, street, optical)
    assert optical.trace.state.rows
    page = laptop.visit_presenter("visit-V-1003")
    await page.open()
    await page.pause()
    page.close()
    await until(optical, lambda state: state.reading is None)
    assert optical.trace.state == SessionTraceState()


async def test_what_comes_after_it_was_forgotten_is_not_heard(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await until(optical, lambda state: "clock" in state.done)
    optical.trace.forget()
    await optical.ended()
    assert optical.state.reading is not None
    assert optical.trace.state.rows == ()


async def test_they_are_kept_for_a_purpose_and_until_a_time(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter, tmp_path: Path
) -> None:
    optical.trace.keep(str(tmp_path / "nothing.trace"))
    await _read(laptop, street, optical)
    path = tmp_path / "session.trace"
    optical.trace.keep(str(path))
    assert optical.trace.state.keeping
    await optical.trace.kept()
    state = optical.trace.state
    assert state.problem is None
    assert not state.keeping
    assert state.file is not None
    assert state.file.head.purpose == "fault"
    assert state.file.head.until is not None
    assert path.read_text().startswith("fieldapp-trace 1")
    assert not (tmp_path / "nothing.trace").exists()


async def test_a_purpose_without_that_right_keeps_none(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter, tmp_path: Path
) -> None:
    await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    optical.read_preference()
    await optical.ended()
    path = tmp_path / "session.trace"
    optical.trace.keep(str(path))
    await optical.trace.kept()
    assert optical.trace.state.problem is not None
    assert not path.exists()


class Reached(Protocol):
    access: Access | None


def secure(street: Reached, meter: OpticalMeter) -> None:
    """From now on the meter asks for its keys, and the laptop has them."""
    meter.security = demands()
    options = replace(access(), framing=Framing.HDLC)

    async def reach(_number: str) -> OpticalOptions:
        return options

    street.access = reach


async def _read_secured(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> tuple[TraceRow, ...]:
    secure(street, furnished(await begin(laptop, street, "V-1003"), None))
    await laptop.tasks.settle()
    optical.read_state()
    await optical.ended()
    assert optical.state.problem is None
    return optical.trace.state.rows


async def test_each_ciphered_message_says_what_it_means(
    laptop: Laptop,
    street: StreetLike,
    optical: OpticalPresenter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = await _read_secured(laptop, street, optical)
    ciphered = [row for row in rows if row.kind == "ciphered"]
    said = [row.opened for row in ciphered if row.opened is not None]
    assert len(said) == len(ciphered) > 20
    assert [(one.kind, one.masked) for one in said[:2]] == [
        ("action_request", True),
        ("action_response", True),
    ]
    assert {one.kind for one in said[::2]} == {"action_request", "get_request", "get_list"}
    assert [row.way for row in ciphered[:4]] == ["sent", "received"] * 2
    assert all(row.holds for row in rows)
    assert all(row.opened is None for row in rows if row.kind != "ciphered")
    plain = [layer.octets for one in said for layer in one.layers]
    number = street_number(rows)
    assert any(number in octets for octets in plain)
    assert not any(octets in row.octets for octets in plain for row in ciphered)
    assert not any(octets.hex() in repr(rows) for octets in plain)
    assert not any(octets.hex() in caplog.text for octets in plain)
    assert number.decode() not in caplog.text


def street_number(rows: tuple[TraceRow, ...]) -> bytes:
    """The meter's own number, as the messages have it."""
    facts = (
        fact for row in rows if row.opened for la in row.opened.layers for fact in la.facts
    )
    return next(value for name, value in facts if value.startswith("E00")).encode()


async def test_what_was_opened_is_in_no_kept_file(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter, tmp_path: Path
) -> None:
    rows = await _read_secured(laptop, street, optical)
    path = tmp_path / "session.trace"
    optical.trace.keep(str(path))
    await optical.trace.kept()
    assert optical.trace.state.file is not None
    text, octets = path.read_text(), path.read_bytes()
    opened = [layer.octets for row in rows if row.opened for layer in row.opened.layers]
    assert len(opened) > 20
    for plain in opened:
        assert plain.hex() not in text
        assert plain not in octets
    ciphered = [row for row in rows if row.kind == "ciphered"]
    assert all(row.octets.hex() in text for row in ciphered)
    again = [row for piece in read(str(path)) for row in piece.rows]
    assert [row.octets for row in again] == [row.octets for row in rows]
    assert {row.kind for row in again} == {row.kind for row in rows}
    assert all(row.opened is None for row in again)
    assert optical.trace.state.rows == rows  # on the screen it stays


async def test_what_was_opened_goes_with_the_rows(
    laptop: Laptop, street: StreetLike, optical: OpticalPresenter
) -> None:
    assert await _read_secured(laptop, street, optical)
    optical.trace.forget()
    optical.trace.opened(ciphered(GetRequest(CLOCK).to_bytes())[0])
    assert optical.trace.state == SessionTraceState()


CLOCK = AttributeRef(8, Obis(0, 0, 1, 0, 0), 2)
STATUS = AttributeRef(1, Obis(0, 1, 94, 31, 0), 2)


def ciphered(*messages: bytes) -> list[PlainApdu]:
    """What is told of these, and how they go over the line."""
    told: list[PlainApdu] = []
    cipher = Overheard(SuiteZero(KEYS, TITLE, count().__next__), told.append)
    for message in messages:
        cipher.protect(message)
    return told


def on_the_line(*told: PlainApdu) -> Record:
    """All of them in one record."""
    frame = Frame(Address(16), Address(1, 17), Control(Kind.INFORMATION), b"")
    frames = (replace(frame, information=b"\xe6\xe6\x00" + one.ciphered) for one in told)
    return Record(Direction.RECEIVED, Decimal(0), b"".join(one.build() for one in frames))


def abouts(log: TraceLog) -> list[str]:
    return [row.opened.about if row.opened else "" for row in log.rows]


Order = Callable[[TraceLog, list[PlainApdu]], None]


def rows_first(log: TraceLog, told: list[PlainApdu]) -> None:
    log.take(on_the_line(*told))
    assert abouts(log) == ["", ""]
    for one in told:
        log.open(one)


def told_first(log: TraceLog, told: list[PlainApdu]) -> None:
    for one in told:
        log.open(one)
    log.take(on_the_line(*told))


@pytest.mark.parametrize("order", [rows_first, told_first])
def test_what_a_message_says_finds_its_row_and_each_repetition(order: Order) -> None:
    log = TraceLog(lambda: datetime(2026, 11, 23, tzinfo=UTC))
    told = ciphered(GetRequest(CLOCK).to_bytes(), GetRequest(STATUS).to_bytes())
    order(log, told)
    assert abouts(log) == ["0-0:1.0.0 / 2", "0-1:94.31.0 / 2"]
    log.take(on_the_line(told[0]))
    assert abouts(log)[2:] == ["0-0:1.0.0 / 2"]
    log.begin()
    log.take(on_the_line(told[0]))
    assert abouts(log) == [""]
