from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.client.calls import Call
from sync.client.http import Http, Limits
from sync.errors import (
    BadWire,
    OfficeFault,
    Offline,
    ProxyLocked,
    Refused,
    SyncError,
    TryLater,
    Unauthorized,
)

if TYPE_CHECKING:
    from tests.sync.client.conftest import ScriptedOffice

SHORT = Limits(connect_s=2, read_s=0.2, total_s=0.6, answer_bytes=100_000)
PROBLEM = b'{"type": "urn:fieldapp:x", "title": "T", "status": 400, "detail": "D"}'


def reply(
    status: int, body: bytes = b"{}", kind: str = "application/json", *more: str
) -> bytes:
    head = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + body


def problem(status: int, *more: str, body: bytes = PROBLEM) -> bytes:
    return reply(status, body, "application/problem+json", *more)


@pytest.fixture
def http(office: ScriptedOffice) -> Iterator[Http]:
    session = Http(office.url, limits=SHORT)
    yield session
    session.close()


def test_an_answer_comes_with_its_headers_in_lower_case(
    office: ScriptedOffice, http: Http
) -> None:
    office.answers(reply(200, b'{"a": 1}', "application/json; charset=utf-8", "X-Y: z"))
    answer = http.get("/v1/health", token="secret")
    assert (answer.status, answer.body, answer.headers["x-y"]) == (200, b'{"a": 1}', "z")
    assert answer.media_type == "application/json"
    request = office.requests[0].lower()
    assert request.startswith(b"get /v1/health http/1.1")
    assert b"authorization: bearer secret" in request
    assert b"accept-encoding: zstd, gzip" in request


def test_a_netrc_never_speaks_for_the_laptop(
    office: ScriptedOffice, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    office.answers(reply(200))
    http.get("/")
    assert b"authorization" not in office.requests[0].lower()


def test_one_connection_serves_many_requests(office: ScriptedOffice, http: Http) -> None:
    chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    office.answers(reply(200), chunked, b"HTTP/1.1 200 X\r\nUpload-Offset: 3\r\n\r\n")
    office.answers(reply(200))
    http.get("/1")
    assert http.get("/2").body == b"abc"
    http.head("/3", headers={})
    assert office.connections == 1


def test_a_long_body_travels_packed_and_a_short_one_plain(
    office: ScriptedOffice, http: Http
) -> None:
    office.answers(reply(200), reply(200))
    http.post("/a", b"x" * 5000)
    http.post("/b", b"x" * 10)
    packed, plain = office.requests
    assert b"content-encoding: zstd" in packed.lower()
    sent = packed.partition(b"\r\n\r\n")[2]
    assert zstandard.ZstdDecompressor().decompress(sent) == b"x" * 5000
    assert plain.endswith(b"\r\n\r\n" + b"x" * 10)


def test_an_office_without_zstd_gets_it_plain_from_then_on(
    office: ScriptedOffice, http: Http
) -> None:
    office.answers(problem(415), reply(200), reply(200))
    http.post("/a", b"x" * 5000, token="t")
    http.post("/a", b"x" * 5000)
    packed = [b"Content-Encoding: zstd" in request for request in office.requests]
    assert packed == [True, False, False]
    assert b"Bearer t" in office.requests[1]


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_packed_answers_are_unpacked(office: ScriptedOffice, http: Http, encoding: str) -> None:
    plain = b'{"a": "' + b"y" * 2000 + b'"}'
    body = zstandard.compress(plain) if encoding == "zstd" else gzip.compress(plain)
    office.answers(reply(200, body, "application/json", f"Content-Encoding: {encoding}"))
    assert http.get("/").body == plain


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
@pytest.mark.parametrize("damage", ["bomb", "broken off", "garbage"])
def test_packed_answers_can_hurt_nobody(
    office: ScriptedOffice, http: Http, encoding: str, damage: str
) -> None:
    pack = zstandard.compress if encoding == "zstd" else gzip.compress
    body = pack(bytes(50_000_000)) if damage == "bomb" else pack(b"abc" * 100)
    if damage == "broken off":
        body = body[:-6]
    if damage == "garbage":
        body = b"garbage" + body
    office.answers(reply(200, body, "application/json", f"Content-Encoding: {encoding}"))
    with pytest.raises(BadWire):
        http.get("/")


def test_an_encoding_nobody_asked_for_is_refused(office: ScriptedOffice, http: Http) -> None:
    office.answers(reply(200, b"{}", "application/json", "Content-Encoding: br"))
    with pytest.raises(BadWire):
        http.get("/")


def test_an_answer_has_a_size_limit(office: ScriptedOffice, http: Http) -> None:
    office.answers(reply(200, bytes(150_000)))
    with pytest.raises(BadWire, match="100000 bytes"):
        http.get("/")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", Offline),
        (b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nabc", Offline),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Offline),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", Offline),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", Offline),
        (b"SSH-2.0-OpenSSH_9.6\r\n", BadWire),
        (b"\x00\xff\x16\x03\r\n\r\n", BadWire),
        (b"HTTP/1.1 200 X\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", BadWire),
        (b"HTTP/1.1 200 X\r\n" + b"A: b\r\n" * 200 + b"\r\n", Offline),
    ],
)
def test_a_broken_line_and_a_stranger_are_told_apart(
    office: ScriptedOffice, http: Http, raw: bytes, error: type[SyncError]
) -> None:
    office.answers(raw)
    with pytest.raises(error) as caught:
        http.get("/")
    assert type(caught.value) is error


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    http = Http(f"http://127.0.0.1:{port}", limits=SHORT)
    with pytest.raises(Offline):
        http.get("/")
    http.close()


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (problem(401), Unauthorized),
        (problem(403), Refused),
        (problem(404), Refused),
        (problem(409), Refused),
        (problem(413), Refused),
        (reply(404, b"<html>", "text/html"), BadWire),
        (reply(401, b"<html>", "text/html"), BadWire),
        (reply(403, b'{"detail": "no"}'), BadWire),
        (problem(400, body=b'{"broken'), BadWire),
        (reply(500, b"oops", "text/plain"), OfficeFault),
        (reply(502, b"<html>", "text/html"), Offline),
        (reply(503, b""), Offline),
        (reply(504, b""), Offline),
        (problem(423), Offline),
        (problem(429), Offline),
        (reply(407, b"<html>", "text/html"), ProxyLocked),
    ],
)
def test_each_status_says_who_has_to_act(
    office: ScriptedOffice, http: Http, raw: bytes, error: type[SyncError]
) -> None:
    office.answers(raw)
    with pytest.raises(error) as caught:
        http.get("/")
    assert type(caught.value) is error


def test_a_withdrawn_laptop_signs_in_again_whatever_the_status(
    office: ScriptedOffice, http: Http
) -> None:
    body = PROBLEM.replace(b"fieldapp:x", b"fieldapp:laptop-withdrawn")
    office.answers(problem(403, body=body))
    with pytest.raises(Unauthorized, match="laptop-withdrawn"):
        http.get("/")


def test_a_refusal_carries_the_problems_name(office: ScriptedOffice, http: Http) -> None:
    office.answers(problem(422))
    with pytest.raises(Refused) as caught:
        http.get("/")
    assert (caught.value.problem, caught.value.detail) == ("urn:fieldapp:x", "D")


@pytest.mark.parametrize("status", [423, 429, 503])
@pytest.mark.parametrize(
    ("fields", "wait_s"),
    [
        (("Retry-After: 7",), 7.0),
        (("Retry-After: 99999999999",), 3600.0),
        (
            (
                "Date: Wed, 21 Oct 2015 07:28:00 GMT",
                "Retry-After: Wed, 21 Oct 2015 07:28:30 GMT",
            ),
            30.0,
        ),
        (
            (
                "Date: Wed, 21 Oct 2015 07:28:00 GMT",
                "Retry-After: Wed, 21 Oct 2015 07:00:00 GMT",
            ),
            0.0,
        ),
    ],
)
def test_a_busy_office_names_its_wait(
    office: ScriptedOffice, http: Http, status: int, fields: tuple[str, ...], wait_s: float
) -> None:
    office.answers(problem(status, *fields))
    with pytest.raises(TryLater) as caught:
        http.get("/")
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("value", ["soon", "-1", "1e9", "٣", "Wed, 99 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_is_none_is_passed_over(
    office: ScriptedOffice, http: Http, value: str
) -> None:
    raw = problem(503, "Retry-After: @").replace(b"@", value.encode())
    office.answers(raw)
    with pytest.raises(Offline) as caught:
        http.get("/")
    assert type(caught.value) is Offline


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    [
        "https://portal.example/login",
        "//127.0.0.2/",
        "http://127.0.0.1:1/",
        "http://[",
        "ftp://x",
    ],
)
def test_no_redirect_leads_to_another_host(
    office: ScriptedOffice, http: Http, status: int, target: str
) -> None:
    office.answers(reply(status, b"", "text/html", f"Location: {target}"))
    with pytest.raises(BadWire):
        http.get("/")
    assert len(office.requests) == 1


def test_a_redirect_on_the_same_host_is_followed(office: ScriptedOffice, http: Http) -> None:
    office.answers(reply(307, b"", "text/html", "Location: ../b?c=d"), reply(200, b"yes"))
    assert http.get("/v1/a").body == b"yes"
    assert office.requests[1].startswith(b"GET /b?c=d ")


def test_redirects_in_a_circle_end(office: ScriptedOffice, http: Http) -> None:
    office.answers(*[reply(307, b"", "text/html", "Location: /a")] * 9)
    with pytest.raises(BadWire, match="circle"):
        http.get("/a")
    assert len(office.requests) == 3


def test_only_the_accepted_statuses_come_back(office: ScriptedOffice, http: Http) -> None:
    office.answers(problem(409))
    assert http.send(Call("PATCH", "/x", b"d", accepted={204, 409})).status == 409


_BEGINNINGS = [
    b"",
    b"HTTP/1.1 200 X\r\n",
    b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 X\r\nContent-Encoding: zstd\r\n\r\n",
    b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 307 X\r\nLocation: ",
    b"HTTP/1.1 429 X\r\nRetry-After: ",
    b"HTTP/1.1 400 X\r\nContent-Type: application/problem+json\r\n\r\n",
]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=st.sampled_from(_BEGINNINGS), rest=st.binary(max_size=200))
def test_nothing_but_the_named_errors_comes_out(
    office: ScriptedOffice, start: bytes, rest: bytes
) -> None:
    office.forget()
    office.answers(start + rest)
    http = Http(office.url, limits=SHORT)
    try:
        http.get("/")
    except SyncError:
        pass
    finally:
        http.close()
