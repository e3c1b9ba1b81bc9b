from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.server import importing_keys
from sync.server.importing_keys import import_keys
from sync.server.rowfile import MOST_OCTETS, RowFault

if TYPE_CHECKING:
    from tests.sync.server.conftest import Import
    from tests.sync.server.doubles import Backyard

METER, GAS, SPARE = "E0044007382246019", "G0039001936990625", "E0044007382311125"
EK, AK = "5E1C0A77D0B94F3382164AC9F2E07B15", "A90F3D62E84B7C1580D6F23947BE5A0C"
UK = "11223344556677889900AABBCCDDEEFF"

BAD = {
    f",{EK},{AK},,": "meter: not a meter number",
    f"{SPARE},{EK},,,": "encryption_key and authentication_key go together",
    f"{SPARE},,,,": "no key",
    f"{SPARE},{EK}0A,{AK},,": "encryption_key: 17 octets, not 16",
    f"{SPARE},{EK},{AK[:-1]}X,,": "authentication_key: not hexadecimal",
    f"{SPARE},{EK},{AK},,,{UK}": "a column that is none of",
    f"{METER},{AK},{EK},,": "an earlier row has other keys for this meter",
}


def test_bad_rows_are_listed_without_their_keys(yard: Backyard, take: Import) -> None:
    done = take(yard.office, f"{METER},{EK},{AK},,", *BAD, f"{GAS},,,{UK},")
    assert done.new == 2
    assert [fault.row for fault in done.faults] == list(range(2, 2 + len(BAD)))
    for fault, reason in zip(done.faults, BAD.values(), strict=True):
        assert fault.reason.startswith(reason)
    said = repr(done).upper()
    assert not [key for key in (EK, AK, UK) if key[:8] in said]


def test_a_file_without_a_heading_shows_no_key(yard: Backyard, tmp_path: Path) -> None:
    file = tmp_path / "keys.csv"
    file.write_text(f"{METER},{EK},{AK}\n{SPARE},{EK},{AK}\n")
    done = import_keys(yard.office, file, dry_run=False)
    assert (done.new, len(done.faults)) == (0, 1)
    assert EK not in repr(done)


def test_a_long_file_goes_in_by_pieces_and_is_one_file_all_the_same(
    yard: Backyard, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_keys, "PIECE", 2)
    yard.visits()
    lines = (f"{SPARE},{EK},{AK},,", f"{GAS},,,{UK},", f"{METER},{EK},{AK},,")
    done = take(yard.office, *lines, f"{SPARE},{AK},{EK},,", dry_run=True)
    assert (done.new, [fault.row for fault in done.faults]) == (3, [4])
    assert yard.one("SELECT count(*) FROM meter_keys") == 0
    assert take(yard.office, *lines).new == 3
    assert yard.last_change() == 2


def test_a_file_that_is_far_too_large_is_not_read(yard: Backyard, tmp_path: Path) -> None:
    file = tmp_path / "keys.csv"
    with file.open("wb") as huge:
        huge.truncate(MOST_OCTETS + 1)
    with pytest.raises(RowFault):
        import_keys(yard.office, file, dry_run=False)


def test_json_and_a_dry_run(yard: Backyard, tmp_path: Path, take: Import) -> None:
    yard.visits()
    assert take(yard.office, f"{METER},{EK},{AK},,", dry_run=True).new == 1
    assert (yard.last_change(), yard.one("SELECT count(*) FROM meter_keys")) == (1, 0)
    file = tmp_path / "keys.json"
    rows = [
        {"meter": METER, "encryption_key": EK, "authentication_key": AK},
        {"meter": SPARE, "encryption_key": 17, "authentication_key": None},
    ]
    file.write_text(json.dumps(rows))
    done = import_keys(yard.office, file, dry_run=False)
    assert (done.new, [fault.reason for fault in done.faults]) == (
        1,
        ["encryption_key: not a text"],
    )
