"""Security suite 0: AES-128-GCM for the APDUs of one association, and the door for its library.

In go plain APDUs, out come ciphered ones, and back; also the GMAC that proves a side in HLS 5.
A ciphered APDU is, in this order (IEC 62056-5-3, 5.7.2):

    tag  [DB only: length, system title]  length  SC  counter (4)  text  tag of GCM (12)

SC says what was done: 10 authenticated, 20 encrypted, 30 both. The nonce is the sender's system
title and its counter, the authenticated data SC, the authentication key and, where nothing is
encrypted, the text. Rule: no counter is used twice and none is taken that is not higher than
the last; nothing that a key does not vouch for gets through, and keys are never shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Machine
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, GCM

from hardware.dlms import apdu_action, apdu_get, apdu_set, initiate
from hardware.dlms.apdu import EXCEPTION_TAG
from hardware.dlms.octets import Octets, counted
from hardware.errors import RemoteProtocolError, Undecipherable, WrongCounter

KEY_SIZE, TITLE_SIZE, TAG_SIZE = 16, 8, 12
GENERAL_GLO_TAG = 0xDB
_COUNTER_SIZE = 4
# tag, length (3), SC, counter, tag of GCM; the general form has a title and its length as well
_SERVICE_OVERHEAD = 1 + 3 + 1 + _COUNTER_SIZE + TAG_SIZE
_GENERAL_OVERHEAD = _SERVICE_OVERHEAD + 1 + TITLE_SIZE

_GLO = {
    initiate.REQUEST_TAG: 0x21,
    initiate.RESPONSE_TAG: 0x28,
    initiate.SERVICE_ERROR_TAG: 0x2E,
    apdu_get.REQUEST_TAG: 0xC8,
    apdu_set.REQUEST_TAG: 0xC9,
    apdu_action.REQUEST_TAG: 0xCB,
    apdu_get.RESPONSE_TAG: 0xCC,
    apdu_set.RESPONSE_TAG: 0xCD,
    apdu_action.RESPONSE_TAG: 0xCF,
}
"""Tags of APDUs and of their service-specific global ciphering (IEC 62056-5-3, 9.5)."""
_PLAIN = {glo: plain for plain, glo in _GLO.items()}
_INITIATING = {initiate.REQUEST_TAG, initiate.RESPONSE_TAG}
# What a side that could not decipher may answer: it says nothing but "no".
_ALWAYS_PLAIN = {EXCEPTION_TAG, initiate.SERVICE_ERROR_TAG}


class Protection(IntFlag):
    """What a security control octet says was done; the low half is the suite, which is 0."""

    AUTHENTICATED = 0x10
    ENCRYPTED = 0x20
    BOTH = 0x30


@dataclass(frozen=True, slots=True)
class GlobalKeys:
    """The global unicast encryption key and the authentication key, 16 octets each.

    Raises:
        ValueError: a key of another size.
    """

    encryption: bytes = field(repr=False)
    authentication: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if {len(self.encryption), len(self.authentication)} != {KEY_SIZE}:
            raise ValueError(f"a key has {KEY_SIZE} octets")

    @property
    def name(self) -> str:
        """A name for the encryption key, from which the key can't be found."""
        return hashlib.sha256(b"dlms global key" + self.encryption).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What stands behind the length of a ciphered APDU.

    Attributes:
        control: the security control octet.
        text: the text and, where authenticated, the 12 octets of its tag.
    """

    control: int
    counter: int
    text: bytes

    def to_bytes(self) -> bytes:
        """SC, counter and text."""
        return bytes((self.control,)) + self.counter.to_bytes(_COUNTER_SIZE, "big") + self.text

    @classmethod
    def from_bytes(cls, octets: bytes) -> Sealed:
        """Read what `to_bytes` made.

        Raises:
            RemoteProtocolError: short.
        """
        source = Octets(octets)
        return cls(source.unsigned(1), source.unsigned(_COUNTER_SIZE), source.rest())


def seal(
    keys: GlobalKeys, title: bytes, counter: int, text: bytes, control: int = Protection.BOTH
) -> Sealed:
    """Protect `text` as the side with system title `title`."""
    nonce = title + counter.to_bytes(_COUNTER_SIZE, "big")
    if not control & Protection.AUTHENTICATED:
        return Sealed(control, counter, _keystream(keys, nonce, text))
    machine = Machine(AES(keys.encryption), GCM(nonce)).encryptor()
    vouched = bytes((control,)) + keys.authentication
    if control & Protection.ENCRYPTED:
        machine.authenticate_additional_data(vouched)
        text = machine.update(text)
    else:
        machine.authenticate_additional_data(vouched + text)
    machine.finalize()
    return Sealed(control, counter, text + machine.tag[:TAG_SIZE])


def unseal(keys: GlobalKeys, title: bytes, sealed: Sealed) -> bytes:
    """The text that the side with system title `title` protected.

    Raises:
        Undecipherable: damaged, or under other keys.
        RemoteProtocolError: a control octet of another suite, or too short for a tag.
    """
    if sealed.control not in Protection.__members__.values():
        raise RemoteProtocolError(f"security control {sealed.control:#04x} is not of suite 0")
    nonce = title + sealed.counter.to_bytes(_COUNTER_SIZE, "big")
    if not sealed.control & Protection.AUTHENTICATED:
        return _keystream(keys, nonce, sealed.text)
    if len(sealed.text) < TAG_SIZE:
        raise RemoteProtocolError("a ciphered APDU without its tag")
    text, tag = sealed.text[:-TAG_SIZE], sealed.text[-TAG_SIZE:]
    mode = GCM(nonce, tag, min_tag_length=TAG_SIZE)
    machine = Machine(AES(keys.encryption), mode).decryptor()
    vouched = bytes((sealed.control,)) + keys.authentication
    try:
        if sealed.control & Protection.ENCRYPTED:
            machine.authenticate_additional_data(vouched)
            return machine.update(text) + machine.finalize()
        machine.authenticate_additional_data(vouched + text)
        machine.finalize()
    except InvalidTag:
        raise Undecipherable("a ciphered APDU does not open with these keys") from None
    return text


def _keystream(keys: GlobalKeys, nonce: bytes, text: bytes) -> bytes:
    """GCM without its tag is counter mode from block 2 on (NIST SP 800-38D, 7.1)."""
    machine = Machine(AES(keys.encryption), CTR(nonce + b"\0\0\0\2")).encryptor()
    return machine.update(text) + machine.finalize()


class SuiteZero:
    """The `Cipher` of an association under global keys; one object for one association.

    Attributes:
        general: whether APDUs go out as general-glo-ciphering; turned on where the other side
            sends that form, so that a meter gets what it speaks.
        last: the last counter of the other side, -1 before the first.
        exact: whether the next counter must be just one higher, as a Dutch meter demands
            within an association (P3 4.2.2, 3.2.3); else any higher one will do.
    """

    def __init__(
        self,
        keys: GlobalKeys,
        title: bytes,
        take_counter: Callable[[], int],
        *,
        last: int = -1,
        general: bool = False,
    ) -> None:
        """A cipher that sends as `title`, each APDU under a counter of its own.

        Args:
            keys: of both directions.
            title: own system title, 8 octets.
            take_counter: gives the next own counter, never the same again.
            last: only higher counters of the other side are taken.
            general: begin with general-glo-ciphering.
        """
        self.general = general
        self.last = last
        self.exact = False
        self._keys = keys
        self._title = title
        self._take_counter = take_counter
        self._peer: bytes | None = None

    @property
    def overhead(self) -> int:
        """See `Cipher.overhead`."""
        return _GENERAL_OVERHEAD if self.general else _SERVICE_OVERHEAD

    def meet(self, title: bytes | None) -> None:
        """See `Cipher.meet`.

        Raises:
            RemoteProtocolError: no title of 8 octets, or our own: nonces would be shared.
        """
        if title is None or len(title) != TITLE_SIZE:
            raise RemoteProtocolError("a ciphered association without a system title")
        if title == self._title:
            raise RemoteProtocolError("the other side goes by our own system title")
        self._peer = title

    def protect(self, octets: bytes) -> bytes:
        """See `Cipher.protect`; an exception-response leaves plain in the specific form."""
        tag = octets[0]
        general = tag not in _GLO or (self.general and tag not in _INITIATING)
        if tag == EXCEPTION_TAG and not self.general:
            return octets
        sealed = seal(self._keys, self._title, self._take_counter(), octets).to_bytes()
        if general:
            return bytes((GENERAL_GLO_TAG,)) + counted(self._title) + counted(sealed)
        return bytes((_GLO[tag],)) + counted(sealed)

    def unprotect(self, octets: bytes) -> bytes:
        """See `Cipher.unprotect`.

        Raises:
            Undecipherable: damaged, or under other keys.
            WrongCounter: heard before, or one was left out where that is not allowed.
        """
        source = Octets(octets)
        tag = source.unsigned(1)
        if tag in _ALWAYS_PLAIN:
            return octets
        if tag == GENERAL_GLO_TAG:
            self._same_peer(source.counted())
        elif tag not in _PLAIN:
            raise RemoteProtocolError(f"APDU {tag:#04x} came without protection")
        sealed = Sealed.from_bytes(source.counted())
        source.finish()
        text = self._open(sealed)
        if tag == GENERAL_GLO_TAG:
            self.general = True
        elif text[:1] != bytes((_PLAIN[tag],)):
            raise RemoteProtocolError(f"APDU {tag:#04x} holds another service")
        return text

    def sign(self, challenge: bytes, counter: int | None = None) -> bytes:
        """Prove with HLS 5 that we hold the keys: SC, counter and the GMAC of `challenge`.

        `counter` is one that was taken for this before; else the next one is.
        """
        own = self._take_counter() if counter is None else counter
        made = seal(self._keys, self._title, own, challenge, Protection.AUTHENTICATED)
        tag = made.text[-TAG_SIZE:]
        return Sealed(made.control, own, tag).to_bytes()

    def is_signed(self, proof: bytes, challenge: bytes) -> bool:
        """Whether the other side's proof is of `challenge` and made with these keys."""
        try:
            made = Sealed.from_bytes(proof)
            if made.control != Protection.AUTHENTICATED or len(made.text) != TAG_SIZE:
                return False
            whole = Sealed(made.control, made.counter, challenge + made.text)
            return unseal(self._keys, self._peer_title, whole) == challenge
        except RemoteProtocolError:
            return False

    @property
    def _peer_title(self) -> bytes:
        if self._peer is None:
            raise RemoteProtocolError("ciphered before a system title was told")
        return self._peer

    def _same_peer(self, title: bytes) -> None:
        """A general APDU may leave its title out, but not speak as another."""
        if title and title != self._peer_title:
            raise RemoteProtocolError("a ciphered APDU of another system title")

    def _open(self, sealed: Sealed) -> bytes:
        """The text, where it is protected as much as ours and its counter is new."""
        if sealed.control != Protection.BOTH:
            raise RemoteProtocolError(f"security control {sealed.control:#04x}, not 0x30")
        text = unseal(self._keys, self._peer_title, sealed)
        skipped = self.exact and sealed.counter > self.last + 1
        if sealed.counter <= self.last or skipped:
            raise WrongCounter(sealed.counter, self.last)
        self.last = sealed.counter
        return text
