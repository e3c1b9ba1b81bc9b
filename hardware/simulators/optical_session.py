"""One client's conversation with a simulated meter: whole APDUs in, whole APDUs out.

The association machine, its cipher and the service stand here on each other; below is any line
that carries APDUs. Rule: whatever comes is answered, except where a Dutch meter falls silent: a
counter that may not come ends the association without a word.
"""

from __future__ import annotations

from hardware.dlms.acse import (
    AARQ_TAG,
    CONTEXT_LN_CIPHERED,
    REJECTED,
    REJECTED_FOR_NOW,
    Aare,
    Aarq,
    Diagnostic,
)
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.association import Association, Outgoing, Received
from hardware.dlms.cipher import Cipher, Plain
from hardware.dlms.conversation import Role
from hardware.dlms.results import DECIPHERING_ERROR, INVOCATION_COUNTER_ERROR
from hardware.dlms.security import SuiteZero
from hardware.errors import (
    LocalProtocolError,
    RemoteProtocolError,
    Undecipherable,
    WrongCounter,
)
from hardware.simulators.optical_service import MANAGEMENT_CLIENT, MAX_PDU, MeterService
from hardware.simulators.optical_state import OpticalMeter

# service not allowed, and why
_NOT_ALLOWED, _OTHER = 1, 3
_BROKEN = ExceptionResponse(_NOT_ALLOWED, _OTHER)
_SILENCE = b""
_MOST = 0xFFFFFFFF


class Session:
    """The associations of one link, one after the other."""

    def __init__(self, meter: OpticalMeter, client: int) -> None:
        self._meter = meter
        self._client = client
        self._open(Plain())

    def _open(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._association = Association(Role.METER, cipher, MAX_PDU)
        self._service = MeterService(self._meter, self._client, cipher)

    def answer(self, octets: bytes) -> bytes:
        """The APDU that answers this one; empty for silence."""
        is_new = octets[:1] == bytes((AARQ_TAG,)) and not self._association.is_associated
        if is_new and (refusal := self._at_the_door(octets)):
            return refusal.to_bytes()
        try:
            self._association.feed(octets)
            return self._reply()
        except WrongCounter as e:
            return self._miscounted(e)
        except Undecipherable:
            return self._undecipherable()
        except (RemoteProtocolError, LocalProtocolError):
            return self._say(_BROKEN)
        finally:
            self._note_counter()

    def _reply(self) -> bytes:
        event = self._association.next_event()
        if isinstance(event, Received):
            answer = self._association.send(self._service.answer(event.message))
            if isinstance(self._cipher, SuiteZero):
                self._cipher.exact = self._association.is_associated
            return answer
        return event.octets if isinstance(event, Outgoing) else self._say(_BROKEN)

    def _at_the_door(self, octets: bytes) -> Aare | None:
        """Begin anew for this AARQ, or why it is not even looked into."""
        if self._meter.is_locked:
            return Aare(REJECTED_FOR_NOW, Diagnostic.NO_REASON)
        try:
            is_ciphered = Aarq.from_bytes(octets).context == CONTEXT_LN_CIPHERED
        except RemoteProtocolError:
            is_ciphered = False
        cipher = self._suite() if is_ciphered else Plain()
        if cipher is None:
            return Aare(REJECTED, Diagnostic.CONTEXT_NOT_SUPPORTED)
        self._open(cipher)
        return None

    def _suite(self) -> SuiteZero | None:
        security = self._meter.security
        if security is None or self._client != MANAGEMENT_CLIENT:
            return None
        # A meter of before SMR 5 leaves the first counter of a session to the client.
        return security.cipher(
            self._meter.invocation_counter if self._meter.profile.is_smr5 else -1
        )

    def _miscounted(self, error: WrongCounter) -> bytes:
        if self._association.is_associated:
            self._association.reset()
            return _SILENCE
        wanted = min(error.last + 1, _MOST)
        return self._say(ExceptionResponse(_NOT_ALLOWED, INVOCATION_COUNTER_ERROR, wanted))

    def _undecipherable(self) -> bytes:
        """Before the association a wrong key, within it damage."""
        if not self._association.is_associated:
            self._meter.login_failed()
        return self._say(ExceptionResponse(_NOT_ALLOWED, DECIPHERING_ERROR))

    def _say(self, message: Apdu) -> bytes:
        """Say it in the form of this association, or plainly where it has no place there."""
        try:
            return self._association.send(message)
        except LocalProtocolError:
            return message.to_bytes()

    def _note_counter(self) -> None:
        if isinstance(self._cipher, SuiteZero):
            seen = max(self._meter.invocation_counter, self._cipher.last)
            self._meter.invocation_counter = seen
