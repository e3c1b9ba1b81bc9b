from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
import typer

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.work_order import Visit
from fieldapp.errors import (
    IllegalTransition,
    KeyUnavailable,
    PurposeRefused,
    StoreError,
    StoreLocked,
)
from fieldapp.settings import ENVIRONMENT
from fieldapp.store import audit, device, inbox
from fieldapp.store.keys import PassphraseSource
from fieldapp.work.loose_counters import FILE as LOOSE_FILE
from fieldapp.work.loose_trail import contacts
from fieldapp.work.refusals import (
    ChoiceDiffers,
    NoMeterHere,
    NoSuchVisit,
    WorkshopNotGranted,
)
from hardware.errors import PortTimeout
from tests.westland import enrol
from ui.cli import meters, notices, optical_contact, p1
from ui.cli.contact import noted_contact
from ui.cli.passphrase import source_of
from ui.cli.wanted import Wanted
from ui.wiring import Laptop, open_laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Begin, Desk

READ = MeterAction.READ_REGISTERS
WRITE = MeterAction.WRITE_PREFERENCE


def _wanted(
    visit: str | None = None,
    purpose: str | None = None,
    action: MeterAction = MeterAction.RETRIEVE_STATE,
    preference: Preference | None = None,
) -> Wanted:
    return Wanted(action, "/dev/ttyUSB0", purpose, visit, preference)


async def _contact(folder: Path, wanted: Wanted) -> str | None:
    async with noted_contact(folder, wanted) as entry:
        assert entry.counters is not None
        return entry.meter


@pytest.fixture(autouse=True)
def _no_notices() -> None:
    notices.drop()


async def test_nobodys_laptop_works_in_the_workshop_only(tmp_path: Path) -> None:
    assert await _contact(tmp_path, _wanted()) is None
    assert await _contact(tmp_path, _wanted(purpose="workshop")) is None
    assert await _contact(tmp_path, _wanted(purpose="power_quality")) is None
    with pytest.raises(PurposeRefused):
        await _contact(tmp_path, _wanted(purpose="Mrs Kortekaas, Herenstraat 1"))
    with pytest.raises(NoSuchVisit):
        await _contact(tmp_path, _wanted("V-1001"))
    noted = contacts(tmp_path)
    assert [contact.account for contact in noted] == [getpass.getuser()] * 3


async def test_it_says_where_the_plain_note_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _contact(tmp_path, _wanted())
    notices.say()
    assert "contacts.jsonl" in capsys.readouterr().err


async def test_what_can_not_be_noted_does_not_happen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        await _contact(tmp_path / "file", _wanted())


async def test_on_a_laptop_counters_are_kept_in_its_store_under_its_own_title(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    owner = await laptop.db.read(device.device)
    assert owner is not None
    assert "V-1003" in visits
    await laptop.close()
    try:
        taken = []
        for _ in range(2):
            async with noted_contact(folder, _wanted("V-1003")) as entry:
                assert entry.system_title == owner.system_title
                assert entry.counters is not None
                taken.append(await entry.counters.reserve("key/title", 256))
    finally:
        await desk.open()
    assert taken == [0, 256]
    assert not (folder / LOOSE_FILE).exists()


async def test_on_a_laptop_a_contact_belongs_to_a_visit(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1003"]
    await laptop.close()
    number = "E0044007382311220"
    try:
        assert await _contact(folder, _wanted("V-1003")) == number
        assert await _contact(folder, _wanted(visit.id, "fault", READ)) == number
        assert await _contact(folder, _wanted(visit.id, "workshop", READ)) == number
        for refused, error in (
            (_wanted("V-1003", "placement"), PurposeRefused),
            (_wanted("V-1003", action=WRITE), IllegalTransition),
            (_wanted(), WorkshopNotGranted),
            (_wanted("V-9"), NoSuchVisit),
            (_wanted("V-1001", action=READ), PurposeRefused),
        ):
            with pytest.raises(error):
                await _contact(folder, refused)
    finally:
        await desk.open()
    entries = await desk.laptop.db.read(audit.entries)
    assert [(e.action, e.visit, e.purpose, e.outcome) for e in entries] == [
        ("retrieve_state", visit.id, "fault", "begun"),
        ("retrieve_state", visit.id, "fault", "done"),
        ("read_registers", visit.id, "fault", "begun"),
        ("read_registers", visit.id, "fault", "done"),
        ("read_registers", visit.id, "fault", "begun"),
        ("read_registers", visit.id, "fault", "done"),
        ("read_registers", visits["V-1001"].id, "reading_preference", "begun"),
        ("read_registers", visits["V-1001"].id, "reading_preference", "PurposeRefused"),
    ]
    assert number not in str(entries)
    assert contacts(folder) == ()


async def test_the_trail_hears_how_a_contact_ended(
    desk: Desk, laptop: Laptop, folder: Path
) -> None:
    await laptop.close()
    try:
        with pytest.raises(PortTimeout):
            async with noted_contact(folder, _wanted("V-1003")):
                raise PortTimeout("COM4")
    finally:
        await desk.open()
    entries = await desk.laptop.db.read(audit.entries)
    assert [e.outcome for e in entries] == ["begun", "PortTimeout"]


async def test_a_write_needs_a_visit_that_is_under_way(
    desk: Desk, laptop: Laptop, folder: Path
) -> None:
    off = _wanted("V-1001", action=WRITE, preference=Preference.OFF)
    await laptop.close()
    with pytest.raises(IllegalTransition):
        await _contact(folder, off)
    await desk.open()
    assert await desk.laptop.db.read(audit.entries) == ()


async def test_a_write_is_what_the_customer_chose(
    desk: Desk, laptop: Laptop, folder: Path, begin: Begin
) -> None:
    await begin("V-1001")
    await laptop.close()
    try:
        on = _wanted("V-1001", action=WRITE, preference=Preference.ON)
        with pytest.raises(ChoiceDiffers):
            await _contact(folder, on)
        off = _wanted("V-1001", action=WRITE, preference=Preference.OFF)
        assert await _contact(folder, off) == "E0044007382246019"
    finally:
        await desk.open()
    entries = await desk.laptop.db.read(audit.entries)
    assert [(e.action, e.outcome) for e in entries] == [(WRITE, "begun"), (WRITE, "done")]


async def test_the_meter_of_a_visit_is_the_one_that_hangs_there_now(
    desk: Desk, laptop: Laptop, folder: Path, begin: Begin
) -> None:
    visit = await begin("V-1005")
    new = visit.new_meters[0].number
    placed = f.MeterPlaced(
        at=laptop.clock.now(),
        ean=visit.connections[0].ean,
        number=new,
        meter_kind=visit.meter_kind,
    )
    await laptop.visits.record(visit.id, placed)
    await laptop.close()
    try:
        assert await _contact(folder, _wanted("V-1005")) == new
    finally:
        await desk.open()


async def test_where_no_meter_hangs_none_is_contacted(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1003"]
    bare = msgspec.structs.replace(visit.connections[0], meter=None)
    changed = msgspec.structs.replace(visit, version=visit.version + 1, connections=(bare,))
    page = [inbox.InboxChange(changed.id, changed.version, changed)]
    await laptop.db.write(lambda c: inbox.store_page(c, page, 99), touched=frozenset())
    await laptop.close()
    try:
        with pytest.raises(NoMeterHere):
            await _contact(folder, _wanted("V-1003"))
    finally:
        await desk.open()


async def test_a_laptop_in_use_is_not_contacted_from(laptop: Laptop, folder: Path) -> None:
    with pytest.raises(StoreLocked):
        await _contact(folder, _wanted("V-1003"))
    assert await laptop.db.read(audit.entries) == ()


async def test_a_store_of_nobody_counts_as_nobodys_laptop(
    desk: Desk, bare_laptop: Laptop, folder: Path
) -> None:
    await bare_laptop.close()
    try:
        assert await _contact(folder, _wanted()) is None
    finally:
        await desk.open()
    assert len(contacts(folder)) == 1
    assert await desk.laptop.db.read(audit.entries) == ()


async def test_a_passphrase_opens_the_laptop(tmp_path: Path, visits: dict[str, Visit]) -> None:
    words = tmp_path / "words"
    words.write_text("tulpen uit het westland\n", encoding="utf-8")
    folder = tmp_path / "laptop"
    laptop = await open_laptop(folder, PassphraseSource("tulpen uit het westland"))
    await enrol(laptop, list(visits.values()))
    await laptop.close()
    wanted = _wanted("V-1003")
    with pytest.raises(KeyUnavailable):
        await _contact(folder, wanted)
    given = replace(wanted, passphrase_file=words)
    assert await _contact(folder, given) == "E0044007382311220"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_passphrase_file_of_no_use_ends_the_command(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words"
    if content is not None:
        words.write_bytes(content)
    with pytest.raises(typer.Exit):
        source_of(tmp_path / "fresh", words)
    assert str(words) in capsys.readouterr().err


async def test_the_meter_commands_note_before_they_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in (meters.p1, meters.optical):
        part(typer.Typer())
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    async with p1.door(Wanted(READ, "/dev/ttyUSB0")) as entry:
        assert entry.meter is None
        assert [contact.action for contact in contacts(tmp_path)] == [READ]
    async with optical_contact.door(Wanted(MeterAction.IDENTIFY, "/dev/ttyUSB1")):
        assert [contact.action for contact in contacts(tmp_path)] == [READ, "identify"]
