from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.acse import Aare, Aarq, Mechanism
from hardware.dlms.apdu_action import ActionListRequest, ActionRequest
from hardware.dlms.apdu_set import SetListRequest, SetRequest
from hardware.dlms.data import octet_string
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.loose_octets import messages_of
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.iec62056.messages import with_parity
from hardware.trace import Direction, Record
from hardware.values import Obis

PASSWORD = b"k2x9vQ7p"
LLS = Aarq(mechanism=Mechanism.LLS, authentication=PASSWORD).to_bytes()
ASSOCIATION = Obis(0, 0, 40, 0, 0)
SECRETS = {
    "password": LLS,
    "challenge": Aare(mechanism=Mechanism.HLS_GMAC, authentication=PASSWORD).to_bytes(),
    "reply": ActionRequest(MethodRef(15, ASSOCIATION, 1), octet_string(PASSWORD)).to_bytes(),
    "new": SetRequest(AttributeRef(15, ASSOCIATION, 7), octet_string(PASSWORD)).to_bytes(),
    "key": ActionRequest(
        MethodRef(64, Obis(0, 0, 43, 0, 0), 2), octet_string(PASSWORD)
    ).to_bytes(),
}
LISTED = {
    "new in a list": SetListRequest(
        (
            (AttributeRef(1, Obis(0, 0, 96, 1, 3), 2), octet_string(b"WL-42")),
            (AttributeRef(15, ASSOCIATION, 7), octet_string(PASSWORD)),
        )
    ).to_bytes(),
    "keys in a list": ActionListRequest(
        (
            (MethodRef(72, Obis(0, 1, 24, 1, 0), 1), octet_string(b"")),
            (MethodRef(72, Obis(0, 1, 24, 1, 0), 8), octet_string(PASSWORD)),
        )
    ).to_bytes(),
}


def frame(content: bytes, *, segmented: bool = False) -> bytes:
    control = Control(Kind.INFORMATION)
    return Frame(Address(1, 17), Address(16), control, content, segmented).build()


def read(*pieces: bytes) -> list[Message]:
    reader = TraceReader()
    found = [m for p in pieces for m in reader.take(Record(Direction.SENT, Decimal(0), p))]
    return [*found, *reader.settle()]


def octets(messages: list[Message]) -> bytes:
    return b"".join(message.octets for message in messages)


@pytest.mark.parametrize("name", LISTED)
def test_all_values_of_a_list_go_where_one_is_a_secret(name: str) -> None:
    whole = frame(b"\xe6\xe6\x00" + LISTED[name])
    (message,) = read(whole)
    assert PASSWORD not in message.octets
    assert message.masked
    assert len(message.octets) == len(whole)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_leaves_as_asterisks_in_a_frame_that_still_holds(name: str) -> None:
    whole = frame(b"\xe6\xe6\x00" + SECRETS[name])
    (message,) = read(whole)
    assert PASSWORD not in message.octets
    assert b"*" * len(PASSWORD) in message.octets
    assert (message.masked, message.meaning.holds) == (True, True)
    assert len(message.octets) == len(whole)
    assert dict(message.meaning.layers[0].facts)["checksum"] == "ok"
    (again,) = read(message.octets)
    assert (again.octets, again.masked) == (message.octets, True)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_goes_from_a_damaged_frame_and_from_other_wrappings_too(name: str) -> None:
    broken = bytearray(frame(b"\xe6\xe6\x00" + SECRETS[name]))
    broken[5] ^= 0xFF
    apdu = SECRETS[name]
    wrapped = b"\x00\x01\x00\x10\x00\x01" + len(apdu).to_bytes(2, "big") + apdu
    assert PASSWORD not in octets(read(bytes(broken)))
    for form in (apdu, wrapped, b"\xe6\xe6\x00" + apdu, frame(apdu)[1:-1]):
        found = messages_of(form)
        assert PASSWORD not in octets(found)
        assert all(message.masked for message in found)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("size", range(4, 14))
def test_a_secret_without_a_frame_goes_where_its_octets_look_like_a_lines_end(
    name: str, size: int
) -> None:
    secret = b"\n" * (size % 3) + bytes(range(0x61, 0x61 + size))
    made = SECRETS[name].replace(b"\x09\x08" + PASSWORD, bytes([9, len(secret)]) + secret)
    if name in {"password", "challenge"}:
        made = Aarq(mechanism=Mechanism.LLS, authentication=secret).to_bytes()
    assert secret in made
    assert secret[-4:] not in octets(read(made))


@given(cuts=st.sets(st.integers(1, len(LLS) + 2), min_size=1, max_size=4))
@settings(deadline=None)
def test_a_password_that_is_cut_over_segments_is_in_none_of_them(cuts: set[int]) -> None:
    content = b"\xe6\xe6\x00" + LLS
    ends = [0, *sorted(cuts), len(content)]
    parts = [content[a:b] for a, b in pairwise(ends)]
    frames = [frame(part, segmented=part is not parts[-1]) for part in parts]
    kept = octets(read(*frames))
    for start in range(len(PASSWORD) - 3):
        assert PASSWORD[start : start + 4] not in kept


@given(data=st.lists(st.binary(min_size=1, max_size=20), max_size=10))
@settings(deadline=None)
def test_every_octet_stays_in_its_place(data: list[bytes]) -> None:
    kept = octets(read(*data))
    whole = b"".join(data)
    assert len(kept) == len(whole)
    assert all(a == b or a == ord("*") for a, b in zip(kept, whole, strict=True))


@pytest.mark.parametrize("parity", [True, False])
def test_the_password_of_a_sign_on_is_masked(*, parity: bool) -> None:
    command = b"\x01P1\x02(k2x9vQ7p)\x03`"
    (message,) = read(with_parity(command) if parity else command)
    assert b"k2x9vQ7p" not in bytes(octet & 0x7F for octet in message.octets)
    assert message.masked


def test_what_holds_no_secret_is_not_touched() -> None:
    plain = [frame(b"\xe6\xe6\x00\xc0\x01\xc1\x00\x03\x01\x00\x01\x08\x00\xff\x02\x00")]
    plain.append(b"1-0:1.8.1(001234.567*kWh)\r\n")
    assert [(m.octets, m.masked) for m in read(*plain)] == [(one, False) for one in plain]


def test_loose_octets_are_told_apart_by_how_they_begin() -> None:
    kinds = {
        "get_request": b"\xc0\x01\xc1\x00\x03\x01\x00\x01\x08\x00\xff\x02\x00",
        "sign_on": b"/?!\r\n",
        "p1_line": b"1-0:1.8.1(001234.567*kWh)\r\n",
        "aarq": LLS,
        "snrm": bytes.fromhex("7ea0070321930f017e"),
        "unknown": b"\x99\x99",
    }
    assert {kind: messages_of(form)[0].meaning.kind for kind, form in kinds.items()} == {
        kind: kind for kind in kinds
    }
