"""The keys of an M-Bus device, and the form in which a new one travels to it.

In come two keys of 16 octets and who the device is; out come the octets that class 72 hands on
to it (transfer_key). Rule: the new key never stands in them readably; only the device, which
holds the key that it left the factory with, can take it out. Keys are in no repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM

from hardware.dsmr.identity import flag_number

KEY_SIZE = 16
_USER_KEY = 0
_COUNTER_SIZE, _TAG_SIZE = 4, 8
_ZERO = bytes(KEY_SIZE)


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The keys of one device.

    Attributes:
        user: what it encrypts its telegrams under, or is to from now on.
        default: what it left the factory with; None where it holds `user` already.

    Raises:
        ValueError: a key of another size than 16 octets.
    """

    user: bytes = field(repr=False)
    default: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if any(key is not None and len(key) != KEY_SIZE for key in (self.user, self.default)):
            raise ValueError(f"an M-Bus key has {KEY_SIZE} octets")


@dataclass(frozen=True, slots=True)
class DeviceName:
    """Who a device is on the M-Bus: eight digits, three capitals, version and medium."""

    number: str
    manufacturer: str
    version: int
    medium: int

    def octets(self) -> bytes:
        """As the header of its telegrams has it (EN 13757-3): the least octet first."""
        number = bytes.fromhex(self.number)[::-1]
        maker = flag_number(self.manufacturer).to_bytes(2, "little")
        return number + maker + bytes((self.version, self.medium))


def wrap_dsmr4(default: bytes, user: bytes) -> bytes:
    """The user key for a DSMR 4 device: AES-128-CBC under the default key, vector zero (P2)."""
    machine = Cipher(AES(default), CBC(_ZERO)).encryptor()
    return machine.update(user) + machine.finalize()


def unwrap_dsmr4(default: bytes, wrapped: bytes) -> bytes:
    """What a device makes of it; with another default key, another key.

    Raises:
        ValueError: not 16 octets.
    """
    if len(wrapped) != KEY_SIZE:
        raise ValueError(f"{len(wrapped)} octets are no wrapped key")
    machine = Cipher(AES(default), CBC(_ZERO)).decryptor()
    return machine.update(wrapped) + machine.finalize()


def wrap_smr5(
    default: bytes, user: bytes, device: DeviceName, counter: int, key_id: int = _USER_KEY
) -> bytes:
    """The user key for an SMR 5 device: AES-128-GCM under the default key.

    Gives the counter, the encrypted key with its id and size, and the 8 octets of the tag; the
    nonce is the device and the counter, which has to be higher each time.
    """
    number = counter.to_bytes(_COUNTER_SIZE, "big")
    nonce = device.octets() + number
    machine = Cipher(AES(default), GCM(nonce)).encryptor()
    text = machine.update(bytes((key_id, KEY_SIZE)) + user) + machine.finalize()
    return number + text + machine.tag[:_TAG_SIZE]


def unwrap_smr5(default: bytes, device: DeviceName, wrapped: bytes) -> bytes:
    """What a device takes out of it.

    Raises:
        ValueError: another default key, another device, or broken.
    """
    number, text = wrapped[:_COUNTER_SIZE], wrapped[_COUNTER_SIZE:-_TAG_SIZE]
    mode = GCM(device.octets() + number, wrapped[-_TAG_SIZE:], min_tag_length=_TAG_SIZE)
    machine = Cipher(AES(default), mode).decryptor()
    try:
        plain = machine.update(text) + machine.finalize()
    except InvalidTag as e:
        raise ValueError("the device refuses this key") from e
    if len(plain) != KEY_SIZE + 2:
        raise ValueError(f"{len(plain)} octets are no key")
    return plain[2:]
