"""The four M-Bus channels of a meter: what is coupled, its last value, its key and its radio.

In comes a conversation and the version, out come four channels. Rule: an empty channel is a
channel too; a device without a value keeps its identity.
"""

from __future__ import annotations

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
from hardware.dsmr.objects import CHANNELS, Version, find
from hardware.values import Register

# primary address, identification number, manufacturer, version, device type, key status
_CLIENT_ATTRIBUTES = (5, 6, 7, 8, 9, 14)


async def read_mbus(conversation: Conversation, version: Version) -> tuple[MbusChannel, ...]:
    """The channels 1 to 4; values and radio are read only where a device is coupled."""
    entry = find("mbus_client", version)
    targets = [
        AttributeRef(entry.class_id, entry.obis(channel), number)
        for channel in CHANNELS
        for number in _CLIENT_ATTRIBUTES
    ]
    results = await conversation.get_each(targets)
    width = len(_CLIENT_ATTRIBUTES)
    channels = []
    for at, channel in enumerate(CHANNELS):
        numbers = [_number(result) for result in results[at * width : (at + 1) * width]]
        if numbers[1] or numbers[4]:
            channels.append(await _coupled(conversation, version, channel, numbers))
        else:
            channels.append(MbusChannel(channel))
    return tuple(channels)


async def _coupled(
    conversation: Conversation, version: Version, channel: int, numbers: list[int]
) -> MbusChannel:
    address, identification, manufacturer, device_version, kind, key_status = numbers
    name, register, signal = await _device(conversation, version, channel)
    return MbusChannel(
        channel=channel,
        device=device_type_name(kind),
        equipment_id=name,
        number=mbus_number(identification, find("mbus_client", version).version),
        manufacturer=flag_code(manufacturer),
        version=device_version,
        address=address,
        key_status=key_status_name(key_status),
        register=register,
        signal=signal,
    )


async def _device(
    conversation: Conversation, version: Version, channel: int
) -> tuple[str, Register | None, int | None]:
    """Equipment identifier, last value with its capture time, and signal strength."""
    value = find("mbus_value", version)
    targets = [
        AttributeRef(value.class_id, value.obis(channel), number) for number in (2, 3, 5)
    ]
    targets.append(AttributeRef(1, find("mbus_device_id", version).obis(channel), 2))
    if version.is_smr5:
        targets.append(AttributeRef(77, find("mbus_diagnostic", version).obis(channel), 2))
    results = await conversation.get_each(targets)
    name = text_of(results[3]).strip() if isinstance(results[3], Data) else ""
    signal = _number(results[4]) if results[4:] and isinstance(results[4], Data) else None
    return name, _register(targets[0], results[:3]), signal


def _register(target: AttributeRef, results: list[Result]) -> Register | None:
    value, scale, captured = results
    if not isinstance(value, Data) or not isinstance(scale, Data):
        return None
    unit = ScalerUnit.from_data(scale)
    time = parse_date_time(captured.octets, DUTCH) if isinstance(captured, Data) else None
    return Register(target.obis, unit.scaled(value.integer), unit.unit, time)


def _number(result: Result) -> int:
    return result.integer if isinstance(result, Data) else 0
