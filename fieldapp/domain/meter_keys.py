"""A meter's keys as they travel: whole in the office, sealed for one laptop on the way.

In come keys; out come the bytes that are sealed and the text that they are bound to, the same
on both sides. Rule: no key is in a repr, and a meter that belongs to no visit gives none away.
"""

from __future__ import annotations

import msgspec

from fieldapp.domain.work_order import EarlierFact, Visit

KEY_SIZE = 16
"""Octets of every key of a meter: AES-128 (IEC 62056-5-3, security suite 0; OMS mode 5)."""


class MeterKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one meter; empty where it has no such key.

    Attributes:
        meter: its own number, in capitals.
        encryption_key: global unicast encryption key of an electricity meter, for HLS 5.
        authentication_key: goes with it.
        mbus_user_key: of a device behind it: what it ciphers its telegrams with (P2).
        mbus_default_key: of that device too: under which it takes a new user key.
    """

    meter: str
    encryption_key: bytes = b""
    authentication_key: bytes = b""
    mbus_user_key: bytes = b""
    mbus_default_key: bytes = b""

    def __repr__(self) -> str:
        return "MeterKeys(...)"


class SealedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one meter, which only one laptop can open."""

    meter: str
    sealed: bytes


def pack(keys: MeterKeys) -> bytes:
    """What is sealed."""
    return msgspec.json.encode(keys)


def unpack(plain: bytes) -> MeterKeys:
    """What was sealed; raises `msgspec.DecodeError` where it was something else."""
    return msgspec.json.decode(plain, type=MeterKeys)


def binding(laptop: str, meter: str) -> bytes:
    """What sealed keys are bound to: this laptop, by its id, and this meter's number."""
    return msgspec.json.encode(["fieldapp meter keys 1", laptop, meter])


class _Numbered(msgspec.Struct, frozen=True):
    number: str


class _Hanging(msgspec.Struct, frozen=True):
    meter: _Numbered | None = None


class Metered(msgspec.Struct, frozen=True):
    """What of an encoded visit says which meters it has; the rest is passed over."""

    connections: tuple[_Hanging, ...]
    new_meters: tuple[_Numbered, ...] = ()
    earlier: tuple[EarlierFact, ...] = ()


def meters_of(visit: Visit | Metered) -> tuple[str, ...]:
    """The meters of a visit, once each.

    Those at its connections, those reserved for it, and those that a colleague placed.
    """
    hanging = (c.meter.number for c in visit.connections if c.meter is not None)
    reserved = (meter.number for meter in visit.new_meters)
    placed = (str(o.fact["number"]) for o in visit.earlier if o.fact["kind"] == "meter_placed")
    return tuple(dict.fromkeys((*hanging, *reserved, *placed)))
