"""The writing operations of one meter, each with its precondition and its proof.

    operations = await session.operations(now)
    proof = await operations.set_clock(rule)

An association of the management client and what its meter holds go in; proofs come out. Rule:
each operation first reads whose meter this is; on another one, or on one that fits no known
version, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hardware.drivers.optical_alarms import clear_alarms
from hardware.drivers.optical_clock_set import ClockRule, set_clock
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_coupling import MbusDevice, couple, decouple
from hardware.drivers.optical_identity import read_equipment_id
from hardware.drivers.optical_inventory import check_writable
from hardware.drivers.optical_mbus_key import KeyRing
from hardware.drivers.optical_proofs import AlarmProof, ClockProof, CouplingProof, TextProof
from hardware.drivers.optical_reset import reset_to_factory
from hardware.drivers.optical_texts import LOCATION, MESSAGE, write_text
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.mbus_keys import DeviceKeys

_KEY_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The counter of a key change is in seconds since then, so that it never goes back."""


@dataclass(frozen=True, slots=True)
class Operations:
    """What may be written to one meter.

    Attributes:
        now: gives this machine's time.
        expected: the meter that must answer; None in the workshop.
    """

    conversation: Conversation
    inventory: Inventory
    now: Callable[[], datetime]
    expected: str | None = None

    async def set_clock(self, rule: ClockRule) -> ClockProof:
        """Set the clock to this machine's where `rule` allows it.

        Raises:
            WrongMeter, UnknownMeter: nothing was written.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        await self.meter()
        return await set_clock(self.conversation, self.inventory, self.now, rule)

    async def clear_alarms(self, shown: Mapping[str, int]) -> AlarmProof:
        """Clear what was shown; errors as `set_clock`, and `RegistersChanged`."""
        await self.meter()
        return await clear_alarms(self.conversation, self.inventory, shown)

    async def couple(
        self, device: MbusDevice, keys: Mapping[str, DeviceKeys] | None = None
    ) -> CouplingProof:
        """Couple an M-Bus device and give it its key; errors as `set_clock`, `ChannelTaken`.

        Args:
            device: what is to be coupled.
            keys: short identification (eight digits) to the keys of that device.
        """
        await self.meter()
        counter = int((self.now() - _KEY_EPOCH).total_seconds())
        ring = KeyRing(keys or {}, counter)
        return await couple(self.conversation, self.inventory, device, ring)

    async def decouple(self, channel: int, number: str) -> CouplingProof:
        """Decouple the device with this number; errors as `couple`."""
        await self.meter()
        return await decouple(self.conversation, self.inventory, channel, number)

    async def write_location(self, code: str) -> TextProof:
        """Write the office's code for where the meter hangs; errors as `set_clock`."""
        await self.meter()
        return await write_text(self.conversation, self.inventory, LOCATION, code)

    async def write_message(self, text: str) -> TextProof:
        """Write a message for the consumer, who reads it on the P1 port; errors as above."""
        await self.meter()
        return await write_text(self.conversation, self.inventory, MESSAGE, text)

    async def reset_to_factory(self) -> int:
        """Run the script that sets the meter back; it can't be undone; errors as above."""
        await self.meter()
        return await reset_to_factory(self.conversation, self.inventory)

    async def meter(self) -> str:
        """The number of the meter; errors as `meter_to_write`."""
        return await meter_to_write(self.conversation, self.inventory, self.expected)


async def meter_to_write(
    conversation: Conversation, inventory: Inventory, expected: str | None
) -> str:
    """The number of the meter that is about to be written.

    Raises:
        WrongMeter: another one than expected.
        UnknownMeter: it fits no known version.
    """
    number = await read_equipment_id(conversation)
    check_writable(number, inventory, expected)
    return number
