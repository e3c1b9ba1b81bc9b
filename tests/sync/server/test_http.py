from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import zstandard
from sqlalchemy.exc import OperationalError

from fieldapp.domain.facts import VisitAccepted
from sync.server import laptops
from sync.server.doors import Role, User
from sync.wire import (
    IncarnationAnswer,
    Problem,
    SyncAnswer,
    SyncRequest,
    TokenRequest,
    decode,
    encode,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running


def problem(answer: httpx.Response) -> Problem:
    assert answer.headers["content-type"] == "application/problem+json"
    found = decode(answer.content, Problem)
    assert found.status == answer.status_code
    assert found.type.startswith("urn:fieldapp:")
    assert found.title
    return found


def test_a_laptops_morning(running: Running, premises: Backyard) -> None:
    visit, *_ = premises.visits(number=3)
    laptop = running.enrol(premises.code("T1"))
    with running.client(running.token_of(laptop)) as http:
        fact = VisitAccepted(at=running.office.clock.now())
        request = SyncRequest(operations=(laptop.operation(visit, fact),))
        answer = decode(http.post("/v1/sync", content=encode(request)).content, SyncAnswer)
        assert [v.outcome.value for v in answer.verdicts] == ["applied"]
        assert len(answer.changes) == 3
        anew = decode(http.post("/v1/incarnations").content, IncarnationAnswer)
        assert anew.incarnation == 2


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_bodies_are_packed_both_ways(
    running: Running, premises: Backyard, encoding: str
) -> None:
    premises.visits(number=2)
    laptop = running.enrol(premises.code("T1"))
    plain = encode(SyncRequest())
    pack: dict[str, Any] = {
        "identity": bytes,
        "gzip": gzip.compress,
        "zstd": zstandard.compress,
    }
    headers = {"Content-Encoding": encoding, "Accept-Encoding": encoding}
    with (
        running.client(running.token_of(laptop)) as http,
        http.stream(
            "POST", "/v1/sync", content=pack[encoding](plain), headers=headers
        ) as answer,
    ):
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding", "identity") == encoding
    unpack: dict[str, Any] = {
        "identity": bytes,
        "gzip": gzip.decompress,
        "zstd": zstandard.decompress,
    }
    assert len(decode(unpack[encoding](raw), SyncAnswer).changes) == 2


@pytest.mark.parametrize("said", ["zstd;q=0, gzip; q=0.0", "br", ""])
def test_an_encoding_that_is_not_taken_is_not_used(
    running: Running, premises: Backyard, said: str
) -> None:
    premises.visits(number=2)
    laptop = running.enrol(premises.code("T1"))
    with running.client(running.token_of(laptop)) as http:
        answer = http.post(
            "/v1/sync", content=encode(SyncRequest()), headers={"Accept-Encoding": said}
        )
    assert "content-encoding" not in answer.headers
    assert len(decode(answer.content, SyncAnswer).changes) == 2


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"\xff", {}, 400),
        (b"[" * 50_000, {}, 400),
        (b"junk", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400),
        (b"junk", {"Content-Encoding": "zstd"}, 400),
        (zstandard.compress(b"{}" * 5000)[:-9], {"Content-Encoding": "zstd"}, 400),
        (b"x", {"Content-Encoding": "br"}, 415),
        (b" " * (64 * 1024 + 1), {}, 413),
        (gzip.compress(b" " * 1_000_000, mtime=0), {"Content-Encoding": "gzip"}, 413),
        (zstandard.compress(b" " * 50_000_000), {"Content-Encoding": "zstd"}, 413),
    ],
)
def test_bodies_that_are_not_taken(
    running: Running, content: bytes, headers: dict[str, str], status: int
) -> None:
    with running.client() as http:
        answer = http.post("/v1/token", content=content, headers=headers)
    assert problem(answer).status == status


def test_a_body_of_unknown_length_has_its_limit_too(running: Running) -> None:
    def endless() -> Any:
        for _ in range(100):
            yield b" " * 1024

    with running.client() as http:
        assert problem(http.post("/v1/token", content=endless())).status == 413


def test_a_large_window_is_not_opened(running: Running) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    bomb = zstandard.ZstdCompressor(compression_params=parameters).compress(bytes(40_000_000))
    with running.client() as http:
        answer = http.post("/v1/token", content=bomb, headers={"Content-Encoding": "zstd"})
    assert problem(answer).status in {400, 413}


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "x" * 5000])
def test_without_a_credential_nothing_happens(running: Running, token: str) -> None:
    with running.client(token) as http:
        for method, path in (
            ("POST", "/v1/sync"),
            ("POST", "/v1/incarnations"),
            ("POST", "/v1/planning/import"),
            ("GET", "/v1/planning/status"),
        ):
            answer = http.request(method, path)
            assert problem(answer).type == "urn:fieldapp:unauthorized"
            assert answer.headers["www-authenticate"] == "Bearer"
        other = http.post("/v1/sync", headers={"Authorization": "Basic eA=="})
        assert other.status_code == 401


def test_the_credential_comes_before_the_body(running: Running) -> None:
    with running.client() as http:
        answer = http.post("/v1/sync", content=b"x" * 3_000_000)
    assert answer.status_code == 401


def test_a_token_of_a_laptop_that_is_gone(running: Running) -> None:
    office = running.office
    token = office.door.token("Westland", "nobody", office.clock.now())
    with running.client(token) as http:
        assert http.post("/v1/sync", content=b"{}").status_code == 401


def test_a_withdrawn_laptop_still_gets_in_to_deliver(
    running: Running, premises: Backyard
) -> None:
    (visit,) = premises.visits()
    laptop = running.enrol(premises.code("T1"))
    with running.office.database.writing() as c:
        laptops.withdraw(running.office, c, laptop.laptop)
    fact = VisitAccepted(at=running.office.clock.now())
    request = SyncRequest(operations=(laptop.operation(visit, fact),))
    with running.client(running.token_of(laptop)) as http:
        answer = decode(http.post("/v1/sync", content=encode(request)).content, SyncAnswer)
        assert http.post("/v1/incarnations").status_code == 200
    assert answer.verdicts[0].reason == "laptop_withdrawn"
    assert answer.changes == ()


def test_guessing_is_slowed_down(running: Running, premises: Backyard) -> None:
    guess = encode(TokenRequest(laptop="L", challenge="c", signature=b"s"))
    laptop = running.enrol(premises.code("T1"))
    with running.client() as http:
        answers = [http.post("/v1/token", content=guess) for _ in range(31)]
    assert [a.status_code for a in answers] == [401] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert running.token_of(laptop)


def test_health_and_description(running: Running) -> None:
    with running.client() as http:
        assert http.get("/v1/health").json() == {"status": "ok"}
        assert http.get("/docs").status_code == 200
        described = http.get("/openapi.json").json()
        again = http.get("/openapi.json").json()
    assert described == again
    schemas = described["components"]["schemas"]
    assert {"SyncRequest", "SyncAnswer", "Visit", "DayFile", "Fault"} <= schemas.keys()
    text = json.dumps(described)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    assert "/v1/files/{file}" in described["paths"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/v1/sync", 405), ("DELETE", "/v1/enrol", 405)],
)
def test_other_places_are_problems_too(
    running: Running, method: str, path: str, status: int
) -> None:
    with running.client() as http:
        assert problem(http.request(method, path)).status == status


def test_a_bug_tells_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise RuntimeError("Oefenklant Eén")

    monkeypatch.setattr("sync.server.laptops.give_token", bug)
    with running.client() as http:
        answer = http.post("/v1/token", content=b'{"laptop":"x"}')
    assert problem(answer).type == "urn:fieldapp:internal"
    assert "Oefenklant" not in answer.text


def test_a_held_database_is_told_as_busy(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise OperationalError("x", None, Exception("database is locked"))

    monkeypatch.setattr("sync.server.laptops.give_token", held)
    with running.client() as http:
        answer = http.post("/v1/token", content=b'{"laptop":"x"}')
    assert problem(answer).status == 503
    assert answer.headers["retry-after"] == "1"


def test_roles_open_different_doors(running: Running, premises: Backyard) -> None:
    auditor = premises.token(User("Anna", Role.AUDITOR, "Westland"))
    with running.client(auditor) as http:
        answer = http.get("/v1/planning/status")
    assert problem(answer).type == "urn:fieldapp:role-not-allowed"


def test_gzip_of_several_members_is_cut_off(running: Running) -> None:
    packer = zlib.compressobj(wbits=31)
    one = packer.compress(b'{"laptop":"x"}') + packer.flush()
    with running.client() as http:
        answer = http.post(
            "/v1/token", content=one + b"tail", headers={"Content-Encoding": "gzip"}
        )
    assert answer.status_code == 200
