"""The customer's choice about remote reading: read it, or write it and prove it.

In comes a conversation of the management client, out comes what the meter held, what was asked
and what it holds now. Rule: only on (2) and off (1) are ever written, only when the meter holds
something else, and what counts is the value read back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hardware.dlms.data import enum
from hardware.drivers.optical_answers import Preference, PreferenceProof
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import read_equipment_id, value_of
from hardware.dsmr.events import WRITABLE_STATUS, status_name
from hardware.errors import LocalProtocolError

_STATUS = value_of("administrative_status")


async def read_preference(conversation: Conversation) -> Preference:
    """The administrative status (0-1:94.31.0).

    Raises:
        AccessDenied: not with this client.
        NotSupported: a DSMR 2.2 meter has none.
    """
    value = (await conversation.get(_STATUS)).integer
    return Preference(value, status_name(value))


async def show_preference(
    conversation: Conversation, now: Callable[[], datetime]
) -> PreferenceProof:
    """The administrative status with the meter it was read from; writes nothing."""
    meter = await read_equipment_id(conversation)
    held = await read_preference(conversation)
    return PreferenceProof(meter, held, None, held, written=False, time=now())


async def write_preference(
    conversation: Conversation, meter: str, wanted: str, now: Callable[[], datetime]
) -> PreferenceProof:
    """Write `on` or `off` as an enum and read it back.

    Args:
        conversation: of the management client.
        meter: its number, read and compared in this association.
        wanted: `on` or `off`.
        now: gives the time of the proof.

    Raises:
        LocalProtocolError: any other word.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    value = WRITABLE_STATUS.get(wanted)
    if value is None:
        raise LocalProtocolError(f"no administrative status to write: {wanted!r}")
    before = await read_preference(conversation)
    if before.value == value:
        return PreferenceProof(meter, before, wanted, before, written=False, time=now())
    await conversation.set_named(_STATUS, enum(value))
    after = await read_preference(conversation)
    return PreferenceProof(meter, before, wanted, after, written=True, time=now())
