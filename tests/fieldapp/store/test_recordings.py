from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.errors import StoreCorrupt, StoreError, StoreFull
from fieldapp.store.database import Database, shelf_of
from fieldapp.store.recordings import Label, Shelf

KEY = bytes(range(32))
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def label(made_at: datetime = NOON, keep: timedelta = DAY, visit: str = "") -> Label:
    return Label(
        kind="recording",
        purpose="workshop",
        visit=visit,
        meter="E0047000012345620",
        made_at=made_at,
        until=made_at + keep,
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "recordings", KEY)
    yield made
    made.close()


def recorded(shelf: Shelf, *octets: bytes, ended: bool = True) -> str:
    name = shelf.begin(label())
    for n, one in enumerate(octets):
        shelf.append(name, NOON + timedelta(seconds=n), one)
    if ended:
        shelf.append(name, NOON, b"")
    return name


def test_what_was_heard_comes_back_with_its_time(shelf: Shelf) -> None:
    name = recorded(shelf, b"/one\r\n", b"/two\r\n")
    pieces = list(shelf.source(name).pieces())
    assert [piece.octets for piece in pieces] == [b"/one\r\n", b"/two\r\n", b""]
    assert [piece.at for piece in pieces[:2]] == [NOON, NOON + timedelta(seconds=1)]
    source = shelf.source(name)
    assert [piece.octets for piece in source.pieces(pieces[1].place)] == [b"/two\r\n", b""]
    assert pieces[-1].end == source.size
    assert source.label() == label()
    assert [(kept.name, kept.label) for kept in shelf.kept()] == [(name, label())]


def test_the_file_tells_nothing(shelf: Shelf, tmp_path: Path) -> None:
    name = recorded(shelf, b"1-0:1.8.1(000123.456*kWh)")
    content = (tmp_path / "recordings" / name).read_bytes()
    for word in (b"E00470", b"1.8.1", b"workshop", b"recording"):
        assert word not in content
    assert (tmp_path / "recordings" / name).stat().st_mode & 0o777 == 0o600


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_a_kill_at_any_octet_leaves_every_whole_piece(
    tmp_path_factory: pytest.TempPathFactory, octets: list[bytes], data: st.DataObject
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("cut"), KEY)
    name = recorded(shelf, *octets, ended=False)
    shelf.close()
    source = shelf.source(name)
    ends = [piece.end for piece in source.pieces() if not piece.is_cut]
    first = next(piece.place for piece in source.pieces())
    cut = data.draw(st.integers(first, source.size))
    with source.path.open("r+b") as file:
        file.truncate(cut)
    *left, last = shelf.source(name).pieces()
    assert [piece.octets for piece in left] == octets[: sum(end <= cut for end in ends)]
    assert (last.octets, last.is_cut) == (b"", True)
    assert shelf.source(name).label() == label()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_change_is_noticed_or_ends_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("changed"), KEY)
    name = recorded(shelf, b"first", b"second")
    path = shelf.source(name).path
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        *told, last = shelf.source(name).pieces()
    except StoreCorrupt:
        return
    assert last.is_cut
    assert [piece.octets for piece in told] in ([], [b"first"], [b"first", b"second"])


def test_a_piece_that_was_moved_or_left_out_is_noticed(shelf: Shelf) -> None:
    name = recorded(shelf, b"aaaa", b"bbbb", b"cccc")
    source = shelf.source(name)
    first, second, third, _ = source.pieces()
    content = source.path.read_bytes()
    source.path.write_bytes(content[: first.end] + content[second.end : third.end])
    with pytest.raises(StoreCorrupt):
        list(shelf.source(name).pieces())


def test_what_is_due_goes_and_the_rest_stays(shelf: Shelf) -> None:
    short = shelf.begin(label(keep=timedelta(hours=1)))
    long = shelf.begin(label(keep=timedelta(days=7)))
    assert shelf.remove_due(NOON + timedelta(minutes=59)) == 0
    assert shelf.remove_due(NOON + timedelta(hours=1)) == 1
    assert [kept.name for kept in shelf.kept()] == [long]
    with pytest.raises(StoreCorrupt):
        shelf.source(short)


def test_a_clock_that_was_set_back_lengthens_nothing(shelf: Shelf) -> None:
    shelf.begin(label())
    assert shelf.remove_due(NOON - timedelta(minutes=30)) == 0
    assert shelf.remove_due(NOON - timedelta(days=3)) == 1


def test_a_file_whose_label_is_lost_goes_with_the_next_sweep(
    shelf: Shelf, tmp_path: Path
) -> None:
    kept = recorded(shelf, b"sound")
    (tmp_path / "recordings" / "stray").write_bytes(b"FAR1")
    other = Shelf(tmp_path / "recordings", bytes(32))
    assert other.kept() == ()
    assert shelf.remove_due(NOON) == 1
    assert [one.name for one in shelf.kept()] == [kept]


def test_of_a_visit_all_goes_with_it(shelf: Shelf) -> None:
    shelf.begin(label(visit="V-1"))
    other = shelf.begin(label(visit="V-2"))
    shelf.remove_visit("V-1")
    assert [kept.name for kept in shelf.kept()] == [other]


def test_the_newest_stands_first(shelf: Shelf) -> None:
    old = shelf.begin(label(NOON - timedelta(hours=2)))
    new = shelf.begin(label(NOON))
    assert [kept.name for kept in shelf.kept()] == [new, old]
    assert Shelf(Path("nowhere"), KEY).kept() == ()


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, StoreFull), (errno.EIO, StoreError)])
def test_a_full_disk_costs_only_the_piece_that_did_not_fit(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[StoreError]
) -> None:
    name = recorded(shelf, b"kept", ended=False)
    there = shelf.kept()

    def full(_handle: int) -> None:
        raise OSError(code, "no")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(kind):
            shelf.append(name, NOON, b"lost")
        with pytest.raises(kind):
            shelf.begin(label())
    assert shelf.kept() == there
    shelf.append(name, NOON, b"later")
    assert [p.octets for p in shelf.source(name).pieces()] == [b"kept", b"later"]
    shelf.leave(name)
    assert [p.is_cut for p in shelf.source(name).pieces()] == [False, False, True]


async def test_recordings_outlive_the_store_that_made_them(tmp_path: Path) -> None:
    db = await Database.open(tmp_path / "laptop.db", KEY)
    name = await db.read(lambda c: recorded(shelf_of(c), b"heard", ended=False))
    await db.close()
    again = await Database.open(tmp_path / "laptop.db", KEY)
    try:
        source = await again.read(lambda c: shelf_of(c).source(name))
        told = [(piece.octets, piece.is_cut) for piece in source.pieces()]
        assert told == [(b"heard", False), (b"", True)]
    finally:
        await again.close()
