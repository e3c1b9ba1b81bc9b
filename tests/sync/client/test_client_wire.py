from __future__ import annotations

import gzip
from datetime import UTC, datetime

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.operation import SignedOperation
from fieldapp.store.outbox import OutboxItem
from sync.client import answers, pull, push
from sync.client.address import NOT_AN_ADDRESS, PLAIN_HTTP, parse_address
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.compression import compress, decompress
from sync.errors import BadWire, Refused, SyncError
from sync.wire import (
    Change,
    ChangeKind,
    Outcome,
    SyncAnswer,
    Verdict,
    encode,
    page_checksum,
)

LIMIT = 10_000
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@given(st.binary(max_size=LIMIT))
def test_what_is_packed_unpacks_to_the_same(body: bytes) -> None:
    assert decompress(compress(body), "zstd", LIMIT) == body
    assert decompress(gzip.compress(body), " GZIP ", LIMIT) == body
    assert decompress(body, "identity", LIMIT) == body


@given(st.binary(max_size=400), st.sampled_from(["zstd", "gzip", "br", "", "deflate"]))
def test_unpacking_raises_nothing_but_bad_wire(body: bytes, encoding: str) -> None:
    try:
        assert len(decompress(body, encoding, LIMIT)) <= LIMIT
    except BadWire:
        return


@given(st.integers(1, 300), st.sampled_from(["zstd", "gzip"]))
def test_a_packed_body_that_breaks_off_is_never_taken_for_whole(
    cut: int, encoding: str
) -> None:
    plain = bytes(range(256)) * 8
    packed = zstandard.compress(plain) if encoding == "zstd" else gzip.compress(plain)
    with pytest.raises(BadWire):
        decompress(packed[: max(0, len(packed) - cut)], encoding, LIMIT)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://office.example/", "https://office.example/v1/x"),
        ("https://Office.Example:8443/field/", "https://office.example:8443/field/v1/x"),
        ("https://bücher.example", "https://xn--bcher-kva.example/v1/x"),
        ("http://localhost:8000", "http://localhost:8000/v1/x"),
        ("http://127.3.2.1", "http://127.3.2.1/v1/x"),
        ("http://[::1]:99", "http://[::1]:99/v1/x"),
    ],
)
def test_an_offices_address(text: str, url: str) -> None:
    assert parse_address(text).url("/v1/x") == url


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://office.example", PLAIN_HTTP),
        ("http://10.0.0.1", PLAIN_HTTP),
        ("http://127.0.0.1.example", PLAIN_HTTP),
        ("https://user:secret@office.example", NOT_AN_ADDRESS),
        ("https://office.example?x=1", NOT_AN_ADDRESS),
        ("https://office.example#x", NOT_AN_ADDRESS),
        ("https://", NOT_AN_ADDRESS),
        ("https://office.example:port", NOT_AN_ADDRESS),
        ("https://[", NOT_AN_ADDRESS),
        ("file:///etc/passwd", NOT_AN_ADDRESS),
        ("office.example", NOT_AN_ADDRESS),
        ("", NOT_AN_ADDRESS),
    ],
)
def test_what_is_no_offices_address(text: str, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_address(text)
    assert caught.value.problem == problem


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        parse_address(text)
    except Refused:
        return


def test_a_location_stays_below_the_offices_prefix() -> None:
    office = parse_address("https://office.example/field")
    assert office.path_of("/field/v1/files/7", "/v1/files") == "/v1/files/7"
    assert office.path_of("files/7?a=b", "/v1/x") == "/v1/files/7?a=b"
    for elsewhere in ("/v1/files/7", "/fields/v1", "https://office.example:444/field/v1"):
        with pytest.raises(BadWire):
            office.path_of(elsewhere, "/v1/files")


@given(st.text(max_size=60))
def test_any_location_is_a_path_or_bad_wire(location: str) -> None:
    try:
        path = parse_address("https://office.example").path_of(location, "/v1/files")
    except BadWire:
        return
    assert path.startswith("/")


def as_answer(page: SyncAnswer) -> Answer:
    return Answer(200, {"content-type": "application/json"}, encode(page))


changes_made = st.lists(st.integers(1, 5), max_size=8).map(
    lambda ids: tuple(
        Change(number=n, kind=ChangeKind.WITHDRAWN, visit_id=f"v{visit}", version=n)
        for n, visit in enumerate(ids, start=4)
    )
)


@given(changes=changes_made, more=st.booleans())
def test_a_page_reads_back_as_it_was_made(*, changes: tuple[Change, ...], more: bool) -> None:
    page = SyncAnswer(
        changes=changes,
        cursor=changes[-1].number if changes else 3,
        has_more=more and bool(changes),
        checksum=page_checksum(changes),
        server_time=NOW,
    )
    assert pull.read(as_answer(page), 3) == pull.Page(page)


@given(st.binary(max_size=300))
def test_no_answer_raises_anything_but_sync_errors(body: bytes) -> None:
    for kind in ("application/json", "application/problem+json", "text/html"):
        for status in (200, 400, 401, 500, 503):
            answer = Answer(status, {"content-type": kind, "retry-after": "x"}, body)
            with pytest.raises(SyncError):
                pull.read(answers.check(answer), 0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(
            st.sampled_from(["changes", "verdicts", "cursor", "checksum", "server_time", "x"]),
            inner | st.lists(inner, max_size=3),
            max_size=6,
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_page_or_bad_wire(value: object) -> None:
    body = msgspec.json.encode(value)
    try:
        pull.read(Answer(200, {"content-type": "application/json"}, body), 0)
    except BadWire:
        return


EMPTY = SyncAnswer(checksum=page_checksum(()), server_time=NOW)


@pytest.mark.parametrize(
    "body",
    [
        encode(EMPTY).replace(b'"digest":""', b'"digest":"\xff"'),
        encode(EMPTY).replace(b"2026-03-02T00:00:00Z", b"2026-03-02T00:00:00"),
    ],
    ids=["no text", "a time of nowhere"],
)
def test_an_answer_of_another_form_is_bad_wire(body: bytes) -> None:
    assert body != encode(EMPTY)
    with pytest.raises(BadWire):
        pull.read(Answer(200, {"content-type": "application/json"}, body), 0)


def test_deep_json_is_bad_wire() -> None:
    for body in (b"[" * 100_000, b'{"changes":' * 50_000):
        answer = Answer(200, {"content-type": "application/json"}, body)
        with pytest.raises(BadWire):
            pull.read(answer, 0)
        with pytest.raises(BadWire):
            answers.plain(answer, list[object])


@pytest.mark.parametrize("kind", ["text/html", "", "application/problem+json"])
def test_plain_values_are_json_by_their_type(kind: str) -> None:
    with pytest.raises(BadWire):
        answers.plain(Answer(200, {"content-type": kind}, b"{}"), dict[str, object])


def item(name: str) -> OutboxItem:
    return OutboxItem(
        id=name,
        sequence=1,
        visit="v",
        kind="k",
        made_at=NOW,
        size=10,
        state="waiting",
        reason="",
        received_at=None,
        operation=SignedOperation(b"", b"", b""),
    )


def test_an_unreadable_header_is_known_by_its_place() -> None:
    verdict = Verdict(id="", outcome=Outcome.REJECTED, reason="malformed")
    (pair,) = push.judged((item("a"),), (verdict,))
    assert pair.item.id == "a"
    with pytest.raises(BadWire):
        push.judged((item("a"),), (Verdict(id="", outcome=Outcome.APPLIED),))


def test_a_call_shows_neither_token_nor_body() -> None:
    assert "secret" not in repr(Call("POST", "/x", b"secret", {"A": "secret"}, "secret"))
