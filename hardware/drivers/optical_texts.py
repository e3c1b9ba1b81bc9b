"""Texts in the meter: its location and the message to the consumer.

In come a conversation, the object's name and the text, out comes the proof. Rule: what may
stand in such a text is decided before it gets here; it is written whole and read back.
"""

from __future__ import annotations

from hardware.dlms.data import octet_string
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_proofs import TextProof
from hardware.dsmr.inventory import Inventory
from hardware.errors import LocalProtocolError, NotSupported

LOCATION, MESSAGE = "location", "consumer_message"
_LONGEST = {LOCATION: 48, MESSAGE: 1024}
"""In octets (P3 4.2.2)."""


async def read_text(conversation: Conversation, inventory: Inventory, name: str) -> str:
    """The text that the meter holds; empty where it holds none.

    Raises:
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    return text_of(await conversation.get(_target(inventory, name)))


async def write_text(
    conversation: Conversation, inventory: Inventory, name: str, text: str
) -> TextProof:
    """Write the text, and read it back; one that is there already is not written again.

    Raises:
        LocalProtocolError: longer than the object takes, or not plain ASCII.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    if len(text) > _LONGEST[name] or not text.isascii():
        raise LocalProtocolError(f"{name} takes {_LONGEST[name]} ASCII characters")
    before = await read_text(conversation, inventory, name)
    if before == text:
        return TextProof(before, text, before, written=False)
    await conversation.set_named(_target(inventory, name), octet_string(text.encode()))
    after = await read_text(conversation, inventory, name)
    return TextProof(before, text, after, written=True)


def _target(inventory: Inventory, name: str) -> AttributeRef:
    entry = inventory.find(name)
    if entry is None:
        raise NotSupported(f"no {name} in this meter")
    return AttributeRef(entry.class_id, entry.obis(), 2)
