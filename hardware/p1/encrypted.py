"""Opens the sealed telegrams of Luxembourg and parts of Austria (general-glo-ciphering).

Octets of the line in, the same octets out with every sealed frame replaced by the telegram it
holds. A frame is `DB 08`, system title (8), length, `30`, frame counter (4), ciphertext and
tag (12): AES-128-GCM, nonce = title and counter, authenticated data = `30` and the
authentication key (Smarty P1 specification; DLMS Green Book 9.2.7). Rule: what is not a frame,
or does not open with this key, passes through unchanged, so that no octet is lost.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

_OPENING = b"\xdb\x08"
_TITLE = slice(2, 10)
_LENGTH_AT = 10
_SECURITY = b"\x30"
_COUNTER_SIZE = 4
_TAG_SIZE = 12
_LEAST = len(_SECURITY) + _COUNTER_SIZE + _TAG_SIZE
_MOST = 16384
_KEY_SIZE = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """The two keys of a customer port, 16 octets each.

    Raises:
        ValueError: a key of another size.
    """

    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(
        default=bytes.fromhex("00112233445566778899AABBCCDDEEFF"), repr=False
    )

    def __post_init__(self) -> None:
        if {len(self.encryption_key), len(self.authentication_key)} != {_KEY_SIZE}:
            raise ValueError("a key has 16 octets")


class Unsealer:
    """The machine; `opened` and `refused` count the frames so far."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._buffer = bytearray()
        self.opened = 0
        self.refused = 0

    def feed(self, data: bytes) -> bytes:
        """Take octets; return all that is certain now, sealed frames opened."""
        self._buffer += data
        out = bytearray()
        while (step := self._step()) is not None:
            out += step
        return bytes(out)

    def close(self) -> bytes:
        """The input has ended: return what was held back for the rest of a frame."""
        out = bytearray()
        while self._buffer:
            out += self._take(1)
            out += self.feed(b"")
        return bytes(out)

    def _step(self) -> bytes | None:
        """The next piece, or None when it needs more octets."""
        start = self._buffer.find(_OPENING)
        if start < 0:
            held = 1 if self._buffer.endswith(_OPENING[:1]) else 0
            return self._take(len(self._buffer) - held) or None
        if start:
            return self._take(start)
        length = self._length()
        if length is None:
            return None
        size, header = length
        if not _LEAST <= size <= _MOST or self._buffer[header : header + 1] != _SECURITY:
            return self._take(1)
        if len(self._buffer) < header + size:
            return None
        return self._open(header, size)

    def _length(self) -> tuple[int, int] | None:
        """Size of the sealed part and where it begins, or None when it needs more octets.

        A size of 0 stands for a length that has no valid form (A-XDR, short, 81 or 82).
        """
        if len(self._buffer) <= _LENGTH_AT:
            return None
        first = self._buffer[_LENGTH_AT]
        octets = {0x81: 1, 0x82: 2}.get(first, 0)
        header = _LENGTH_AT + 1 + octets
        if len(self._buffer) <= header:
            return None
        if not octets:
            return (first if first < 0x80 else 0), header
        return int.from_bytes(self._buffer[_LENGTH_AT + 1 : header], "big"), header

    def _open(self, header: int, size: int) -> bytes:
        title = bytes(self._buffer[_TITLE])
        sealed = bytes(self._buffer[header + 1 : header + size])
        counter, tag = sealed[:_COUNTER_SIZE], sealed[-_TAG_SIZE:]
        cipher = Cipher(
            AES(self._keys.encryption_key),
            GCM(title + counter, tag, min_tag_length=_TAG_SIZE),
        ).decryptor()
        cipher.authenticate_additional_data(_SECURITY + self._keys.authentication_key)
        try:
            plain = cipher.update(sealed[_COUNTER_SIZE:-_TAG_SIZE]) + cipher.finalize()
        except InvalidTag:
            self.refused += 1
            return self._take(1)
        self.opened += 1
        self._take(header + size)
        return plain

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def seal(telegram: bytes, keys: Keys, title: bytes, counter: int) -> bytes:
    """Seal a telegram as such a meter does.

    Args:
        telegram: the whole telegram, at most 16 367 octets.
        keys: the port's keys.
        title: system title, 8 octets.
        counter: frame counter, must never repeat under one key.

    Raises:
        ValueError: the telegram or the title has the wrong size.
    """
    size = len(telegram) + _LEAST
    if len(title) != 8 or size > _MOST:
        raise ValueError("title of 8 octets and at most 16 kB")
    head = counter.to_bytes(_COUNTER_SIZE, "big")
    cipher = Cipher(AES(keys.encryption_key), GCM(title + head)).encryptor()
    cipher.authenticate_additional_data(_SECURITY + keys.authentication_key)
    sealed = cipher.update(telegram) + cipher.finalize()
    length = b"\x82" + size.to_bytes(2, "big")
    return _OPENING + title + length + _SECURITY + head + sealed + cipher.tag[:_TAG_SIZE]
