from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldapp.errors import FileTrouble
from fieldapp.work.capture_export import copy, without_names
from fieldapp.work.capture_source import Plain
from hardware.p1.builder import with_wrong_checksum
from hardware.p1.identity import equipment_id
from hardware.p1.integrity import judge
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import with_even_parity

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
METER, GAS = "E0047000012345620", "G0039001936990625"


def telegram(version: str = "5.0", second: int = 0) -> bytes:
    meter = P1Meter(MeterSpec(version, 3, meter_number=METER, gas_number=GAS, seed=3))
    return meter.telegram(NOON + timedelta(seconds=second))


@pytest.mark.parametrize("version", ["2.2", "3.0", "4.2", "5.0", "be"])
def test_without_numbers_nothing_tells_whose_meter_it_is(version: str) -> None:
    raw = telegram(version)
    masked = without_names(raw)
    assert METER.encode().hex().upper().encode() not in masked.upper()
    assert GAS.encode().hex().upper().encode() not in masked.upper()
    assert judge(masked) == judge(raw)
    before, after = parse(raw), parse(masked)
    assert equipment_id(before) == METER
    assert set(equipment_id(after) or "0") == {"0"}
    assert [r.obis for r in after.readings] == [r.obis for r in before.readings]
    assert after.version == before.version
    assert len(masked) == len(raw)


def test_line_ends_of_a_recording_do_not_matter() -> None:
    raw = telegram().replace(b"\r\n", b"\n")
    assert judge(raw) == "ok"
    assert judge(without_names(raw)) == "ok"


def test_a_damaged_telegram_stays_damaged() -> None:
    raw = with_wrong_checksum(telegram())
    masked = without_names(raw)
    assert judge(masked) == "bad"
    assert equipment_id(parse(masked)) != METER


@pytest.mark.parametrize("version", ["3.0", "4.2"])
def test_one_damaged_by_its_parity_keeps_the_damage_and_loses_the_numbers(version: str) -> None:
    raw = with_even_parity(telegram(version))
    at = raw.index(with_even_parity(b"1-0:1.8.1(")) + 12
    raw = raw[:at] + bytes([raw[at] ^ 8]) + raw[at + 1 :]
    masked = without_names(raw)
    assert len(masked) == len(raw)
    assert (masked[at], judge(masked)) == (raw[at], "bad")
    before, after = parse(raw), parse(masked)
    assert equipment_id(before) == METER
    assert set(equipment_id(after) or "0") == {"0"}
    assert METER.encode().hex().upper() not in str(after.readings)
    assert after.errors == before.errors
    assert [r.obis for r in after.readings] == [r.obis for r in before.readings]


@pytest.mark.parametrize("with_numbers", [True, False])
def test_a_copy_holds_every_telegram_and_no_noise(tmp_path: Path, with_numbers: bool) -> None:  # noqa: FBT001 - a case
    whole = [telegram(second=n) for n in range(40)]
    source = tmp_path / "capture.p1"
    source.write_bytes(b"noise\r\n" + b"".join(whole))
    target = tmp_path / "copy.txt"
    steps = list(copy(Plain(source), target, with_numbers=with_numbers))
    assert steps[-1].done == steps[-1].size == source.stat().st_size
    wanted = whole if with_numbers else [without_names(one) for one in whole]
    assert target.read_bytes() == b"".join(wanted)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_copy_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "capture.p1"
    source.write_bytes(b"".join(telegram(second=n) for n in range(40)))
    steps = copy(Plain(source), tmp_path / "copy.txt", with_numbers=False)
    next(steps)
    steps.close()
    assert [path.name for path in tmp_path.iterdir()] == ["capture.p1"]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    source = tmp_path / "capture.p1"
    source.write_bytes(telegram())
    with pytest.raises(FileTrouble) as refused:
        list(copy(Plain(source), tmp_path / "no" / "copy.txt", with_numbers=True))
    assert refused.value.name == "copy.txt"
