"""The four M-Bus channels of a meter: what is coupled, its last value, its key and its radio.

In come a conversation and an inventory, out come four channels. Rule: an empty channel is a
channel too; a device without a value keeps its identity.
"""

from __future__ import annotations

from dataclasses import replace

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.date_time import parse_date_time
from hardware.dlms.targets import AttributeRef
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical_answers import MbusChannel, text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_logs import DUTCH
from hardware.dsmr.events import device_type_name, key_status_name
from hardware.dsmr.identity import flag_code, mbus_number
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.mbus_events import status_names
from hardware.dsmr.objects import CHANNELS, MeterObject
from hardware.values import Register

# primary address, identification number, manufacturer, version, device type, key status
_CLIENT_ATTRIBUTES = (5, 6, 7, 8, 9, 14)


_ASKED_OF_DEVICE = ("mbus_value", "mbus_device_id", "mbus_diagnostic", "mbus_status")


async def read_mbus(
    conversation: Conversation, inventory: Inventory
) -> tuple[MbusChannel, ...]:
    """The channels 1 to 4; values and radio are read only where a device is coupled."""
    client = inventory.find("mbus_client")
    if client is None:
        return ()
    targets = [
        AttributeRef(client.class_id, client.obis(channel), number)
        for channel in CHANNELS
        for number in _CLIENT_ATTRIBUTES
    ]
    results = await conversation.get_each(targets)
    width = len(_CLIENT_ATTRIBUTES)
    channels = []
    for at, channel in enumerate(CHANNELS):
        found = _identified(client, channel, results[at * width : (at + 1) * width])
        if not found.is_empty:
            found = await _with_device(conversation, inventory, found)
        channels.append(found)
    return tuple(channels)


def _identified(client: MeterObject, channel: int, results: list[Result]) -> MbusChannel:
    """Who is coupled, as far as the meter says; a version without key status gives none."""
    address, number, maker, version, kind, _ = (_number(result) for result in results)
    key_status = results[-1]
    return MbusChannel(
        channel=channel,
        device=device_type_name(kind) if kind else "",
        number=mbus_number(number, client.version),
        manufacturer=flag_code(maker),
        version=version,
        address=address,
        key_status=key_status_name(_number(key_status)) if isinstance(key_status, Data) else "",
    )


async def _with_device(
    conversation: Conversation, inventory: Inventory, found: MbusChannel
) -> MbusChannel:
    """Equipment identifier, last value with its capture time, radio and status."""
    entries = {name: inventory.find(name) for name in _ASKED_OF_DEVICE}
    targets = [
        (name, AttributeRef(entry.class_id, entry.obis(found.channel), number))
        for name, entry in entries.items()
        if entry is not None
        for number in ((2, 3, 5) if name == "mbus_value" else (2,))
    ]
    results = await conversation.get_each([target for _, target in targets])
    there: dict[str, list[Result]] = {}
    for (name, _), result in zip(targets, results, strict=True):
        there.setdefault(name, []).append(result)
    number, signal, status = (_first(there, kind) for kind in _ASKED_OF_DEVICE[1:])
    return replace(
        found,
        equipment_id=text_of(number).strip() if number else "",
        register=_register(entries["mbus_value"], found.channel, there.get("mbus_value", [])),
        signal=signal.integer if signal else None,
        status=status_names(status.integer) if status else (),
    )


def _first(there: dict[str, list[Result]], name: str) -> Data | None:
    result = there.get(name, [None])[0]
    return result if isinstance(result, Data) else None


def _register(
    entry: MeterObject | None, channel: int, results: list[Result]
) -> Register | None:
    if entry is None:
        return None
    value, scale, captured = results
    if not isinstance(value, Data) or not isinstance(scale, Data):
        return None
    unit = ScalerUnit.from_data(scale)
    time = parse_date_time(captured.octets, DUTCH) if isinstance(captured, Data) else None
    if time is None and isinstance(captured, Data):
        return None  # nothing was heard of this device yet
    return Register(entry.obis(channel), unit.scaled(value.integer), unit.unit, time)


def _number(result: Result) -> int:
    return result.integer if isinstance(result, Data) else 0
