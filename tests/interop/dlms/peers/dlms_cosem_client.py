"""The dlms-cosem client against a meter on HDLC over TCP; what to read in `argv[1]` (JSON).

Prints one JSON object: `values`, a value of each attribute asked for, as octets in hexadecimal,
and `list`, the same asked for in one list where that was wanted.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import structlog
from dlms_cosem import cosem, enumerations
from dlms_cosem.client import DlmsClient
from dlms_cosem.io import BlockingTcpIO, HdlcTransport
from dlms_cosem.security import (
    HighLevelSecurityGmacAuthentication,
    LowLevelSecurityAuthentication,
    NoSecurityAuthentication,
)


def way_in(asked: dict[str, Any]) -> Any:
    """How it proves itself."""
    if asked["auth"] == "hls5":
        return HighLevelSecurityGmacAuthentication(challenge_length=16)
    if asked["auth"] == "lls":
        return LowLevelSecurityAuthentication(secret=bytes.fromhex(asked["password"]))
    return NoSecurityAuthentication()


def client(asked: dict[str, Any]) -> DlmsClient:
    """The client, not yet connected."""
    transport = HdlcTransport(
        client_logical_address=asked["client"],
        server_logical_address=1,
        server_physical_address=17,
        io=BlockingTcpIO(host=asked["host"], port=asked["port"]),
    )
    keys: list[bytes | None] = [bytes.fromhex(key) for key in asked["keys"]] or [None, None]
    return DlmsClient(
        transport=transport,
        authentication=way_in(asked),
        encryption_key=keys[0],
        authentication_key=keys[1],
        client_system_title=bytes.fromhex(asked["title"]) or None,
        client_initial_invocation_counter=asked["counter"],
        block_transfer=True,
    )


def attribute(target: list[Any]) -> cosem.CosemAttribute:
    """One attribute, as the library names it."""
    class_id, obis, number = target
    return cosem.CosemAttribute(
        enumerations.CosemInterface(class_id), cosem.Obis.from_string(obis), number
    )


def main() -> None:
    """Read what `argv[1]` asks for."""
    asked = json.loads(sys.argv[1])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    told: dict[str, Any] = {"values": [], "list": []}
    targets = [attribute(target) for target in asked["targets"]]
    with client(asked).session() as session:
        for target in targets:
            told["values"].append(session.get(target).hex())
        if asked["list"]:
            wanted = [cosem.CosemAttributeWithSelection(t, None) for t in targets[:3]]
            response = session.get_many(wanted)
            told["list"] = [repr(result.value) for result in response.response_data]
    sys.stdout.write(json.dumps(told) + "\n")


main()
