"""The Gurux client at the bench's meter: connect, 40 attributes one by one and with-list."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from tests.interop.bench.counted_line import CountedLine, Job, job, timed

_OPTICAL_SERVER = (1, 17)
_MANAGEMENT = 1


class Gurux:
    """One client over a counted line."""

    def __init__(self, asked: Job, line: CountedLine) -> None:
        self._line = line
        self._dlms: Any = import_module("gurux_dlms")
        enums: Any = import_module("gurux_dlms.enums")
        objects: Any = import_module("gurux_dlms.objects")
        levels = {"none": "NONE", "lls": "LOW", "hls5": "HIGH_GMAC"}
        client_class: Any = self._dlms.GXDLMSClient
        if asked.auth == "hls5":
            client_class = import_module("gurux_dlms.secure").GXDLMSSecureClient
        client = client_class(
            useLogicalNameReferencing=True,
            clientAddress=_MANAGEMENT,
            serverAddress=self._dlms.GXDLMSClient.getServerAddress(*_OPTICAL_SERVER),
            forAuthentication=getattr(enums.Authentication, levels[asked.auth]),
            password=asked.keys.get("password"),
            interfaceType=enums.InterfaceType.HDLC,
        )
        _let(client.hdlcSettings, maxInfoTX=asked.max_info, maxInfoRX=asked.max_info)
        if asked.auth == "hls5":
            self._cipher(client, enums, asked)
        self.client = client
        kinds = {3: objects.GXDLMSRegister}
        self.targets = [(kinds[c](obis), attribute) for c, obis, attribute in asked.targets]

    def _cipher(self, client: Any, enums: Any, asked: Job) -> None:
        _let(
            client.ciphering,
            security=enums.Security.AUTHENTICATION_ENCRYPTION,
            systemTitle=asked.keys["system_title"],
            blockCipherKey=asked.keys["encryption_key"],
            authenticationKey=asked.keys["authentication_key"],
            invocationCounter=asked.counter,
        )

    def connect(self) -> None:
        """SNRM, AARQ and, where asked, the proofs of HLS."""
        self.client.parseUAResponse(self._ask(self.client.snrmRequest()).data)
        self.client.parseAareResponse(self._ask(self.client.aarqRequest()).data)
        if self.client.isAuthenticationRequired:
            proof = self._ask(self.client.getApplicationAssociationRequest())
            self.client.parseApplicationAssociationResponse(proof.data)

    def read_each(self) -> None:
        """One GET an attribute."""
        for target, attribute in self.targets:
            found = self._ask(self.client.read(target, attribute))
            self.client.updateValue(target, attribute, found.value)

    def read_list(self) -> None:
        """As this client makes its lists: ten attributes in each."""
        values: list[Any] = []
        for messages in self.client.readList(self.targets):
            found = self._ask(messages).value
            values.extend(found if isinstance(found, list) else [found])
        self.client.updateValues(self.targets, values)

    def disconnect(self) -> None:
        """DISC."""
        self._ask(self.client.disconnectRequest())

    def _ask(self, messages: Any) -> Any:
        reply: Any = self._dlms.GXReplyData()
        for message in messages if isinstance(messages, list) else [messages]:
            reply = self._dlms.GXReplyData()
            self._exchange(message, reply)
            while reply.isMoreData():
                self._exchange(self.client.receiverReady(reply), reply)
        return reply

    def _exchange(self, message: Any, reply: Any) -> None:
        self._line.send(bytes(message))
        heard = self._dlms.GXByteBuffer()
        while True:
            heard.set(self._line.receive())
            if self.client.getData(heard, reply, None):
                return


def _let(settings: Any, **values: object) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def main() -> None:
    """Take the job and do it."""
    asked = job()
    # The library prints on standard output; the figures have it for themselves.
    sys.stdout = sys.stderr
    line = CountedLine(asked.host, asked.port)
    client = Gurux(asked, line)
    tasks = (
        ("connect", client.connect),
        ("attributes_each", client.read_each),
        ("attributes_list", client.read_list),
    )
    for name, work in tasks:
        if not timed(name, line, work):
            return
    client.disconnect()


if __name__ == "__main__":
    main()
