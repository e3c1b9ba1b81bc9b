"""What protects the APDUs of an association, as a shape and as "nothing at all".

In go plain APDUs (and the initiate APDUs inside AARQ and AARE), out come the octets for the
line; and back. Rule: the association knows only this shape, so a context without ciphering and
one with it take the same path.
"""

from __future__ import annotations

from typing import Protocol


class Cipher(Protocol):
    """Protects the APDUs of one association; `overhead` is the most octets it adds."""

    @property
    def overhead(self) -> int:
        """How much longer an APDU can become."""
        ...

    def meet(self, title: bytes | None) -> None:
        """The other side told its system title, or none.

        Raises:
            RemoteProtocolError: this association can't go on with that one.
        """
        ...

    def protect(self, octets: bytes) -> bytes:
        """The APDU as it goes on the line."""
        ...

    def unprotect(self, octets: bytes) -> bytes:
        """The plain APDU.

        Raises:
            RemoteProtocolError: not what this association's key and counter allow.
        """
        ...


class Plain:
    """No protection: every APDU passes as it is."""

    overhead = 0

    def meet(self, title: bytes | None) -> None:
        """See `Cipher.meet`."""

    def protect(self, octets: bytes) -> bytes:
        """See `Cipher.protect`."""
        return octets

    def unprotect(self, octets: bytes) -> bytes:
        """See `Cipher.unprotect`."""
        return octets
