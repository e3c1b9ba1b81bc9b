"""A laptop that proves itself with its first sync, in place of fetching a token before."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sync.server.laptops import withdraw
from sync.wire import (
    PROOF,
    TOKEN_HEADER,
    ChallengeAnswer,
    SyncRequest,
    TokenRequest,
    decode,
    encode,
)

if TYPE_CHECKING:
    import httpx

    from tests.sync.server.doubles import Backyard, Running, Signer


class Prover:
    """Asks for challenges and signs them."""

    def __init__(self, running: Running, laptop: Signer) -> None:
        self._running = running
        self._laptop = laptop

    def proof(self) -> str:
        with self._running.client() as http:
            asked = http.post(
                "/v1/token", content=encode(TokenRequest(laptop=self._laptop.laptop))
            )
        challenge = decode(asked.content, ChallengeAnswer).challenge
        signature = self._laptop.key.sign(b"fieldapp-token:" + challenge.encode())
        return self.said(
            TokenRequest(laptop=self._laptop.laptop, challenge=challenge, signature=signature)
        )

    def said(self, request: TokenRequest) -> str:
        return f"{PROOF} {base64.urlsafe_b64encode(encode(request)).decode().rstrip('=')}"

    def sync(self, authorization: str) -> httpx.Response:
        with self._running.client() as http:
            headers = {"Authorization": authorization}
            return http.post("/v1/sync", content=encode(SyncRequest()), headers=headers)


@pytest.fixture
def prover(running: Running, laptop: Signer) -> Prover:
    return Prover(running, laptop)


def test_a_proof_is_good_once_and_brings_a_token(prover: Prover) -> None:
    proof = prover.proof()
    first = prover.sync(proof)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-store"
    assert prover.sync(f"Bearer {first.headers[TOKEN_HEADER]}").status_code == 200
    assert prover.sync(proof).status_code == 401


def test_whoever_can_not_prove_it_gets_the_same_no(prover: Prover, laptop: Signer) -> None:
    unsigned = prover.said(TokenRequest(laptop=laptop.laptop))
    wrong = prover.said(TokenRequest(laptop=laptop.laptop, challenge="x", signature=b"y"))
    for said in (PROOF, f"{PROOF} %%%", f"{PROOF} AAAA", unsigned, wrong):
        answer = prover.sync(said)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:fieldapp:unauthorized")
        assert TOKEN_HEADER not in answer.headers


def test_tries_are_counted_as_at_the_token(prover: Prover, laptop: Signer) -> None:
    wrong = prover.said(TokenRequest(laptop=laptop.laptop, challenge="x", signature=b"y"))
    answers = [prover.sync(wrong).status_code for _ in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_a_withdrawn_laptop_may_prove_itself_and_gets_nothing(
    prover: Prover, running: Running, premises: Backyard, laptop: Signer
) -> None:
    premises.visits()
    proof = prover.proof()
    with running.office.database.writing() as c:
        withdraw(running.office, c, laptop.laptop)
    answer = prover.sync(proof)
    assert answer.status_code == 200
    assert answer.json()["changes"] == []
