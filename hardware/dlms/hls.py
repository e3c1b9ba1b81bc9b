"""High level security: how both sides prove that they hold the same secret (HLS 3, 4 and 5).

In come challenges, out come proofs and whether one holds. In four passes the client sends a
challenge (AARQ), the meter another (AARE), the client proves itself on the meter's (ACTION on
the association object) and the meter on the client's (its response); IEC 62056-5-3, 5.3.5.
Rule: a proof is compared in constant time, and a challenge that comes back as the other side's
own is refused, since its proof would be ours, given back.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Protocol

from hardware.dlms.security import SuiteZero
from hardware.errors import RemoteProtocolError

CHALLENGE_SIZE = 16
_SHORTEST, _LONGEST = 8, 64


class Prover(Protocol):
    """One side's way to prove itself and to check the other side."""

    def prove(self, challenge: bytes) -> bytes:
        """The proof on the other side's challenge."""
        ...

    def holds(self, proof: bytes, challenge: bytes) -> bool:
        """Whether the other side's proof on our challenge holds."""
        ...


@dataclass(frozen=True, slots=True)
class Digest:
    """HLS 3 and 4: a digest of the challenge and the shared secret.

    Attributes:
        algorithm: `md5` (HLS 3) or `sha1` (HLS 4).
    """

    algorithm: str
    secret: bytes = field(repr=False)

    def prove(self, challenge: bytes) -> bytes:
        """See `Prover.prove`."""
        return hashlib.new(self.algorithm, challenge + self.secret).digest()

    def holds(self, proof: bytes, challenge: bytes) -> bool:
        """See `Prover.holds`."""
        return hmac.compare_digest(proof, self.prove(challenge))


class Gmac:
    """HLS 5: a GMAC of the challenge under the keys and titles of the association."""

    def __init__(self, cipher: SuiteZero, counter: int | None = None) -> None:
        """Prove with `counter`, one that was taken before the first message; else the next.

        The counter of the proof lies outside the run of the APDUs where it is taken first, so
        that those follow each other without a gap and still no nonce is used twice.
        """
        self._cipher = cipher
        self._counter = counter

    def prove(self, challenge: bytes) -> bytes:
        """See `Prover.prove`; a given counter serves once."""
        counter, self._counter = self._counter, None
        return self._cipher.sign(challenge, counter)

    def holds(self, proof: bytes, challenge: bytes) -> bool:
        """See `Prover.holds`."""
        return self._cipher.is_signed(proof, challenge)


def check_challenge(theirs: bytes | None, ours: bytes | None = None) -> bytes:
    """The other side's challenge, where it may be answered.

    Raises:
        RemoteProtocolError: none, not of 8 to 64 octets, or the one that we sent.
    """
    if theirs is None or not _SHORTEST <= len(theirs) <= _LONGEST:
        raise RemoteProtocolError("a challenge has 8 to 64 octets")
    if theirs == ours:
        raise RemoteProtocolError("our own challenge came back as theirs")
    return theirs
