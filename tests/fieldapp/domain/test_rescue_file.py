from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain import rescue
from fieldapp.domain.passphrase import Costs
from fieldapp.domain.rescue import RescueDamaged
from fieldapp.store import secrets

KEY = bytes(range(32))
AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
START = rescue.opening(rescue.Head(office="O1", recovery="r", sealed=b"s"))
RECORDS: list[rescue.Record] = [
    rescue.Manifest(laptop="L1", office="O1", made_at=AT),
    rescue.Operation(header=b"h", signature=b"s" * 64, payload=b"p" * 900, state="waiting"),
    rescue.File(visit="v", sha256="0" * 64, size=200_000, slot="old", media_type="image/jpeg"),
    rescue.Content(octets=b"x" * 150_000),
    rescue.Content(octets=b"y" * 50_000),
    rescue.Lost(what="file", which="1" * 64),
    rescue.End(operations=1, files=1, octets=200_900, lost=1),
    rescue.Signed(signature=b"q" * 64),
]


def seal(nonce: bytes, plain: bytes, about: bytes) -> bytes:
    return secrets.seal(KEY, nonce, plain, about)


def unseal(nonce: bytes, sealed: bytes, about: bytes) -> bytes:
    try:
        return secrets.unseal(KEY, nonce, sealed, about)
    except secrets.Tampered as e:
        raise RescueDamaged("changed") from e


def written(records: list[rescue.Record], start: bytes = START) -> bytes:
    writer = rescue.Writer(start, seal)
    return b"".join(writer.add(record) for record in records) + writer.close()


def read(octets: bytes, step: int = 1 << 20, start: bytes = START) -> list[rescue.Record]:
    reader = rescue.Reader(start, unseal)
    found: list[rescue.Record] = []
    for place in range(0, len(octets), step):
        found += reader.feed(octets[place : place + step])
    return found + list(reader.close())


@pytest.mark.parametrize("step", [1, 61, rescue.SEALED, rescue.SEALED + 1, 1 << 20])
def test_what_is_written_is_read_however_it_is_cut(step: int) -> None:
    few = RECORDS[:2] if step == 1 else RECORDS
    assert read(written(few), step) == few


@given(st.integers(0, 3 * rescue.SEALED))
def test_any_size_comes_back(size: int) -> None:
    records: list[rescue.Record] = [rescue.Content(octets=b"z" * size)]
    assert read(written(records), 60_000) == records


def test_the_head_comes_back() -> None:
    length = rescue.head_length(START[: rescue.START])
    assert rescue.parse_head(START[rescue.START :]).office == "O1"
    assert length == len(START) - rescue.START


SEALED = written(RECORDS)


@given(st.integers(0, len(SEALED) - 1))
def test_a_cut_file_is_noticed_wherever_it_is_cut(end: int) -> None:
    with pytest.raises(RescueDamaged) as caught:
        read(SEALED[:end])
    on_a_seam = end % rescue.SEALED < rescue.TAG
    assert caught.value.reason == "cut_short" or not on_a_seam


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_octet_is_noticed_wherever_it_is(place: int, by: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= by
    with pytest.raises(RescueDamaged):
        read(bytes(changed))


def test_pieces_that_were_swapped_doubled_or_added_are_noticed() -> None:
    size = rescue.SEALED
    first, second = SEALED[:size], SEALED[size : 2 * size]
    for wrong in (second + first + SEALED[2 * size :], first + SEALED, SEALED + first):
        with pytest.raises(RescueDamaged):
            read(wrong)


def test_pieces_of_another_file_under_the_same_key_are_noticed() -> None:
    with pytest.raises(RescueDamaged):
        read(SEALED, start=rescue.opening(rescue.Head(office="O2", recovery="r")))


@given(st.binary(max_size=400))
def test_whoever_has_the_key_and_writes_nonsense_gets_a_named_error(plain: bytes) -> None:
    nonce = bytes(11) + b"\x01"
    context = rescue.Writer(START, lambda _n, _p, about: about).close()
    try:
        found = read(secrets.seal(KEY, nonce, plain, context))
    except RescueDamaged:
        return
    assert all(isinstance(one, rescue.Record) for one in found)


@given(st.binary(max_size=200))
def test_any_head_is_a_head_or_a_named_error(body: bytes) -> None:
    for parse in (rescue.head_length, rescue.parse_head):
        with contextlib.suppress(RescueDamaged):
            parse(body)


def test_a_record_beyond_every_measure_takes_no_memory() -> None:
    nonce = bytes(11) + b"\x01"
    context = rescue.Writer(START, lambda _n, _p, about: about).close()
    with pytest.raises(RescueDamaged, match="malformed"):
        read(secrets.seal(KEY, nonce, b"\xff" * 8, context))


@pytest.mark.parametrize(
    "costs",
    [
        Costs(salt=b"s" * 16, memory_kib=1 << 21),
        Costs(salt=b"s" * 16, time_cost=1000),
        Costs(salt=b"s" * 16, lanes=0),
        Costs(salt=b"short"),
    ],
)
def test_costs_that_take_the_machine_are_not_affordable(costs: Costs) -> None:
    assert not costs.affordable
    assert Costs(salt=b"s" * 16).affordable
