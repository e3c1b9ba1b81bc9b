"""The customer's choice about remote reading: read it, or write it and prove it.

In comes a conversation of the management client, out comes what the meter held, what was asked
and what it holds now. Rule: only on (2) and off (1) are ever written, only when the meter holds
something else, and what counts is the value read back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hardware.dlms.data import Data, enum
from hardware.dlms.results import refusal
from hardware.drivers.optical_answers import Preference, PreferenceProof, text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import value_of
from hardware.dsmr.events import WRITABLE_STATUS, status_name
from hardware.errors import LocalProtocolError

_NUMBER = value_of("equipment_id")
_STATUS = value_of("administrative_status")


async def read_preference(conversation: Conversation) -> Preference:
    """The administrative status (0-1:94.31.0).

    Raises:
        AccessDenied: not with this client.
        NotSupported: a DSMR 2.2 meter has none.
    """
    return _preference(await conversation.get(_STATUS))


async def show_preference(
    conversation: Conversation, now: Callable[[], datetime]
) -> PreferenceProof:
    """The administrative status with the meter it was read from; writes nothing."""
    meter, held = await _meter_and_preference(conversation)
    return PreferenceProof(meter, held, None, held, written=False, time=now())


async def write_preference(
    conversation: Conversation,
    check: Callable[[str], None],
    wanted: str,
    now: Callable[[], datetime],
) -> PreferenceProof:
    """Write `on` or `off` as an enum and read it back.

    Args:
        conversation: of the management client.
        check: raises where the meter with this number is not to be written.
        wanted: `on` or `off`.
        now: gives the time of the proof.

    Raises:
        LocalProtocolError: any other word.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    value = WRITABLE_STATUS.get(wanted)
    if value is None:
        raise LocalProtocolError(f"no administrative status to write: {wanted!r}")
    meter, before = await _meter_and_preference(conversation, check)
    if before.value == value:
        return PreferenceProof(meter, before, wanted, before, written=False, time=now())
    await conversation.set_named(_STATUS, enum(value))
    after = await read_preference(conversation)
    return PreferenceProof(meter, before, wanted, after, written=True, time=now())


def _any_meter(_number: str) -> None:
    """Every meter may be read."""


async def _meter_and_preference(
    conversation: Conversation, check: Callable[[str], None] = _any_meter
) -> tuple[str, Preference]:
    """Both in one question: the choice belongs to the number that came with it."""
    number, status = await conversation.get_each([_NUMBER, _STATUS])
    if isinstance(number, int):
        raise refusal(f"get {_NUMBER}", number)
    meter = text_of(number).strip()
    check(meter)
    if isinstance(status, int):
        raise refusal(f"get {_STATUS}", status)
    return meter, _preference(status)


def _preference(status: Data) -> Preference:
    return Preference(status.integer, status_name(status.integer))
