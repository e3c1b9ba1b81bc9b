"""The Gurux client against a meter on HDLC over TCP; what to read in `argv[1]` (JSON).

Prints one JSON object as its last line: `values`, each attribute as text, and `list`, the same
asked for in one list where that was wanted. The library itself prints too.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, ObjectType, Security
from gurux_dlms.GXDLMSClient import GXDLMSClient
from gurux_dlms.objects import GXDLMSData, GXDLMSObject, GXDLMSProfileGeneric, GXDLMSRegister
from gurux_dlms.secure import GXDLMSSecureClient

WAYS_IN = {
    "none": Authentication.NONE,
    "lls": Authentication.LOW,
    "hls3": Authentication.HIGH_MD5,
    "hls4": Authentication.HIGH_SHA1,
    "hls5": Authentication.HIGH_GMAC,
}
OBJECTS = {1: GXDLMSData, 3: GXDLMSRegister, 7: GXDLMSProfileGeneric}


class Reader:
    """The library's client and the socket that it speaks over."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.line = socket.create_connection((asked["host"], asked["port"]), timeout=10)
        server = GXDLMSClient.getServerAddress(1, 17)
        auth = WAYS_IN[asked["auth"]]
        secret = bytes.fromhex(asked["password"])
        by_name = True
        self.client = GXDLMSSecureClient(
            by_name, asked["client"], server, auth, None, InterfaceType.HDLC
        )
        self.client.password = bytearray(secret)
        if asked["keys"]:
            ciphering = self.client.ciphering
            ciphering.security = Security.AUTHENTICATION_ENCRYPTION
            ciphering.systemTitle = bytearray.fromhex(asked["title"])
            ciphering.blockCipherKey = bytearray.fromhex(asked["keys"][0])
            ciphering.authenticationKey = bytearray.fromhex(asked["keys"][1])
            ciphering.invocationCounter = asked["counter"]

    def exchange(self, octets: bytes) -> Any:
        """Send a frame and hear its whole answer, segments and blocks included."""
        reply = GXReplyData()
        self.packet(octets, reply)
        while reply.isMoreData():
            self.packet(self.client.receiverReady(reply), reply)
        return reply

    def packet(self, octets: bytes, reply: Any) -> None:
        self.line.sendall(bytes(octets))
        heard = GXByteBuffer()
        while True:
            piece = self.line.recv(4096)
            if not piece:
                raise ConnectionError("the meter hung up")
            heard.set(piece)
            if self.client.getData(heard, reply, GXReplyData()):
                break
        if reply.error:
            raise RuntimeError(f"error {reply.error}")

    def all(self, frames: Any) -> Any:
        """Several frames of one question; the last answer counts."""
        reply = None
        for frame in frames if isinstance(frames, list) else [frames]:
            reply = self.exchange(frame)
        return reply

    def open(self) -> None:
        """Link, association and, with HLS, the proofs of both sides."""
        self.client.parseUAResponse(self.exchange(self.client.snrmRequest()).data)
        self.client.parseAareResponse(self.all(self.client.aarqRequest()).data)
        if self.client.authentication > Authentication.LOW:
            proof = self.all(self.client.getApplicationAssociationRequest())
            self.client.parseApplicationAssociationResponse(proof.data)

    def read(self, thing: GXDLMSObject, number: int) -> Any:
        """One attribute."""
        reply = self.all(self.client.read(thing, number))
        if isinstance(thing, GXDLMSProfileGeneric):
            return reply.value
        return self.client.updateValue(thing, number, reply.value)

    def read_list(self, wanted: list[tuple[GXDLMSObject, int]]) -> list[Any]:
        """Several attributes in one list."""
        values: list[Any] = []
        for frames in self.client.readList(wanted):
            reply = self.all(frames)
            values += reply.value if isinstance(reply.value, list) else [reply.value]
        self.client.updateValues(wanted, values)
        return values

    def close(self) -> None:
        """Leave in order."""
        self.all(self.client.releaseRequest())
        self.exchange(self.client.disconnectRequest())
        self.line.close()


def thing(target: list[Any]) -> tuple[GXDLMSObject, int]:
    """One attribute, as the library names it."""
    class_id, obis, number = target
    return OBJECTS[class_id](obis), number


def main() -> None:
    """Read what `argv[1]` asks for."""
    asked = json.loads(sys.argv[1])
    assert ObjectType.DATA == 1
    reader = Reader(asked)
    reader.open()
    wanted = [thing(target) for target in asked["targets"]]
    told = {"values": [shown(reader.read(*one)) for one in wanted], "list": []}
    if asked["list"]:
        told["list"] = [shown(value) for value in reader.read_list(wanted[:3])]
    reader.close()
    sys.stdout.write("\n" + json.dumps(told) + "\n")


def shown(value: Any) -> str:
    """Octets in hexadecimal, rows by their number, anything else as text."""
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    return f"{len(value)} rows" if isinstance(value, list) else str(value)


main()
