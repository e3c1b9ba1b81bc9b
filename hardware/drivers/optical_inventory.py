"""What the meter on the other side holds: the version it follows, or its own list of objects.

In comes a conversation, out comes an `Inventory`. Rule: one list of small questions tells the
version; the long list of objects is only read from a meter that fits none.
"""

from __future__ import annotations

from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import value_of
from hardware.dsmr.identity import same_meter
from hardware.dsmr.inventory import (
    Inventory,
    of_list,
    of_version,
    probes,
    public_inventory,
    version_of,
)
from hardware.errors import UnknownMeter, WrongMeter


async def read_inventory(conversation: Conversation, *, public: bool = False) -> Inventory:
    """What this meter holds; a public client is told no more than its rights.

    Raises:
        AccessDenied, NotSupported, MeterError: it fits no version and keeps its list to itself.
        RemoteProtocolError: a list that is none.
    """
    targets = probes()
    results = await conversation.get_each(list(targets.values()))
    version = version_of(dict(zip(targets, results, strict=True)))
    if version is not None:
        return of_version(version)
    if public:
        return public_inventory()
    listed = await conversation.get(value_of("association"))
    return of_list(listed.elements)


def check_writable(number: str, inventory: Inventory, expected: str | None) -> None:
    """Hold what is about to be written to the meter that is expected, if one is.

    Raises:
        WrongMeter: another one than expected.
        UnknownMeter: it fits no known version.
    """
    if expected is not None and not same_meter(number, expected):
        raise WrongMeter(expected, number)
    if not inventory.is_known:
        raise UnknownMeter(number)
