"""A meter's keys from the office's file to the meter and away again, through whole commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.store import meter_keys, orders
from fieldapp.store.keys import PracticeSource
from tests.journeys.laptops import begin
from tests.journeys.offices import Office
from tests.journeys.programs import ROOT, Said, Services, fieldapp
from ui.wiring import open_laptop

METER, VISIT = "E0044007382246019", "V-1001"
EK, AK = "5E1C0A77D0B94F3382164AC9F2E07B15", "A90F3D62E84B7C1580D6F23947BE5A0C"
DAY: dict[str, Any] = json.loads((ROOT / "resources/demo/westland.json").read_text())


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    """As the office is given them; nobody needs the file any more after the import."""
    file = tmp_path / "keys.csv"
    file.write_text(f"meter,encryption_key,authentication_key\n{METER},{EK},{AK}\n")
    yield file
    assert not file.exists()


@pytest.fixture
def meter(services: Services, tmp_path: Path) -> str:
    """The visit's meter behind an optical head, with those keys in it."""
    own = tmp_path / "meter.toml"
    own.write_text(f'encryption_key = "{EK}"\nauthentication_key = "{AK}"\n')
    words = ("--meter", METER, "--security", "hls5", "--keys-file", str(own))
    return services.start("simulate", "optical", "--listen", "127.0.0.1:0", *words).ready


async def _held(folder: Path) -> tuple[str, ...]:
    laptop = await open_laptop(folder, PracticeSource())
    try:
        return await laptop.db.read(meter_keys.held)
    finally:
        await laptop.close()


async def _end(folder: Path) -> None:
    laptop = await open_laptop(folder, PracticeSource())
    try:
        stored = next(s for s in await laptop.db.read(orders.held) if s.visit.number == VISIT)
        now = datetime.now(UTC)
        ended = f.VisitNotDone(at=now, reason=NotDoneReason.OTHER, text="proef")
        await laptop.visits.record(stored.visit.id, ended)
    finally:
        await laptop.close()


def _preference(laptop: Path, source: str, *words: str) -> Said:
    asked = ("optical", "preference", source, *words, "--visit", VISIT, "--json")
    return fieldapp(*asked, data=laptop)


def test_from_the_offices_file_to_the_meter_and_away_again(
    services: Services, tmp_path: Path, keys: Path, meter: str
) -> None:
    office, laptop = Office(tmp_path / "office", services), tmp_path / "laptop"
    today = datetime.now(ZoneInfo("Europe/Amsterdam")).date()
    office.publish(today, [row for row in DAY["visits"] if row["number"] == VISIT])
    [visit] = [line for line in office.enrol(laptop) if line["kind"] == "visit"]
    asyncio.run(begin(laptop, visit["id"]))
    without = _preference(laptop, meter, "off")
    assert without.status == 1
    assert "off" not in without.out

    [imported] = office.import_keys(keys)
    assert imported["new"] == 1
    keys.unlink()
    assert fieldapp("sync", "--json", data=laptop).lines[-1]["received"] == 1
    assert asyncio.run(_held(laptop)) == (METER,)
    written = _preference(laptop, meter, "off")
    assert written.status == 0, written.err
    assert written.lines[-1]["after"] == {"value": 1, "name": "off"}
    for path in laptop.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for key in (EK, AK):
            octets = (bytes.fromhex(key), key.encode(), key.lower().encode())
            assert not [one for one in octets if one in content], path.name
    assert EK.lower() not in (written.out + written.err + without.err).lower()

    asyncio.run(_end(laptop))
    assert asyncio.run(_held(laptop)) == (METER,)
    assert fieldapp("sync", "--json", data=laptop).lines[-1]["waiting"] == 0
    assert asyncio.run(_held(laptop)) == ()
