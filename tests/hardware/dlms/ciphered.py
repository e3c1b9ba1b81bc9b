"""Two sides that share keys, and a conversation between them in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hardware.dlms.acse import CONTEXT_LN_CIPHERED, Aare, Aarq
from hardware.dlms.apdu import Apdu
from hardware.dlms.association import Association, Outgoing, Received
from hardware.dlms.conversation import Role
from hardware.dlms.initiate import MANAGEMENT, InitiateRequest, InitiateResponse
from hardware.dlms.security import GlobalKeys, SuiteZero

# DLMS UA 1000-2 (Green Book), the keys and titles of its tables for suite 0
KEYS = GlobalKeys(
    bytes.fromhex("000102030405060708090A0B0C0D0E0F"),
    bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"),
)
CLIENT_TITLE = bytes.fromhex("4D4D4D0000000001")
METER_TITLE = bytes.fromhex("4D4D4D0000BC614E")


def counting(first: int) -> Callable[[], int]:
    """Gives `first` and what follows it."""
    run = count(first)
    return lambda: next(run)


def pair(*, general: bool = False) -> tuple[SuiteZero, SuiteZero]:
    """The ciphers of a client and a meter that have told each other their titles."""
    client = SuiteZero(KEYS, CLIENT_TITLE, counting(100), general=general)
    meter = SuiteZero(KEYS, METER_TITLE, counting(7))
    client.meet(METER_TITLE)
    meter.meet(CLIENT_TITLE)
    return client, meter


class Talk:
    """A client and a meter in a ciphered association, without HLS."""

    def __init__(self, *, general: bool = False, max_pdu: int = 128) -> None:
        self.wire: list[bytes] = []
        self.client_cipher = SuiteZero(KEYS, CLIENT_TITLE, counting(100), general=general)
        self.meter_cipher = SuiteZero(KEYS, METER_TITLE, counting(7))
        self.client = Association(Role.CLIENT, self.client_cipher)
        self.meter = Association(Role.METER, self.meter_cipher, max_pdu=max_pdu)
        asked = InitiateRequest(MANAGEMENT).to_bytes()
        self.ask(Aarq(CONTEXT_LN_CIPHERED, system_title=CLIENT_TITLE, user_information=asked))
        given = InitiateResponse(MANAGEMENT, max_pdu).to_bytes()
        self.answer(Aare(context=3, system_title=METER_TITLE, user_information=given))

    def ask(self, message: Apdu) -> Apdu:
        return self._carry(self.client.send(message), self.meter, self.client)

    def answer(self, message: Apdu) -> Apdu:
        return self._carry(self.meter.send(message), self.client, self.meter)

    def _carry(self, octets: bytes, to: Association, other: Association) -> Apdu:
        for _ in range(10_000):
            self.wire.append(octets)
            to.feed(octets)
            event = to.next_event()
            if isinstance(event, Received):
                return event.message
            assert isinstance(event, Outgoing)
            octets, to, other = event.octets, other, to
        raise AssertionError("the conversation does not end")
