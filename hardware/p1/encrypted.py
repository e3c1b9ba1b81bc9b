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

from hardware.p1.foreign import LEAST_SEALED, MOST_SEALED, SEAL, SECURITY, sealed

_TITLE = slice(2, 10)
_COUNTER_SIZE = 4
_TAG_SIZE = 12
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
        start = self._buffer.find(SEAL)
        if start < 0:
            held = 1 if self._buffer.endswith(SEAL[:1]) else 0
            return self._take(len(self._buffer) - held) or None
        if start:
            return self._take(start)
        frame = sealed(self._buffer)
        if frame is None:
            return None
        if not frame.size:
            return self._take(1)
        if len(self._buffer) < frame.header + frame.size:
            return None
        return self._open(frame.header, frame.size)

    def _open(self, header: int, size: int) -> bytes:
        title = bytes(self._buffer[_TITLE])
        body = bytes(self._buffer[header + 1 : header + size])
        counter, tag = body[:_COUNTER_SIZE], body[-_TAG_SIZE:]
        cipher = Cipher(
            AES(self._keys.encryption_key),
            GCM(title + counter, tag, min_tag_length=_TAG_SIZE),
        ).decryptor()
        cipher.authenticate_additional_data(SECURITY + self._keys.authentication_key)
        try:
            plain = cipher.update(body[_COUNTER_SIZE:-_TAG_SIZE]) + cipher.finalize()
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
    size = len(telegram) + LEAST_SEALED
    if len(title) != 8 or size > MOST_SEALED:
        raise ValueError("title of 8 octets and at most 16 kB")
    head = counter.to_bytes(_COUNTER_SIZE, "big")
    cipher = Cipher(AES(keys.encryption_key), GCM(title + head)).encryptor()
    cipher.authenticate_additional_data(SECURITY + keys.authentication_key)
    body = cipher.update(telegram) + cipher.finalize()
    length = b"\x82" + size.to_bytes(2, "big")
    return SEAL + title + length + SECURITY + head + body + cipher.tag[:_TAG_SIZE]
