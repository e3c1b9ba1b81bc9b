from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.progress import Progress
from fieldapp.domain.steps import steps_of
from fieldapp.domain.work_order import Visit
from fieldapp.errors import PurposeRefused, TextRefused
from fieldapp.store import audit, inbox
from fieldapp.work.loose_trail import contacts
from hardware.errors import PortTimeout
from ui.cli import notices
from ui.cli.contact import noted_contact
from ui.cli.wanted import Wanted
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Begin, Desk

PORT = "/dev/ttyUSB0"


@pytest.fixture(autouse=True)
def _no_notices() -> Iterator[None]:
    notices.drop()
    yield
    notices.drop()


async def test_what_was_done_is_kept_in_the_visit(
    desk: Desk, laptop: Laptop, folder: Path, begin: Begin
) -> None:
    visit = await begin("V-1003")
    await laptop.close()
    wanted = Wanted(MeterAction.SET_CLOCK, PORT, visit="V-1003")

    async def work() -> None:
        async with noted_contact(folder, wanted):
            assert wanted.told.time is not None
            wanted.told.facts.append(
                f.ClockSet(at=laptop.clock.now(), meter="E", before_s=None, after_s=None)
            )
            raise PortTimeout("COM4")

    with pytest.raises(PortTimeout):
        await work()
    await desk.open()
    kept = (await desk.laptop.visits.stored(visit.id)).progress.facts[-1]
    assert isinstance(kept, f.ClockSet)
    assert kept.step == steps_of(visit, Progress())[0].code


async def test_a_location_is_the_code_that_the_office_gave(
    desk: Desk, laptop: Laptop, folder: Path, begin: Begin
) -> None:
    await begin("V-1005")
    await laptop.close()
    wanted = Wanted(MeterAction.WRITE_LOCATION, PORT, visit="V-1005", location="WL-1")
    try:
        with pytest.raises(TextRefused):
            async with noted_contact(folder, wanted):
                pass
    finally:
        await desk.open()


async def test_the_last_visit_is_told_so_that_logs_begin_there(
    desk: Desk, laptop: Laptop, folder: Path, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1003"]
    was_here = laptop.clock.now().date() - timedelta(days=90)
    changed = msgspec.structs.replace(visit, version=visit.version + 1, last_visit=was_here)
    page = [inbox.InboxChange(changed.id, changed.version, changed)]
    await laptop.db.write(lambda c: inbox.store_page(c, page, 99), touched=frozenset())
    await laptop.close()
    wanted = Wanted(MeterAction.RETRIEVE_STATE, PORT, visit="V-1003")
    try:
        async with noted_contact(folder, wanted):
            pass
    finally:
        await desk.open()
    assert wanted.told.last_visit is not None
    assert wanted.told.last_visit.date() == was_here


async def _reads_intervals(folder: Path, wanted: Wanted) -> None:
    async with noted_contact(folder, wanted), wanted.told.also(MeterAction.READ_INTERVALS):
        pass


async def test_a_further_action_of_a_contact_is_noted_apart_or_refused(
    desk: Desk, laptop: Laptop, folder: Path, begin: Begin
) -> None:
    await begin("V-1004")
    await laptop.close()
    wanted = Wanted(MeterAction.RETRIEVE_STATE, PORT, visit="V-1004")
    with pytest.raises(PurposeRefused):
        await _reads_intervals(folder, wanted)
    await desk.open()
    entries = await desk.laptop.db.read(audit.entries)
    assert [(entry.action, entry.outcome) for entry in entries] == [
        ("retrieve_state", "begun"),
        ("read_intervals", "begun"),
        ("read_intervals", "PurposeRefused"),
        ("retrieve_state", "PurposeRefused"),
    ]


async def test_without_an_owner_a_further_action_is_noted_too(tmp_path: Path) -> None:
    await _reads_intervals(tmp_path, Wanted(MeterAction.RETRIEVE_STATE, PORT))
    noted = [contact.action for contact in contacts(tmp_path)]
    assert noted == ["retrieve_state", "read_intervals"]
