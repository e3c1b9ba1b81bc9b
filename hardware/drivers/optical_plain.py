"""The plain APDUs of a ciphered association, for somebody who reads along.

In comes the cipher of an association; out comes one that does the same, and tells a listener
each message that it protected or opened. Rule: what is sent is told before its first frame
leaves, what came after its last one did; secrets are masked before anything is told, and
nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hardware.dlms import initiate
from hardware.dlms.apdu import parse
from hardware.dlms.apdu_set import SetBlockRequest
from hardware.dlms.cipher import Cipher
from hardware.trace import Direction
from hardware.trace_secrets import MASK, Secrets

_INITIATING = {bytes((tag,)) for tag in (initiate.REQUEST_TAG, initiate.RESPONSE_TAG)}
"""What AARQ and AARE hold is no message of its own, and may hold a dedicated key."""

_FIRST_BLOCK, _NEXT_BLOCK = b"\xc1\x02", b"\xc1\x03"
"""SET-Request with the first, and with a later datablock (IEC 62056-5-3, 9.5)."""


@dataclass(frozen=True, slots=True)
class PlainApdu:
    """One ciphered message of our own session, opened.

    Attributes:
        direction: sent or received.
        ciphered: the APDU as it went over the line.
        plain: the APDU inside, without its secrets.
        masked: it had a secret, which is not in `plain`.
    """

    direction: Direction
    ciphered: bytes
    plain: bytes = field(repr=False)
    masked: bool = False


PlainListener = Callable[[PlainApdu], None]


class Overheard:
    """A `Cipher` that tells what passes through it."""

    def __init__(self, cipher: Cipher, tell: PlainListener) -> None:
        """Of what `cipher` leaves as it is, nothing is told."""
        self._cipher = cipher
        self._tell = tell
        self._goes_on = False

    @property
    def overhead(self) -> int:
        """See `Cipher.overhead`."""
        return self._cipher.overhead

    def meet(self, title: bytes | None) -> None:
        """See `Cipher.meet`."""
        self._cipher.meet(title)

    def protect(self, octets: bytes) -> bytes:
        """See `Cipher.protect`."""
        ciphered = self._cipher.protect(octets)
        self._pass_on(Direction.SENT, ciphered, octets)
        return ciphered

    def unprotect(self, octets: bytes) -> bytes:
        """See `Cipher.unprotect`; errors as there, and nothing is told then."""
        plain = self._cipher.unprotect(octets)
        self._pass_on(Direction.RECEIVED, octets, plain)
        return plain

    def _pass_on(self, direction: Direction, ciphered: bytes, plain: bytes) -> None:
        if plain != ciphered and plain[:1] not in _INITIATING:
            self._tell(PlainApdu(direction, ciphered, *self._masked(plain)))

    def _masked(self, plain: bytes) -> tuple[bytes, bool]:
        """As `Secrets.masked`; a secret may go on in the datablocks of a long SET."""
        block = parse(plain) if self._goes_on and plain[:2] == _NEXT_BLOCK else None
        if isinstance(block, SetBlockRequest):
            return replace(block, raw=MASK * len(block.raw)).to_bytes(), True
        shown, masked = Secrets().masked(plain)
        if plain[:1] == _FIRST_BLOCK[:1]:
            self._goes_on = masked and plain[:2] == _FIRST_BLOCK
        return shown, masked
