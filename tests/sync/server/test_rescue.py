"""A rescue file at the office: taken whole or not at all, and each thing once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from fieldapp.domain import rescue
from fieldapp.domain.passphrase import Costs
from sync.server import audit, laptops
from sync.server.recovery_file import PrivateHalf, write
from sync.server.rescue_file import RescueFault, opened
from tests.sync.server.doubles import START
from tests.sync.server.rescue_bag import PHOTO, SCAN, Bag

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

Pack = Callable[["Backyard"], Bag]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    def make(yard: Backyard) -> Bag:
        folder = tmp_path / "files"
        folder.mkdir()
        half = PrivateHalf.new(yard.office.vault.office)
        (visit,) = yard.visits()
        return Bag(yard, yard.laptop(), visit, half, folder)

    return make


@pytest.fixture
def bag(yard: Backyard, pack: Pack) -> Bag:
    return pack(yard)


def test_each_thing_once_whatever_came_before_and_comes_after(
    backyard: Backyard, pack: Pack
) -> None:
    bag = pack(backyard)
    made = bag.fill()
    assert backyard.push(bag.signer, made[0]) == [("applied", "")]
    path = bag.seal()
    foreseen = bag.take(path, dry_run=True)
    assert (foreseen.verdicts, foreseen.repeats) == ({"applied": 1, "new": 2}, 1)
    assert (foreseen.files, bag.held(), bag.contents()) == ({"new": 2}, 1, [])
    done = bag.take(path)
    assert (done.verdicts, done.repeats, done.files) == ({"applied": 3}, 1, {"taken": 2})
    assert (done.missing_files, done.signed) == ((), True)
    assert bag.contents() == [SCAN, PHOTO]
    again = bag.take(path)
    assert (again.verdicts, again.repeats, again.files) == ({"applied": 3}, 3, {"known": 2})
    assert backyard.push(bag.signer, *made) == [("applied", "")] * 3
    assert bag.held() == 3
    with backyard.office.database.reading() as c:
        assert audit.verify(c) == ()
        actions = c.execute(text("SELECT action FROM audit ORDER BY number")).scalars().all()
    assert actions.count("rescue_begun") == actions.count("rescue_imported") == 2


def test_a_withdrawn_laptops_operations_are_set_aside(bag: Bag) -> None:
    bag.fill()
    with bag.yard.office.database.writing() as c:
        laptops.withdraw(bag.yard.office, c, bag.signer.laptop)
    done = bag.take(bag.seal())
    assert done.withdrawn
    assert done.verdicts == {"quarantined": 3}
    assert done.reasons == {"laptop_withdrawn": 3}


def test_what_is_missing_is_named(bag: Bag) -> None:
    bag.fill()
    photo = hashlib.sha256(PHOTO).hexdigest()
    lost_operation = rescue.Lost(what="operation")
    bag.records[0:1] = [lost_operation]
    bag.records[-1:] = [rescue.Lost(what="file", which=photo)]
    done = bag.take(bag.seal())
    assert done.verdicts == {"held": 2}
    assert (done.found.lost_operations, done.found.lost_files) == (1, (photo,))
    assert (done.files, done.missing_files) == ({"taken": 1}, (photo,))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda b: b[: len(b) // 2], "changed"),
        (lambda b: b[: 3 * rescue.SEALED], "changed"),
        (lambda b: b[:-1], "changed"),
        (lambda b: b + b"x", "changed"),
        (lambda b: b[:5000] + b"x" + b[5001:], "changed"),
        (lambda b: b[:20], "cut_short"),
        (lambda b: b[:5], "no_rescue_file"),
        (lambda _b: b"", "no_rescue_file"),
        (lambda _b: b"photograph" * 100, "no_rescue_file"),
        (lambda b: b.replace(b'"office":"', b'"office":"x'), "no_rescue_file"),
    ],
)
def test_a_file_that_is_not_whole_is_not_taken(
    bag: Bag, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    bag.fill()
    path = bag.seal()
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RescueFault) as refused:
        bag.take(path)
    assert refused.value.reason == reason
    assert (bag.held(), bag.contents()) == (0, [])


def test_what_does_not_fit_is_not_taken(bag: Bag) -> None:
    bag.fill()
    office = bag.yard.office.vault.office
    other = PrivateHalf.new(office)
    cases = [
        (bag.seal(), other, "other_key"),
        (bag.seal(office="elsewhere"), None, "other_office"),
        (bag.seal(laptop="nobody"), None, "unknown_laptop"),
        (bag.seal(laptop=bag.yard.laptop().laptop), None, "bad_signature"),
        (bag.seal(sign=b"x" * 64), None, "bad_signature"),
        (bag.folder / "nothing", None, "unreadable"),
    ]
    for path, half, reason in cases:
        with pytest.raises(RescueFault) as refused:
            bag.take(path, half)
        assert refused.value.reason == reason
    with pytest.raises(RescueFault, match="needs_key"), opened(cases[0][0], None, ""):
        pass
    assert (bag.held(), bag.contents()) == (0, [])


def test_without_the_laptops_signature_photos_wait_for_a_word(bag: Bag) -> None:
    bag.fill()
    path = bag.seal(sign=False, office="")
    done = bag.take(path)
    assert (done.verdicts, done.files, done.signed) == ({"applied": 3}, {"unsigned": 2}, False)
    assert len(done.missing_files) == 2
    assert bag.take(path, unsigned=True).files == {"taken": 2}
    assert bag.contents() == [SCAN, PHOTO]


def test_a_file_with_another_content_does_not_count(bag: Bag) -> None:
    bag.file("old", PHOTO, sha256="0" * 64)
    assert bag.take(bag.seal()).files == {"hash_differs": 1}
    assert bag.contents() == []


@pytest.mark.parametrize(
    "records",
    [
        [rescue.Content(octets=b"of nothing")],
        [rescue.End(operations=0, files=0, octets=0, lost=0)],
        [rescue.Signed(signature=b"")],
        [rescue.Manifest(laptop="L", office="", made_at=START)],
        [
            rescue.File(visit="v", sha256="0" * 64, size=9, slot="s", media_type="a/b"),
            rescue.Content(octets=b"ten octets"),
        ],
        [rescue.File(visit="v", sha256="0" * 64, size=9, slot="s", media_type="a/b")],
    ],
)
def test_records_out_of_place_are_not_taken(bag: Bag, records: list[rescue.Record]) -> None:
    bag.records = records
    with pytest.raises(RescueFault, match="malformed"):
        bag.take(bag.seal())


def test_a_passphrase_opens_what_has_no_recovery_key(bag: Bag) -> None:
    costs = Costs(salt=b"s" * 16, time_cost=1, memory_kib=64, lanes=1)
    start = rescue.opening(rescue.Head(office="", costs=costs))
    path = bag.folder / "typed.rescue"
    path.write_bytes(start + bytes(100))
    with pytest.raises(RescueFault, match="needs_passphrase"):
        bag.take(path)
    with pytest.raises(RescueFault, match="changed"):
        bag.take(path, phrase="another passphrase")
    dear = Costs(salt=b"s" * 16, memory_kib=1 << 30)
    path.write_bytes(rescue.opening(rescue.Head(office="", costs=dear)))
    with pytest.raises(RescueFault, match="no_rescue_file"):
        bag.take(path, phrase="another passphrase")


KILLED = """
import os, sys
from pathlib import Path
from sync.server import {room} as room
from sync.server.office import Office
from sync.server.recovery_file import read
from sync.server.rescue import import_rescue
from sync.server.rescue_file import opened
from sync.server.settings import ServerSettings

before, left = room.{name}, {left}
def counted(*words, **more):
    global left
    left -= 1
    done = before(*words, **more)
    if left == 0:
        os._exit(9)
    return done
room.{name} = counted
office = Office.open(ServerSettings.in_folder(Path(sys.argv[1])))
with opened(Path(sys.argv[2]), read(Path(sys.argv[3])), "") as file:
    import_rescue(office, file, dry_run=False, unsigned=False)
"""


@pytest.mark.parametrize(
    ("room", "name", "left"),
    [("rescue", "push", 1), ("objects_disk", "_sync_folder", 2)],
)
def test_killed_in_the_middle_and_done_again(
    bag: Bag, tmp_path: Path, room: str, name: str, left: int
) -> None:
    bag.fill()
    path, key = bag.seal(), tmp_path / "recovery.key"
    write(key, bag.half)
    folder = bag.yard.office.settings.key_file.parent
    code = KILLED.format(room=room, name=name, left=left)
    words = [sys.executable, "-c", code, str(folder), str(path), str(key)]
    assert subprocess.run(words, check=False).returncode == 9
    done = bag.take(path)
    assert done.verdicts == {"applied": 3}
    assert bag.contents() == [SCAN, PHOTO]
    assert bag.held() == 3


@given(st.sampled_from([b"", rescue.MARK + b"\0\0\0\x0a"]), st.binary(max_size=600))
def test_any_file_is_a_rescue_file_or_a_named_fault(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, body: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.rescue"
    file.write_bytes(start + body)
    with pytest.raises(RescueFault), opened(file, PrivateHalf.new("O1"), "typed") as found:
        found.look()
