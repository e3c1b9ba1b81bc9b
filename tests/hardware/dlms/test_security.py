from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.acse import Aarq, Release
from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
from hardware.dlms.apdu_get import GetRequest, GetResponse
from hardware.dlms.apdu_set import SetResponse
from hardware.dlms.data import enum
from hardware.dlms.initiate import (
    MANAGEMENT,
    InitiateRequest,
    InitiateResponse,
    ServiceError,
)
from hardware.dlms.octets import counted
from hardware.dlms.security import (
    GlobalKeys,
    Protection,
    Sealed,
    SuiteZero,
    seal,
    unseal,
)
from hardware.dlms.targets import AttributeRef
from hardware.errors import RemoteProtocolError, Undecipherable, WrongCounter
from hardware.values import Obis
from tests.hardware.dlms.ciphered import (
    CLIENT_TITLE,
    KEYS,
    METER_TITLE,
    counting,
    pair,
)

_TARGET = AttributeRef(1, Obis(0, 0, 96, 1, 0), 2)
_GET = GetRequest(_TARGET).to_bytes()
# Green Book, "Example for ciphered APDUs": GET of the time of the clock
_PLAIN = bytes.fromhex("C0010000080000010000FF0200")
_COUNTER = 0x01234567


@pytest.mark.parametrize(
    ("control", "behind_the_length"),
    [
        (
            Protection.AUTHENTICATED,
            "10 01234567 C0010000080000010000FF0200 06725D910F9221D263877516",
        ),
        (Protection.ENCRYPTED, "20 01234567 411312FF935A47566827C467BC"),
        (
            Protection.BOTH,
            "30 01234567 411312FF935A47566827C467BC 7D825C3BE4A77C3FCC056B6B",
        ),
    ],
)
def test_the_standards_ciphered_get(control: Protection, behind_the_length: str) -> None:
    sealed = seal(KEYS, METER_TITLE, _COUNTER, _PLAIN, control)
    assert sealed.to_bytes() == bytes.fromhex(behind_the_length)
    assert Sealed.from_bytes(sealed.to_bytes()) == sealed
    assert unseal(KEYS, METER_TITLE, sealed) == _PLAIN


@pytest.mark.parametrize("control", [0x00, 0x31, 0x70, 0xB0])
def test_what_is_not_of_suite_0_is_not_opened(control: int) -> None:
    with pytest.raises(RemoteProtocolError, match="suite 0"):
        unseal(KEYS, METER_TITLE, Sealed(control, 1, bytes(20)))


def test_the_standards_glo_get_request() -> None:
    cipher = SuiteZero(KEYS, METER_TITLE, counting(_COUNTER))
    assert cipher.protect(_PLAIN) == bytes.fromhex(
        "C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B"
    )


def test_the_standards_ciphered_initiate() -> None:
    """Green Book, "Example: AARQ APDU with a dedicated key, ciphered"."""
    octets = bytes.fromhex(
        "21303001234567801302FF8A7874133D414CED25B42534D28DB0047720606B17"
        "5BD52211BE6841DB204D39EE6FDB8E356855"
    )
    reader = SuiteZero(KEYS, CLIENT_TITLE, counting(1))
    reader.meet(METER_TITLE)
    plain = reader.unprotect(octets)
    assert plain.hex().upper() == (
        "01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F04B0"
    )
    assert InitiateRequest.from_bytes(plain).max_pdu == 0x04B0


def test_the_standards_ciphered_aarq_and_release() -> None:
    """Green Book, annexes on AARQ and RLRE in a ciphered context (also in dlms-cosem)."""
    aarq = Aarq.from_bytes(
        bytes.fromhex(
            "6066A109060760857405080103A60A04084D4D4D0000BC614E8A0207808B0760857405080201"
            "AC0A80083132333435363738BE34043221303001234567801302FF8A7874133D414CED25B425"
            "34D28DB0047720606B175BD52211BE6841DB204D39EE6FDB8E356855"
        )
    )
    assert (aarq.context, aarq.mechanism, aarq.system_title) == (3, 1, METER_TITLE)
    meter = SuiteZero(KEYS, CLIENT_TITLE, counting(1))
    meter.meet(aarq.system_title)
    asked = InitiateRequest.from_bytes(meter.unprotect(aarq.user_information))
    assert asked.conformance & MANAGEMENT
    rlre = Release.from_bytes(
        bytes.fromhex(
            "6328800100BE230421281F3001234567891214A0845E475714383F65BC19745CA235906525E4"
            "F3E1C893"
        )
    )
    assert rlre.is_response
    sealed = Sealed.from_bytes(rlre.user_information[2:])
    opened = unseal(KEYS, METER_TITLE, sealed)
    assert InitiateResponse.from_bytes(opened).max_pdu == 0x0400


@given(st.binary(max_size=600), st.sampled_from(list(Protection.__members__.values())))
@settings(max_examples=60)
def test_what_was_sealed_opens(text: bytes, control: Protection) -> None:
    assert unseal(KEYS, CLIENT_TITLE, seal(KEYS, CLIENT_TITLE, 5, text, control)) == text


@pytest.mark.parametrize("general", [False, True])
@given(size=st.integers(0, 65_000))
@settings(max_examples=30)
def test_lengths_have_as_many_octets_as_they_need(size: int, *, general: bool) -> None:
    client, meter = pair(general=general)
    plain = b"\xc0" + bytes(size)
    octets = client.protect(plain)
    assert len(octets) <= len(plain) + client.overhead
    assert meter.unprotect(octets) == plain


def test_a_general_apdu_has_its_title_and_a_length_of_two_octets() -> None:
    client, _ = pair(general=True)
    octets = client.protect(b"\xc0" + bytes(139))
    assert octets[:10] == b"\xdb\x08" + CLIENT_TITLE
    assert octets[10:13] == bytes((0x81, 140 + 17, 0x30))
    assert client.protect(b"\xc0" + bytes(300))[10] == 0x82


def test_the_initiate_stays_service_specific_where_the_rest_is_general() -> None:
    client, _ = pair(general=True)
    assert client.protect(InitiateRequest(MANAGEMENT).to_bytes())[0] == 0x21
    assert client.protect(_GET)[0] == 0xDB


def test_a_meter_is_answered_in_the_form_that_it_speaks() -> None:
    client, meter = pair()
    assert client.protect(_GET)[0] == 0xC8
    meter.general = True
    client.unprotect(meter.protect(GetResponse(enum(1)).to_bytes()))
    assert client.protect(_GET)[0] == 0xDB


def test_a_general_apdu_may_leave_its_title_out() -> None:
    client, meter = pair(general=True)
    octets = client.protect(_GET)
    shorter = b"\xdb\x00" + octets[10:]
    assert meter.unprotect(shorter) == _GET


def test_no_counter_is_taken_twice_and_each_is_the_next() -> None:
    client, meter = pair()
    counters = []
    for _ in range(5):
        octets = client.protect(_GET)
        counters.append(int.from_bytes(octets[3:7], "big"))
        meter.unprotect(octets)
    assert counters == [100, 101, 102, 103, 104]
    assert meter.last == 104


def test_a_replay_is_refused_by_name() -> None:
    client, meter = pair()
    first, second = client.protect(_GET), client.protect(_GET)
    meter.unprotect(second)
    for old in (second, first):
        with pytest.raises(WrongCounter):
            meter.unprotect(old)
    assert meter.unprotect(client.protect(_GET)) == _GET


def test_a_gap_is_refused_only_where_counters_must_follow_each_other() -> None:
    client, meter = pair()
    meter.unprotect(client.protect(_GET))
    client.protect(_GET)
    skipped = client.protect(_GET)
    meter.exact = True
    with pytest.raises(WrongCounter):
        meter.unprotect(skipped)
    meter.exact = False
    assert meter.unprotect(skipped) == _GET


@given(st.data())
@settings(max_examples=80)
def test_one_changed_octet_opens_nothing(data: st.DataObject) -> None:
    client, meter = pair(general=data.draw(st.booleans()))
    octets = bytearray(client.protect(_GET))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    try:
        opened = meter.unprotect(bytes(octets))
    except RemoteProtocolError:
        return
    assert opened[0] in {0x0E, 0xD8}, "a refusal in the clear says nothing but no"


@pytest.mark.parametrize("which", ["encryption", "authentication"])
def test_another_key_opens_nothing(which: str) -> None:
    client, _ = pair()
    other = {"encryption": KEYS.encryption, "authentication": KEYS.authentication}
    other[which] = bytes(16)
    meter = SuiteZero(GlobalKeys(**other), METER_TITLE, counting(1))
    meter.meet(CLIENT_TITLE)
    with pytest.raises(Undecipherable):
        meter.unprotect(client.protect(_GET))


def _forged(control: int, text: bytes = _GET, tag: int = 0xC8) -> bytes:
    sealed = seal(KEYS, CLIENT_TITLE, 500, text, control)
    return bytes((tag,)) + counted(sealed.to_bytes())


@pytest.mark.parametrize(
    ("octets", "say"),
    [
        (_GET, "without protection"),
        (_forged(Protection.AUTHENTICATED), "0x10"),
        (_forged(Protection.ENCRYPTED), "0x20"),
        (b"\xc8\x05\x30\0\0\1\0", "without its tag"),
        (b"\xc8\x16\x31\0\0\1\0" + bytes(17), "0x31"),
        (_forged(Protection.BOTH, SetResponse(0).to_bytes()), "another service"),
        (_forged(Protection.BOTH, b""), "another service"),
        (_forged(Protection.BOTH) + b"\0", "after the end"),
        (b"", "octets expected"),
        (b"\xc8\x84\xff\xff\xff\xff", "octets expected"),
        (b"\xdb\x08AAAAAAAA" + _forged(Protection.BOTH)[1:], "another system title"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused(octets: bytes, say: str) -> None:
    _, meter = pair()
    with pytest.raises(RemoteProtocolError, match=say):
        meter.unprotect(octets)


def test_a_refusal_may_come_in_the_clear() -> None:
    client, meter = pair()
    for refusal in (ExceptionResponse(1, 5), ServiceError(1, 6, 4)):
        assert client.unprotect(refusal.to_bytes()) == refusal.to_bytes()
    assert meter.protect(ExceptionResponse(1, 5).to_bytes())[0] == 0xD8
    sealed = meter.protect(ServiceError(1, 6, 4).to_bytes())
    assert sealed[0] == 0x2E
    assert client.unprotect(sealed) == ServiceError(1, 6, 4).to_bytes()


@pytest.mark.parametrize(
    "message", [ExceptionResponse(1, 5), DataNotification(1, b"", enum(1))]
)
def test_what_has_no_specific_form_goes_in_the_general_one(message: Apdu) -> None:
    client, meter = pair()
    meter.general = True
    octets = meter.protect(message.to_bytes())
    assert octets[0] == 0xDB
    assert client.unprotect(octets) == message.to_bytes()


@pytest.mark.parametrize("title", [None, b"", b"SEVEN77", CLIENT_TITLE])
def test_a_title_that_can_not_be(title: bytes | None) -> None:
    cipher = SuiteZero(KEYS, CLIENT_TITLE, counting(1))
    with pytest.raises(RemoteProtocolError):
        cipher.meet(title)
    with pytest.raises(RemoteProtocolError, match="system title"):
        cipher.unprotect(_forged(Protection.BOTH))


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_key_of_another_size(size: int) -> None:
    with pytest.raises(ValueError, match="16 octets"):
        GlobalKeys(bytes(size), bytes(16))


def test_keys_have_names_and_show_nothing() -> None:
    other = GlobalKeys(bytes(16), KEYS.authentication)
    assert KEYS.name != other.name
    assert KEYS.name == GlobalKeys(KEYS.encryption, bytes(16)).name
    shown = repr(KEYS) + KEYS.name
    for key in (KEYS.encryption, KEYS.authentication):
        assert key.hex() not in shown
        assert repr(key) not in shown


@given(st.binary(max_size=80))
@settings(max_examples=200)
def test_noise_raises_the_named_error_only(octets: bytes) -> None:
    for side in pair():
        try:
            side.unprotect(octets)
        except RemoteProtocolError:
            continue
        assert octets[0] in {0x0E, 0xD8}
