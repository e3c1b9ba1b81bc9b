from __future__ import annotations

import hashlib

import pytest

from hardware.dlms.acse import Aare, Aarq, Diagnostic, Mechanism
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import GetRequest, GetResponse
from hardware.dlms.association import Association
from hardware.dlms.conversation import REPLY_TO_HLS, Role, State
from hardware.dlms.data import octet_string
from hardware.dlms.hls import Digest, Gmac, check_challenge
from hardware.dlms.initiate import MANAGEMENT, InitiateRequest, InitiateResponse
from hardware.dlms.security import GlobalKeys, SuiteZero
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.values import Obis
from tests.hardware.dlms.ciphered import CLIENT_TITLE, KEYS, METER_TITLE, counting, pair

# Green Book, "Example for HLS authentication with authentication-mechanism 5 with GMAC"
_TO_METER, _TO_CLIENT = b"K56iVagY", b"P6wRJ21F"
_CLIENTS_PROOF = bytes.fromhex("10000000011A52FE7DD3E72748973C1E28")
_METERS_PROOF = bytes.fromhex("1001234567FE1466AFB3DBCD4F9389E2B7")


def _standard_pair() -> tuple[SuiteZero, SuiteZero]:
    client = SuiteZero(KEYS, CLIENT_TITLE, counting(1))
    meter = SuiteZero(KEYS, METER_TITLE, counting(0x01234567))
    client.meet(METER_TITLE)
    meter.meet(CLIENT_TITLE)
    return client, meter


def test_the_standards_proofs_of_hls_5() -> None:
    client, meter = _standard_pair()
    assert Gmac(client).prove(_TO_CLIENT) == _CLIENTS_PROOF
    assert Gmac(meter).prove(_TO_METER) == _METERS_PROOF
    assert Gmac(meter).holds(_CLIENTS_PROOF, _TO_CLIENT)
    assert Gmac(client).holds(_METERS_PROOF, _TO_METER)


@pytest.mark.parametrize(
    "proof",
    [
        b"",
        _METERS_PROOF[:-1],
        _METERS_PROOF + b"\0",
        b"\x30" + _METERS_PROOF[1:],
        _METERS_PROOF[:-1] + b"\0",
        _CLIENTS_PROOF,
    ],
)
def test_what_is_no_proof_does_not_hold(proof: bytes) -> None:
    client, _ = _standard_pair()
    assert not Gmac(client).holds(proof, _TO_METER)


def test_a_proof_is_of_one_challenge_and_one_key() -> None:
    client, meter = _standard_pair()
    assert not Gmac(client).holds(_METERS_PROOF, _TO_CLIENT)
    other = SuiteZero(GlobalKeys(KEYS.encryption, bytes(16)), CLIENT_TITLE, counting(1))
    assert not Gmac(other).holds(_METERS_PROOF, _TO_METER), "nobody was met yet"
    other.meet(METER_TITLE)
    assert not Gmac(other).holds(_METERS_PROOF, _TO_METER)
    assert meter.last == -1, "a proof is outside the run of the APDUs"


def test_a_counter_that_was_taken_first_serves_once() -> None:
    client, meter = pair()
    prover = Gmac(client, 55)
    assert prover.prove(_TO_CLIENT)[1:5] == (55).to_bytes(4, "big")
    assert prover.prove(_TO_CLIENT)[1:5] == (100).to_bytes(4, "big")
    assert client.protect(b"\xc0")[3:7] == (101).to_bytes(4, "big")
    assert Gmac(meter).holds(Gmac(client, 56).prove(_TO_CLIENT), _TO_CLIENT)


@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
def test_a_digest_is_of_challenge_and_secret(algorithm: str) -> None:
    """IEC 62056-5-3: HLS 3 is MD5(challenge || secret), HLS 4 SHA-1 of the same."""
    digest = Digest(algorithm, b"geheim van groep")
    wanted = hashlib.new(algorithm, _TO_CLIENT + b"geheim van groep").digest()
    assert digest.prove(_TO_CLIENT) == wanted
    assert digest.holds(wanted, _TO_CLIENT)
    assert not digest.holds(wanted, _TO_METER)
    assert not Digest(algorithm, b"ander geheim").holds(wanted, _TO_CLIENT)
    assert "geheim" not in repr(digest)


@pytest.mark.parametrize("theirs", [None, b"", b"seven77", bytes(65), _TO_METER])
def test_a_challenge_that_is_not_answered(theirs: bytes | None) -> None:
    with pytest.raises(RemoteProtocolError):
        check_challenge(theirs, _TO_METER)


@pytest.mark.parametrize("theirs", [_TO_CLIENT, bytes(64)])
def test_a_challenge_that_is_answered(theirs: bytes) -> None:
    assert check_challenge(theirs, _TO_METER) == theirs


# The four passes in the machine


def _challenged() -> tuple[Association, Association]:
    """Both ends after the first two passes of HLS 3 in the clear."""
    client, meter = Association(Role.CLIENT), Association(Role.METER)
    asked = InitiateRequest(MANAGEMENT).to_bytes()
    aarq = Aarq(1, Mechanism.HLS_MD5, _TO_METER, None, asked)
    granted = InitiateResponse(MANAGEMENT, 200).to_bytes()
    aare = Aare(
        diagnostic=Diagnostic.AUTHENTICATION_REQUIRED,
        mechanism=Mechanism.HLS_MD5,
        authentication=_TO_CLIENT,
        user_information=granted,
    )
    _carry(client, meter, aarq)
    _carry(meter, client, aare)
    return client, meter


def _carry(sender: Association, receiver: Association, message: Apdu) -> None:
    receiver.feed(sender.send(message))
    receiver.next_event()


def _states(*sides: Association) -> tuple[State, ...]:
    return tuple(side.state for side in sides)


_PROOF = ActionRequest(REPLY_TO_HLS, octet_string(b"proof"))
_GET = GetRequest(AttributeRef(1, Obis(0, 0, 96, 1, 0), 2))


def test_the_four_passes_open_the_association() -> None:
    client, meter = _challenged()
    assert _states(client, meter) == (State.PENDING, State.PENDING)
    assert not client.is_associated
    _carry(client, meter, _PROOF)
    assert not meter.is_associated
    _carry(meter, client, ActionResponse(0, octet_string(b"its proof")))
    assert _states(client, meter) == (State.READY, State.READY)
    assert client.conformance == MANAGEMENT


@pytest.mark.parametrize("refusal", [ActionResponse(3), ExceptionResponse(1, 1)])
def test_a_refused_proof_opens_nothing(refusal: Apdu) -> None:
    client, meter = _challenged()
    _carry(client, meter, _PROOF)
    _carry(meter, client, refusal)
    assert client.state is meter.state is State.IDLE


@pytest.mark.parametrize(
    "message", [_GET, ActionRequest(MethodRef(15, Obis(0, 0, 40, 0, 0), 2)), Aarq()]
)
def test_nothing_but_the_proof_has_a_place_before_it(message: Apdu) -> None:
    client, meter = _challenged()
    with pytest.raises(LocalProtocolError):
        client.send(message)
    with pytest.raises(RemoteProtocolError):
        meter.feed(message.to_bytes())
    _carry(client, meter, _PROOF)
    assert meter.state is State.PROVING


def test_a_proof_has_no_place_in_an_open_association() -> None:
    client, meter = _challenged()
    _carry(client, meter, _PROOF)
    _carry(meter, client, ActionResponse(0))
    with pytest.raises(RemoteProtocolError):
        meter.feed(_PROOF.to_bytes())
    assert meter.is_associated


def test_a_broken_answer_to_the_proof_proves_nothing() -> None:
    client, meter = _challenged()
    _carry(client, meter, _PROOF)
    with pytest.raises(RemoteProtocolError):
        client.feed(GetResponse(0).to_bytes())
    assert client.state is State.PENDING
