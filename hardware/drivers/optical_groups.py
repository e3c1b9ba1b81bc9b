"""Groups of objects by name: registers, counters, alarms, the customer's choice.

In come the beginnings of names, out come values with their names. Rule: one list of questions
for a group; what the meter refuses or does not have is left out and said so.
"""

from __future__ import annotations

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.results import result_name
from hardware.dlms.targets import AttributeRef
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical_answers import NamedRegister, Preference
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_preference import read_preference
from hardware.drivers.optical_proofs import ERROR_REGISTER, AlarmState
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.objects import MeterObject
from hardware.errors import MeterError
from hardware.values import Register


class GroupReader:
    """Reads groups of objects of one meter.

    Attributes:
        left_out: what the meter refused, and with what word.
    """

    def __init__(self, conversation: Conversation, inventory: Inventory) -> None:
        self._conversation = conversation
        self._inventory = inventory
        self.left_out: list[str] = []

    async def registers(self, kinds: tuple[str, ...]) -> tuple[NamedRegister, ...]:
        """The registers whose names begin so, scaled by what the meter says."""
        entries = self._inventory.starting(*kinds)
        targets = [_attribute(entry, number) for entry in entries for number in (2, 3)]
        results = await self._conversation.get_each(targets)
        found = []
        for entry, value, scale in zip(entries, results[::2], results[1::2], strict=True):
            if isinstance(value, Data) and isinstance(scale, Data):
                found.append(_register(entry, value, ScalerUnit.from_data(scale)))
            else:
                self._refused(entry.name, value if isinstance(value, int) else scale)
        return tuple(found)

    async def numbers(self, kinds: tuple[str, ...]) -> dict[str, int]:
        """The counters whose names begin so."""
        entries = self._inventory.starting(*kinds)
        results = await self._conversation.get_each([_attribute(e, 2) for e in entries])
        found = {}
        for entry, result in zip(entries, results, strict=True):
            if isinstance(result, Data):
                found[entry.name] = result.integer
            else:
                self._refused(entry.name, result)
        return found

    async def alarm_state(self) -> AlarmState:
        """All alarm registers, and the error register."""
        return AlarmState(await self.numbers(("alarm_register_", ERROR_REGISTER)))

    async def preference(self) -> Preference | None:
        """The administrative status, None where the meter gives none."""
        try:
            return await read_preference(self._conversation)
        except MeterError as e:
            self.left_out.append(f"preference: {e}")
            return None

    def _refused(self, name: str, result: Result) -> None:
        if isinstance(result, int):
            self.left_out.append(f"{name}: {result_name(result)}")


def _attribute(entry: MeterObject, number: int) -> AttributeRef:
    return AttributeRef(entry.class_id, entry.obis(), number)


def _register(entry: MeterObject, value: Data, scale: ScalerUnit) -> NamedRegister:
    register = Register(entry.obis(), scale.scaled(value.integer), scale.unit)
    return NamedRegister(entry.name, register)
