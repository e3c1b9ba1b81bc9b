"""A client and a meter that talk without a line between them."""

from __future__ import annotations

from hardware.dlms.acse import Aare, Aarq
from hardware.dlms.apdu import Apdu
from hardware.dlms.association import Association, Outgoing, Received
from hardware.dlms.conversation import Role
from hardware.dlms.initiate import MANAGEMENT, Conformance, InitiateRequest, InitiateResponse


class Talk:
    """A client and a meter that hand each other everything they want sent."""

    def __init__(self, granted: Conformance = MANAGEMENT, max_pdu: int = 128) -> None:
        self.client = Association(Role.CLIENT)
        self.meter = Association(Role.METER, max_pdu=max_pdu)
        self.frames = 0
        asked = Aarq(user_information=InitiateRequest(MANAGEMENT).to_bytes())
        assert self.ask(asked) == asked
        grant = InitiateResponse(granted, max_pdu).to_bytes()
        self.answer(Aare(user_information=grant))

    def ask(self, message: Apdu) -> Apdu:
        return self._carry(self.client.send(message), self.meter, self.client)

    def answer(self, message: Apdu) -> Apdu:
        return self._carry(self.meter.send(message), self.client, self.meter)

    def _carry(self, octets: bytes, to: Association, other: Association) -> Apdu:
        for _ in range(10_000):
            self.frames += 1
            to.feed(octets)
            event = to.next_event()
            if isinstance(event, Received):
                return event.message
            assert isinstance(event, Outgoing)
            octets, to, other = event.octets, other, to
        raise AssertionError("the conversation does not end")
