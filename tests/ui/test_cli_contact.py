from __future__ import annotations

import getpass
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.work_order import Visit
from fieldapp.errors import PurposeRefused, StoreError
from fieldapp.settings import ENVIRONMENT
from fieldapp.store import audit
from fieldapp.work.loose_trail import contacts
from fieldapp.work.refusals import NoSuchVisit, WorkshopNotGranted
from ui.cli import notices, optical, p1
from ui.cli.contact import Wanted, note_contact
from ui.cli.meters import register
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Desk


READ = MeterAction.READ_REGISTERS


def _wanted(
    visit: str | None = None,
    purpose: str | None = None,
    action: MeterAction = MeterAction.RETRIEVE_STATE,
) -> Wanted:
    return Wanted(action, purpose, visit, "/dev/ttyUSB0")


@pytest.fixture(autouse=True)
def _no_notices() -> None:
    notices.drop()


def test_nobodys_laptop_works_in_the_workshop_only(tmp_path: Path) -> None:
    assert note_contact(tmp_path, _wanted()) is None
    assert note_contact(tmp_path, _wanted(purpose="workshop")) is None
    assert note_contact(tmp_path, _wanted(purpose="power_quality")) is None
    with pytest.raises(PurposeRefused):
        note_contact(tmp_path, _wanted(purpose="Mrs Kortekaas, Herenstraat 1"))
    with pytest.raises(NoSuchVisit):
        note_contact(tmp_path, _wanted("V-1001"))
    noted = contacts(tmp_path)
    assert [contact.account for contact in noted] == [getpass.getuser()] * 3


def test_it_says_where_the_plain_note_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note_contact(tmp_path, _wanted())
    notices.say()
    assert "contacts.jsonl" in capsys.readouterr().err


def test_what_can_not_be_noted_does_not_happen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        note_contact(tmp_path / "file", _wanted())


def _in_a_thread(folder: Path, wanted: Wanted) -> str | None:
    """The command line has no loop of its own running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(note_contact, folder, wanted).result()


async def test_on_a_laptop_a_contact_belongs_to_a_visit(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1003"]
    await laptop.close()
    number = "E0044007382311220"
    try:
        assert _in_a_thread(folder, _wanted("V-1003")) == number
        assert _in_a_thread(folder, _wanted(visit.id, "fault", READ)) == number
        assert _in_a_thread(folder, _wanted(visit.id, "workshop", READ)) == number
        for refused, error in (
            (_wanted("V-1003", "placement"), PurposeRefused),
            (_wanted("V-1003", action=MeterAction.WRITE_PREFERENCE), PurposeRefused),
            (_wanted("V-1001", action=READ), PurposeRefused),
            (_wanted(), WorkshopNotGranted),
            (_wanted("V-9"), NoSuchVisit),
        ):
            with pytest.raises(error):
                _in_a_thread(folder, refused)
    finally:
        await desk.open()
    entries = await desk.laptop.db.read(audit.entries)
    assert [(e.action, e.visit, e.purpose, e.outcome) for e in entries] == [
        ("retrieve_state", visit.id, "fault", "begun"),
        ("read_registers", visit.id, "fault", "begun"),
        ("read_registers", visit.id, "fault", "begun"),
    ]
    assert number not in str(entries)
    assert contacts(folder) == ()


async def test_the_meter_of_a_visit_is_the_one_that_hangs_there_now(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1005"]
    new = visit.new_meters[0].number
    now = laptop.clock.now
    await laptop.visits.record(
        visit.id,
        f.VisitAccepted(at=now()),
        f.VisitTravelling(at=now()),
        f.VisitArrived(at=now()),
    )
    await laptop.visits.start(
        visit.id, {question.code: "yes" for question in visit.lmra.questions}, "T1"
    )
    placed = f.MeterPlaced(
        at=now(), ean=visit.connections[0].ean, number=new, meter_kind=visit.meter_kind
    )
    await laptop.visits.record(visit.id, placed)
    await laptop.close()
    try:
        assert _in_a_thread(folder, _wanted("V-1005")) == new
    finally:
        await desk.open()


async def test_a_store_of_nobody_counts_as_nobodys_laptop(
    desk: Desk, bare_laptop: Laptop, folder: Path
) -> None:
    await bare_laptop.close()
    try:
        assert _in_a_thread(folder, _wanted()) is None
    finally:
        await desk.open()
    assert len(contacts(folder)) == 1
    assert await desk.laptop.db.read(audit.entries) == ()


@pytest.fixture
def wired() -> Iterator[None]:
    before = (p1.before_contact, optical.before_contact)
    register(typer.Typer())
    yield
    p1.before_contact, optical.before_contact = before


def test_the_meter_commands_note_before_they_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wired: None
) -> None:
    assert wired is None
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    p1.before_contact("workshop", None, "/dev/ttyUSB0")
    assert optical.before_contact(None, None, "/dev/ttyUSB1", MeterAction.IDENTIFY) is None
    assert [contact.action for contact in contacts(tmp_path)] == [READ, "identify"]
