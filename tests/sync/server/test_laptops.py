from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.server import laptops, people
from sync.server.attempts import Attempts
from sync.server.auth import Doorkeeper, new_code, signed_by
from sync.server.doors import Role, User
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.vault import Vault
from sync.wire import ChallengeAnswer, EnrolAnswer, EnrolRequest, TokenAnswer, TokenRequest

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, HandClock, Signer


def request(code: str, key: bytes | None = None, *, practice: bool = False) -> EnrolRequest:
    public = key or Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return EnrolRequest(code=code, public_key=public, device_name="Bus 7", practice=practice)


def test_a_code_enrols_one_laptop(backyard: Backyard) -> None:
    code = backyard.code("T1")
    answer = laptops.enrol(backyard.office, request(f" {code.lower().replace('-', ' ')}"))
    assert (answer.technician, answer.technician_name) == ("T1", "Technician T1")
    assert (answer.region, answer.incarnation) == ("Westland", 1)
    assert answer.office == backyard.office.vault.office
    assert len(answer.system_title) == 8
    with pytest.raises(ProblemError, match="enrolment-code-unknown"):
        laptops.enrol(backyard.office, request(code))


def test_a_lost_answer_is_given_again(backyard: Backyard) -> None:
    asked = request(backyard.code("T1"))
    first = laptops.enrol(backyard.office, asked)
    assert laptops.enrol(backyard.office, asked) == first
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, first.laptop)
    with pytest.raises(ProblemError, match="enrolment-code-unknown"):
        laptops.enrol(backyard.office, asked)


def test_codes_end_after_a_day(yard: Backyard, clock: HandClock) -> None:
    code = yard.code("T1")
    clock.pass_time(24 * 3600)
    with pytest.raises(ProblemError, match="enrolment-code-unknown"):
        laptops.enrol(yard.office, request(code))


def test_codes_and_tokens_are_not_kept(yard: Backyard) -> None:
    code, token = yard.code("T1"), yard.token()
    assert yard.one("SELECT code_hash FROM enrolment_codes") != code
    assert yard.one("SELECT token_hash FROM users") != token


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (request("AAAA-AAAA"), "enrolment-code-unknown"),
        (request("", practice=True), "practice-mismatch"),
        (request("", b"short"), "public-key-not-valid"),
    ],
)
def test_who_is_not_enrolled(yard: Backyard, asked: EnrolRequest, problem: str) -> None:
    with pytest.raises(ProblemError, match=problem):
        laptops.enrol(yard.office, asked)


def challenge(office: Office, laptop: str) -> str:
    answer = laptops.give_token(office, TokenRequest(laptop=laptop))
    assert isinstance(answer, ChallengeAnswer)
    return answer.challenge


def signed(signer: Signer, text: str) -> TokenRequest:
    signature = signer.key.sign(b"fieldapp-token:" + text.encode())
    return TokenRequest(laptop=signer.laptop, challenge=text, signature=signature)


def test_a_signed_challenge_gives_one_token(backyard: Backyard, clock: HandClock) -> None:
    office, laptop = backyard.office, backyard.laptop()
    answer = signed(laptop, challenge(office, laptop.laptop))
    token = laptops.give_token(office, answer)
    assert isinstance(token, TokenAnswer)
    assert token.expires_in_s == 600
    ticket = office.door.bearer(token.token, clock.now())
    assert ticket is not None
    assert (ticket.region, ticket.laptop) == ("Westland", laptop.laptop)
    with pytest.raises(ProblemError, match="unauthorized"):
        laptops.give_token(office, answer)
    clock.pass_time(600)
    assert office.door.bearer(token.token, clock.now()) is None
    laptops.give_token(office, signed(laptop, challenge(office, laptop.laptop)))
    assert backyard.one("SELECT count(*) FROM spent_challenges") == 1


def test_every_bad_proof_looks_the_same(yard: Backyard, clock: HandClock) -> None:
    office, laptop, other = yard.office, yard.laptop(), yard.laptop()
    text = challenge(office, laptop.laptop)
    good = signed(laptop, text)
    late = signed(laptop, challenge(office, laptop.laptop))
    nobody = replace(laptop, laptop="nobody")
    bad = [
        signed(other, text),
        TokenRequest(laptop=laptop.laptop, challenge=text, signature=bytes(64)),
        TokenRequest(laptop=laptop.laptop, challenge="x.y", signature=good.signature),
        signed(laptop, office.door.token("Westland", laptop.laptop, clock.now())),
        signed(nobody, challenge(office, "nobody")),
    ]
    for asked in bad:
        with pytest.raises(ProblemError, match="unauthorized"):
            laptops.give_token(office, asked)
    laptops.give_token(office, good)
    clock.pass_time(61)
    with pytest.raises(ProblemError, match="unauthorized"):
        laptops.give_token(office, late)


def test_a_challenge_is_no_token(yard: Backyard, clock: HandClock) -> None:
    text = challenge(yard.office, yard.laptop().laptop)
    assert yard.office.door.bearer(text, clock.now()) is None


def test_another_offices_tokens_are_not_ours(clock: HandClock) -> None:
    ours, theirs = (Doorkeeper(Vault("x", os.urandom(32))) for _ in range(2))
    token = theirs.token("R", "L", clock.now())
    assert theirs.bearer(token, clock.now()) is not None
    assert ours.bearer(token, clock.now()) is None
    for garbage in ("", ".", "a.b", "é.é", token + "x", token[:-4], "=" * 9):
        assert theirs.bearer(garbage, clock.now()) is None


def test_signatures_of_any_shape_are_answered() -> None:
    assert not signed_by(b"", b"", b"")
    assert not signed_by(bytes(32), b"x", b"")


def test_incarnations_count_up_and_titles_differ(backyard: Backyard) -> None:
    laptop = backyard.laptop()
    known = backyard.known(laptop)
    titles = {laptops.new_incarnation(backyard.office, known).system_title for _ in range(3)}
    assert len(titles) == 3
    assert backyard.known(laptop).incarnation == 4
    assert {title[:3] for title in titles} == {b"FAP"}
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, laptop.laptop)
    assert laptops.new_incarnation(backyard.office, known).incarnation == 5, "it may deliver"


def test_practice_laptops_only_where_practice_is(yard: Backyard) -> None:
    laptop = yard.laptop()
    text = challenge(yard.office, laptop.laptop)
    practising = replace(yard.office, settings=replace(yard.office.settings, practice=True))
    with pytest.raises(ProblemError, match="unauthorized"):
        laptops.give_token(practising, signed(laptop, text))
    answer = laptops.enrol(practising, request(yard.code("T1"), practice=True))
    assert isinstance(answer, EnrolAnswer)


def test_people_are_made_once(yard: Backyard) -> None:
    with yard.office.database.writing() as c:
        assert people.add_technician(c, "Westland", "T7", "Jan")
        assert not people.add_technician(c, "Westland", "T7", "Johan")
        with pytest.raises(people.Unknown, match="T7"):
            people.add_technician(c, "Elders", "T7", "Jan")
        with pytest.raises(people.Unknown, match="T8"):
            people.new_enrolment_code(yard.office, c, "T8")
    assert yard.one("SELECT name FROM technicians WHERE id = 'T7'") == "Johan"


def test_a_users_new_token_ends_the_old_one(yard: Backyard) -> None:
    first = yard.token()
    second = yard.token(User("Dirk", Role.AUDITOR, "Elders"))
    assert first != second
    assert yard.one("SELECT count(*) FROM users") == 1
    assert yard.one("SELECT role FROM users") == "auditor"


def test_codes_are_long_and_differ() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code.replace("-", "")) == 16 for code in codes)


def test_failures_are_counted_and_forgotten(clock: HandClock) -> None:
    attempts = Attempts(clock, most=3)

    def attempt(status: int) -> None:
        with attempts.guard("10.0.0.1"):
            if status != 200:
                raise ProblemError(status, "no")

    for status in (200, 403, 422, 401, 200, 403):
        if status == 200:
            attempt(status)
        else:
            with pytest.raises(ProblemError, match="no"):
                attempt(status)
    with pytest.raises(ProblemError, match="too-many-attempts") as stopped:
        attempt(200)
    assert stopped.value.headers == {"Retry-After": "61"}
    with attempts.guard("10.0.0.2"):
        pass
    clock.pass_time(60)
    attempt(200)


def test_the_memory_of_failures_is_bounded(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.attempts._MOST_NAMES", 3)
    attempts = Attempts(clock, most=1)
    for number in range(4):
        with pytest.raises(ProblemError, match="no"), attempts.guard(str(number)):
            raise ProblemError(401, "no")
    with attempts.guard("0"):
        pass
