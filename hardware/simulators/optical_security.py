"""What a simulated meter demands of its management client, and how it lets one in (HLS).

In come the AARQ and the client's proof, out come the meter's challenge and its own proof. Rule:
both sides are the machines of the client too; a wrong key is noted and locks the port, and a
counter that may not come is answered as a Dutch meter does: at the door with an exception that
tells the next one, inside by letting go of the association without a word (P3 4.2.2, 3.2.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.dlms.acse import (
    ACCEPTED,
    CONTEXT_LN,
    CONTEXT_LN_CIPHERED,
    REJECTED,
    Aare,
    Aarq,
    Diagnostic,
    Mechanism,
)
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.cipher import Cipher
from hardware.dlms.data import octet_string
from hardware.dlms.hls import CHALLENGE_SIZE, Digest, Gmac, Prover, check_challenge
from hardware.dlms.results import READ_WRITE_DENIED, SUCCESS
from hardware.dlms.security import GlobalKeys, SuiteZero
from hardware.errors import RemoteProtocolError

_DIGESTS = {Mechanism.HLS_MD5: "md5", Mechanism.HLS_SHA1: "sha1"}


@dataclass
class MeterSecurity:
    """What a meter after commissioning demands, and what it has.

    Attributes:
        mechanism: the HLS that its management client must use.
        chance: gives octets that nobody can guess.
        keys: for the ciphered context, which is then the only one; None: HLS in the clear.
        secret: of HLS 3 and 4.
        system_title: the meter's own.
        frame_counter: the next of its own counters.
    """

    mechanism: Mechanism
    chance: Callable[[int], bytes]
    keys: GlobalKeys | None = None
    secret: bytes = field(default=b"", repr=False)
    system_title: bytes = b"SIm\x00\x07\x38\x22\x46"
    frame_counter: int = 1

    @property
    def context(self) -> int:
        """The application context that the management client must ask for."""
        return CONTEXT_LN if self.keys is None else CONTEXT_LN_CIPHERED

    def take_counter(self) -> int:
        """The next of its own counters."""
        self.frame_counter += 1
        return self.frame_counter - 1

    def cipher(self, last: int) -> SuiteZero | None:
        """A cipher for one association; only counters above `last` are taken."""
        if self.keys is None:
            return None
        return SuiteZero(self.keys, self.system_title, self.take_counter, last=last)


class Gate:
    """One client's way in: challenged once, let in on its proof."""

    def __init__(self, security: MeterSecurity, cipher: Cipher) -> None:
        """A gate on an association that `cipher` protects."""
        self._security = security
        self._prover: Prover | None = None
        self._challenge = self._theirs = b""
        if isinstance(cipher, SuiteZero) and security.mechanism is Mechanism.HLS_GMAC:
            self._prover = Gmac(cipher)
        elif security.mechanism in _DIGESTS:
            self._prover = Digest(_DIGESTS[security.mechanism], security.secret)

    def challenge(self, aarq: Aarq, granted: bytes) -> Aare:
        """The meter's challenge with the initiate response, or why it lets nobody in."""
        security = self._security
        if aarq.mechanism == Mechanism.NONE:
            return Aare(REJECTED, Diagnostic.MECHANISM_REQUIRED, security.context)
        if aarq.mechanism is not security.mechanism or self._prover is None:
            return Aare(REJECTED, Diagnostic.MECHANISM_NOT_RECOGNISED, security.context)
        try:
            self._theirs = check_challenge(aarq.authentication)
        except RemoteProtocolError:
            return Aare(REJECTED, Diagnostic.AUTHENTICATION_FAILURE, security.context)
        self._challenge = security.chance(CHALLENGE_SIZE)
        return Aare(
            ACCEPTED,
            Diagnostic.AUTHENTICATION_REQUIRED,
            security.context,
            mechanism=security.mechanism,
            authentication=self._challenge,
            system_title=security.system_title if security.keys else None,
            user_information=granted,
        )

    def judge(self, message: ActionRequest) -> ActionResponse:
        """The meter's own proof where the client's holds, else a refusal."""
        proof = message.parameter.value if message.parameter else None
        prover = self._prover
        if (
            prover is None
            or not isinstance(proof, bytes)
            or not prover.holds(proof, self._challenge)
        ):
            return ActionResponse(READ_WRITE_DENIED, None, message.invoke_id)
        own = octet_string(prover.prove(self._theirs))
        return ActionResponse(SUCCESS, own, message.invoke_id)
