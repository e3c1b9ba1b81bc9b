"""Alarm and error registers: show them by name, and clear what was shown.

In come a conversation and an inventory, out come the registers and the proof of their clearing.
Rule: a register is cleared only while it holds exactly what was shown; an alarm that came
since then is shown first.
"""

from __future__ import annotations

from collections.abc import Mapping

from hardware.dlms.data import double_long_unsigned
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_groups import GroupReader
from hardware.drivers.optical_proofs import AlarmProof, AlarmState
from hardware.dsmr.inventory import Inventory
from hardware.errors import RegistersChanged


async def read_alarms(conversation: Conversation, inventory: Inventory) -> AlarmState:
    """Every alarm register and the error register.

    Raises:
        RemoteProtocolError: an answer that breaks the protocol.
    """
    return await GroupReader(conversation, inventory).alarm_state()


async def clear_alarms(
    conversation: Conversation, inventory: Inventory, shown: Mapping[str, int]
) -> AlarmProof:
    """Write 0 to every register of `shown` that is not 0, and read all back.

    Raises:
        RegistersChanged: one holds something else now; nothing was written.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    before = await read_alarms(conversation, inventory)
    changed = [name for name, value in shown.items() if before.registers.get(name) != value]
    if changed:
        raise RegistersChanged(tuple(changed))
    cleared = [name for name, value in shown.items() if value]
    entries = (inventory.find(name) for name in cleared)
    targets = [AttributeRef(e.class_id, e.obis(), 2) for e in entries if e is not None]
    await conversation.set_each([(target, double_long_unsigned(0)) for target in targets])
    after = await read_alarms(conversation, inventory) if cleared else before
    return AlarmProof(before, after, tuple(cleared))
