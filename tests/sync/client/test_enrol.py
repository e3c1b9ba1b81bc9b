from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.errors import StoreFull
from fieldapp.store import secrets
from fieldapp.store.keys import PracticeSource
from sync.client.answers import Answer
from sync.client.enrol import enrol
from sync.client.http import Http
from sync.client.office import Dispatcher
from sync.errors import BadWire, Offline, Refused, SyncError, Unauthorized
from sync.server import laptops
from ui.enrolment import Enrolment
from ui.enrolment import enrol as enrol_laptop
from ui.wiring import open_laptop

if TYPE_CHECKING:
    from tests.sync.client.conftest import ScriptedOffice
    from tests.sync.conftest import RealOffice

DAY = date(2026, 3, 2)


class Losing(Http):
    """A line to the real office that loses so many answers."""

    losses = 0

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        answer = super().post(path, message, token=token)
        if self.losses:
            self.losses -= 1
            raise Offline("lost")
        return answer


@pytest.fixture
def line(back_office: RealOffice) -> Iterator[Losing]:
    http = Losing(f"{back_office.url}/")
    yield http
    http.close()


def test_a_code_makes_a_laptop_with_its_own_key(back_office: RealOffice, line: Losing) -> None:
    technician = back_office.technician()
    made = enrol(line, f" {back_office.code(technician).lower()} ", device_name="bus 7")
    assert (made.technician, made.region) == (technician, "Westland")
    assert (made.incarnation, len(made.system_title), made.practice) == (1, 8, False)
    assert made.server_url == back_office.url
    with back_office.office.database.reading() as c:
        known = laptops.find(c, made.laptop)
    assert known is not None
    assert known.public_key == secrets.public_key(made.private_key)


@pytest.mark.parametrize("losses", [1, 2])
def test_a_lost_answer_costs_no_code(
    back_office: RealOffice, line: Losing, losses: int
) -> None:
    line.losses = losses
    technician = back_office.technician()
    assert enrol(line, back_office.code(technician), device_name="x").technician == technician


def test_three_lost_answers_are_an_office_that_is_not_there(
    back_office: RealOffice, line: Losing
) -> None:
    line.losses = 3
    with pytest.raises(Offline):
        enrol(line, back_office.code(back_office.technician()), device_name="x")


def test_a_code_serves_once(back_office: RealOffice, line: Losing) -> None:
    code = back_office.code(back_office.technician())
    enrol(line, code, device_name="one")
    with pytest.raises(Unauthorized):
        enrol(line, code, device_name="two")


async def test_an_answer_that_could_not_be_kept_costs_no_code(
    back_office: RealOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    technician = back_office.technician()
    asked = Enrolment(back_office.url, back_office.code(technician))
    laptop = await open_laptop(tmp_path, PracticeSource())

    def full(*_: object) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr("fieldapp.store.seat.start_anew", full)
        with pytest.raises(StoreFull):
            await enrol_laptop(laptop, asked)
    await laptop.close()
    laptop = await open_laptop(tmp_path, PracticeSource())
    assert (await enrol_laptop(laptop, asked)).technician == technician
    await laptop.close()


def test_a_wrong_code_is_told(line: Losing) -> None:
    with pytest.raises(Unauthorized):
        enrol(line, "ABCD-EFGH", device_name="x")


def test_a_practice_laptop_is_not_taken_by_a_real_office(
    back_office: RealOffice, line: Losing
) -> None:
    code = back_office.code(back_office.technician())
    with pytest.raises(Refused, match="practice"):
        enrol(line, code, device_name="x", practice=True)


GOOD = {
    "laptop": "L1",
    "technician": "T1",
    "technician_name": "Ans",
    "region": "Westland",
    "incarnation": 1,
    "system_title": "RkxEAAAAAAE=",
    "office": "O1",
    "server_time": "2026-03-02T07:30:00Z",
}


@pytest.mark.parametrize(
    "lie",
    [{"system_title": "RkxE"}, {"incarnation": 0}, {"laptop": ""}, {"server_time": "soon"}],
)
def test_half_an_enrolment_is_none(office: ScriptedOffice, lie: dict[str, object]) -> None:
    body = json.dumps({**GOOD, **lie}).encode()
    head = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    office.answers(head % len(body) + body)
    http = Http(office.url)
    with pytest.raises(BadWire):
        enrol(http, "CODE", device_name="x")
    http.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{\xff}",
        b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 302 X\r\nLocation: https://portal.example/\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_login_page_enrols_nobody(office: ScriptedOffice, raw: bytes) -> None:
    office.answers(raw)
    http = Http(office.url)
    with pytest.raises(BadWire):
        enrol(http, "CODE", device_name="x")
    http.close()


def test_a_dispatchers_day(back_office: RealOffice, line: Losing) -> None:
    technician, other = back_office.technician(), back_office.technician()
    first, second = back_office.plan(technician, 2)
    dispatcher = back_office.dispatcher(line)
    assert dispatcher.publish(DAY) == {"published": 0}
    assert isinstance(dispatcher.plan(DAY), dict)
    lines = {row["number"]: row for row in dispatcher.status(DAY)}
    assert lines[first]["technician"] == technician
    assert len(dispatcher.status()) >= len(lines)
    assert dispatcher.visit(first)["number"] == first
    assert dispatcher.reassign(first, other)["technician"] == other
    assert dispatcher.reassign(first, None)["technician"] is None
    assert dispatcher.cancel(second)["cancelled"] is True


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda d: d.visit("../../v1/health"), Refused),
        (lambda d: d.import_day(DAY, [{"number": "V-1"}]), Refused),
        (lambda d: d.reassign("nothing", None), Refused),
    ],
)
def test_the_offices_no_to_a_dispatcher(
    back_office: RealOffice, line: Losing, act: object, error: type[SyncError]
) -> None:
    assert callable(act)
    with pytest.raises(error):
        act(back_office.dispatcher(line))


def test_nobody_plans_without_a_token(line: Losing) -> None:
    with pytest.raises(Unauthorized):
        Dispatcher(line, "wrong").plan(DAY)


@pytest.mark.parametrize("body", [b"[1", b"[]", b"\xff"])
def test_a_garbled_answer_is_no_plan(office: ScriptedOffice, body: bytes) -> None:
    head = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    office.answers(head % len(body) + body)
    http = Http(office.url)
    with pytest.raises(BadWire):
        Dispatcher(http, "t").plan(DAY)
    http.close()
