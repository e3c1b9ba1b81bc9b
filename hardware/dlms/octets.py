"""A cursor over received octets: every read is bounded by what is there.

In comes one whole APDU or encoded value; out come integers, lengths and slices in the order
they stand. Rule: running out of octets is `RemoteProtocolError`, never an IndexError, because
at this floor messages arrive whole and a short one is broken.
"""

from __future__ import annotations

from hardware.errors import LocalProtocolError, RemoteProtocolError


class Octets:
    """Reads forward through `data`; `position` is where the next read starts."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    @property
    def left(self) -> int:
        """How many octets have not been read yet."""
        return len(self.data) - self.position

    def take(self, size: int) -> bytes:
        """The next `size` octets.

        Raises:
            RemoteProtocolError: fewer are left.
        """
        end = self.position + size
        if end > len(self.data):
            raise RemoteProtocolError(f"{size} octets expected, {self.left} left")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(self.left)

    def unsigned(self, size: int) -> int:
        """A big-endian unsigned integer of `size` octets."""
        return int.from_bytes(self.take(size), "big")

    def signed(self, size: int) -> int:
        """A big-endian two's complement integer of `size` octets."""
        return int.from_bytes(self.take(size), "big", signed=True)

    def flag(self) -> bool:
        """A one-octet choice or boolean; anything but 0 counts as true (IEC 61334-6)."""
        return self.unsigned(1) != 0

    def length(self) -> int:
        """A length or count: one octet below 0x80, else 0x81..0x84 and that many octets.

        Raises:
            RemoteProtocolError: the indefinite form, or more than four octets of length.
        """
        first = self.unsigned(1)
        if first < 0x80:
            return first
        size = first & 0x7F
        if not 1 <= size <= 4:
            raise RemoteProtocolError(f"length of {size} octets")
        return self.unsigned(size)

    def counted(self) -> bytes:
        """An octet string preceded by its length."""
        return self.take(self.length())

    def finish(self) -> None:
        """Check that nothing is left over.

        Raises:
            RemoteProtocolError: octets follow the end of the message.
        """
        if self.left:
            raise RemoteProtocolError(f"{self.left} octets after the end")


def length_octets(size: int) -> bytes:
    """`size` in the shortest form that `Octets.length` reads.

    Raises:
        LocalProtocolError: more than four octets would be needed.
    """
    if size < 0x80:
        return bytes((size,))
    width = (size.bit_length() + 7) // 8
    if width > 4:
        raise LocalProtocolError(f"length {size} can't be written")
    return bytes((0x80 | width,)) + size.to_bytes(width, "big")


def counted(octets: bytes) -> bytes:
    """`octets` with their length before them."""
    return length_octets(len(octets)) + octets
