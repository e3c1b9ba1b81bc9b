"""A removed meter set back to the state in which it left the factory, by its own script.

In comes a conversation of the management client; out comes which script was run. Rule: the one
script table that may be run is 0-1:94.31.5 (DSMR P3 4.2.2: energy registers stay, all else
goes, security too, once the association is released), and only where it holds one single
script, so that nothing else is run by mistake. It can't be undone, and with these keys nothing
can be read back afterwards: the meter's own word that it took the script is the proof.
"""

from __future__ import annotations

from hardware.dlms.data import long_unsigned
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_closed import RESET
from hardware.drivers.optical_conversation import Conversation
from hardware.dsmr.inventory import Inventory
from hardware.errors import NotSupported

_SCRIPTS = 2
_NAME = "factory_reset"


async def reset_to_factory(conversation: Conversation, inventory: Inventory) -> int:
    """Run the meter's own script; answers its number.

    Raises:
        NotSupported: the meter has no such table, or not exactly one script in it.
        AccessDenied, MeterError: the meter's refusal; nothing was changed.
    """
    if inventory.find(_NAME) is None:
        raise NotSupported(_NAME)
    scripts = await conversation.get(AttributeRef(RESET.class_id, RESET.obis, _SCRIPTS))
    numbers = [script.fields(1)[0].integer for script in scripts.elements]
    if len(numbers) != 1:
        raise NotSupported(f"{_NAME}: {len(numbers)} scripts")
    await conversation.action_named(RESET, long_unsigned(numbers[0]))
    return numbers[0]
