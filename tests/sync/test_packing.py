from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.operation import SignedOperation, sha256_hex
from sync.errors import BadWire
from sync.packing import NotPackable, packed, unpacked
from sync.wire import SyncRequest, decode, encode, encode_packed, is_packed

WORDS = st.binary(max_size=60).filter(lambda b: b"\0" not in b)


@st.composite
def chains(draw: st.DrawFn) -> tuple[SignedOperation, ...]:
    """Operations whose headers name some of the sums, in any order, as a broken chain might."""
    made: list[SignedOperation] = []
    for words in draw(st.lists(st.tuples(WORDS, WORDS, st.binary(max_size=40)), max_size=6)):
        payload = words[2]
        sums = [sha256_hex(payload), *(sha256_hex(one.header) for one in made)]
        named = draw(st.lists(st.sampled_from(sums), max_size=3))
        header = words[0] + " ".join(named).encode() + words[1]
        made.append(SignedOperation(header, b"s" * 64, payload))
    return tuple(made)


@given(chains())
def test_what_is_packed_unpacks_to_the_same(operations: tuple[SignedOperation, ...]) -> None:
    assert unpacked(packed(operations)) == operations
    request = SyncRequest(
        operations=operations, oldest_waiting=datetime(2026, 3, 2, tzinfo=UTC)
    )
    for body in (encode(request), encode_packed(request)):
        assert decode(body, SyncRequest) == request


def test_sums_that_the_other_side_can_work_out_are_left_out() -> None:
    first = SignedOperation(sha256_hex(b"p1").encode(), b"", b"p1")
    second = SignedOperation(
        (sha256_hex(first.header) + sha256_hex(b"p2")).encode(), b"", b"p2"
    )
    assert sum(len(one.header) for one in packed((first, second))) == 6


def test_a_damaged_header_goes_as_it_is() -> None:
    damaged = SignedOperation(b'{"id": "\0d"}', b"", b"")
    with pytest.raises(NotPackable):
        packed([damaged])
    body = encode_packed(SyncRequest(operations=(damaged,)))
    assert not is_packed(body)
    assert decode(body, SyncRequest).operations == (damaged,)


@given(st.binary(max_size=200))
def test_no_body_raises_anything_else(data: bytes) -> None:
    for body in (data, b"\x82" + data, msgspec.msgpack.encode({"operations": [[data, data]]})):
        try:
            decode(body, SyncRequest)
        except BadWire:
            continue
