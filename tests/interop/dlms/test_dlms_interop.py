"""Other people's DLMS/COSEM against ours, each in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from hardware.dlms.acse import Aare, Aarq, Release
from hardware.dlms.apdu import DataNotification
from hardware.dlms.apdu import parse as parse_apdu
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetRequest,
    GetResponse,
)
from hardware.dlms.apdu_set import SetRequest, SetResponse
from hardware.dlms.axdr import parse
from hardware.dlms.data import Data, octet_string
from hardware.dlms.security import GlobalKeys
from hardware.dlms.targets import AttributeRef, entry_range
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import MeterError
from hardware.serial_port import open_port
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis
from tests.hardware.optical.secured import KEYS, SECRET, TITLE, access
from tests.interop.dlms.conftest import Ask, Listen, Serve

_HEX = [KEYS.encryption.hex(), KEYS.authentication.hex()]
_PASSWORD = b"00000001"
_NONE, _LLS = Authentication.NONE, Authentication.LLS
_HLS3, _HLS4, _HLS5 = Authentication.HLS3, Authentication.HLS4, Authentication.HLS5


@asynccontextmanager
async def visiting(source: str, options: OpticalOptions) -> AsyncIterator[OpticalSession]:
    port = await open_port(source)
    async with open_optical(port, _by_hdlc(options)) as session:
        yield session


def _by_hdlc(options: OpticalOptions) -> OpticalOptions:
    return OpticalOptions(
        options.client,
        auth=options.auth,
        password=options.password,
        hls=options.hls,
        framing=Framing.HDLC,
    )


_TO_PYDLMS = [
    ("none", OpticalOptions(auth=_NONE), [], (1, 0, "")),
    ("lls", OpticalOptions(password=_PASSWORD), [], (1, 1, _PASSWORD.hex())),
    ("hls 3", access(_HLS3, None), [], (1, 3, SECRET.hex())),
    ("hls 4", access(_HLS4, None), [], (1, 4, SECRET.hex())),
    ("hls 4 ciphered", access(_HLS4), _HEX, (1, 4, SECRET.hex())),
    ("hls 5, glo", access(), _HEX, (1, 5, "")),
    ("hls 5, general-glo", access(general=True), _HEX, (1, 5, "")),
]


@pytest.mark.parametrize(
    ("options", "keys", "client"),
    [way[1:] for way in _TO_PYDLMS],
    ids=[way[0] for way in _TO_PYDLMS],
)
async def test_our_client_reads_and_writes_the_pydlms_meter(
    options: OpticalOptions, keys: list[str], client: tuple[int, int, str], pydlms: Serve
) -> None:
    number = Obis(0, 0, 96, 1, 0)
    profile = Obis(1, 0, 99, 1, 0)
    energy = AttributeRef(3, Obis(1, 0, 1, 8, 0), 2)
    async with visiting(pydlms(keys, [client]), options) as session:
        answer = await session.get(3, Obis(1, 0, 1, 8, 0), 2)
        assert (str(answer.scaled), answer.unit) == ("12345678", "Wh")
        listed = await session._conversation.get_each([energy] * 20)
        assert {item.integer for item in listed if isinstance(item, Data)} == {12345678}
        whole = await session.get(7, profile, 2)
        assert len(whole.data.elements) == 96, "in blocks"
        some = await session.get(7, profile, 2, entry_range(3, 5))
        assert [row.elements[1].integer for row in some.data.elements] == [1014, 1021, 1028]
        shape = await session.profile_shape(profile)
        start = datetime(2024, 5, 1, tzinfo=UTC)
        rows = await session.profile_rows(shape, start, start.replace(hour=1))
        assert [row[1] for row in rows] == [1000, 1007, 1014, 1021, 1028]
        long_text = octet_string(bytes(range(256)) * 6)
        await session._conversation.set(AttributeRef(1, number, 2), long_text)
        assert (await session.get(1, number, 2)).data == long_text


async def test_a_wrong_key_at_the_pydlms_meter(pydlms: Serve) -> None:
    source = pydlms(_HEX, [(1, 5, "")])
    wrong = access(keys=GlobalKeys(KEYS.encryption, bytes(16)))
    with pytest.raises(MeterError, match="other-reason"):
        async with visiting(source, wrong):
            raise AssertionError("it opened")


_TARGETS: list[tuple[int, str, int]] = [
    (1, "0.0.96.1.1.255", 2),
    (3, "1.0.1.8.0.255", 2),
    (3, "1.0.2.8.0.255", 2),
    (3, "1.0.1.8.0.255", 3),
    (7, "0.0.99.98.0.255", 2),
    (7, "1.0.99.1.0.255", 3),
]
_OURS = [_NONE, _LLS, _HLS5]


def _question(auth: Authentication, address: tuple[str, int], **more: Any) -> dict[str, Any]:
    secret = {_LLS: _PASSWORD, _HLS3: SECRET, _HLS4: SECRET}.get(auth, b"")
    return {
        "host": address[0],
        "port": address[1],
        "auth": str(auth),
        "client": 1,
        "password": secret.hex(),
        "keys": _HEX if auth is _HLS5 else [],
        "title": TITLE.hex() if auth is _HLS5 else "",
        "counter": 300,
        "targets": _TARGETS,
        "list": True,
        **more,
    }


@pytest.mark.parametrize("auth", _OURS)
async def test_dlms_cosem_reads_our_meter(
    auth: Authentication, meter: OpticalMeter, listen: Listen, ask: Ask
) -> None:
    told = await ask("dlms_cosem_client.py", **_question(auth, await listen(auth)))
    number, energy, *_, log, columns = (parse(bytes.fromhex(v)) for v in told["values"])
    assert number.octets.decode() == meter.meter_number
    assert energy.integer == 4213567
    assert len(log.elements) == 5
    assert len(columns.elements) == 4
    assert len(told["list"]) == 3


@pytest.mark.parametrize("auth", [*_OURS, _HLS3, _HLS4])
async def test_gurux_reads_our_meter(
    auth: Authentication, meter: OpticalMeter, listen: Listen, ask: Ask
) -> None:
    told = await ask("gurux_client.py", **_question(auth, await listen(auth)))
    assert bytes.fromhex(told["values"][0]).decode() == meter.meter_number
    assert told["values"][1:3] == ["4213567", "150042"]
    assert told["values"][4] == "5 rows"
    assert told["list"][1] == "4213567"


@pytest.mark.parametrize("auth", [_NONE, _HLS5])
async def test_gurux_reads_a_whole_profile_in_blocks(
    auth: Authentication, listen: Listen, ask: Ask
) -> None:
    whole = [(7, "1.0.99.1.0.255", 2)]
    asked = _question(auth, await listen(auth), targets=whole, list=False)
    assert (await ask("gurux_client.py", **asked))["values"] == ["960 rows"]


@pytest.mark.parametrize("auth", [_NONE, _HLS5])
async def test_dlms_cosem_reads_a_long_text_in_blocks(
    auth: Authentication, meter: OpticalMeter, listen: Listen, ask: Ask
) -> None:
    """Its link loses its way at some flags within a frame; this text makes none of them."""
    meter.texts["consumer_message"] = text = "x" * 1200
    message = [(1, "0.0.96.13.0.255", 2)]
    asked = _question(auth, await listen(auth), targets=message, list=False)
    (value,) = (await ask("dlms_cosem_client.py", **asked))["values"]
    assert parse(bytes.fromhex(value)) == octet_string(text.encode())


_AS_WE_CALL_THEM = {
    "ApplicationAssociationRequest": Aarq,
    "ApplicationAssociationResponse": Aare,
    "ReleaseRequest": Release,
    "ReleaseResponse": Release,
    "GetRequestNormal": GetRequest,
    "GetRequestNext": GetNextRequest,
    "GetRequestWithList": GetListRequest,
    "GetResponseNormal": GetResponse,
    "GetResponseNormalWithError": GetResponse,
    "GetResponseWithBlock": GetBlockResponse,
    "GetResponseLastBlock": GetBlockResponse,
    "GetResponseLastBlockWithError": GetBlockResponse,
    "GetResponseWithList": GetListResponse,
    "SetRequestNormal": SetRequest,
    "SetResponseNormal": SetResponse,
    "ActionRequestNormal": ActionRequest,
    "ActionResponseNormal": ActionResponse,
    "ActionResponseNormalWithData": ActionResponse,
    "ActionResponseNormalWithError": ActionResponse,
    "DataNotification": DataNotification,
}


_SET_OF_NOTHING = "c101c1000100002b0100ff0200"
"""A SET without a value, which that library takes and the standard does not know."""


async def test_the_frames_that_dlms_cosem_publishes_are_read_the_same(ask: Ask) -> None:
    frames = (await ask("dlms_cosem_frames.py"))["frames"]
    whole = [(octets, name) for octets, name, built in frames if built == octets]
    named = [(octets, name) for octets, name in whole if name in _AS_WE_CALL_THEM]
    read = [(octets, name) for octets, name in named if octets != _SET_OF_NOTHING]
    assert len(read) > 35
    for octets, name in read:
        message = parse_apdu(bytes.fromhex(octets))
        assert isinstance(message, _AS_WE_CALL_THEM[name]), octets
        assert message.to_bytes().hex() == octets
