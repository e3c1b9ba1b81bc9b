"""Couple an M-Bus device to a channel of the meter, or decouple it.

In come a conversation, an inventory and the device, out comes the proof. Rule: all four
channels are read first; a device that is coupled is left alone, a channel that another one
holds is never written, and a wired device gets its address from the meter (slave_install). What
identifies a device is written in one list, so that the meter never looks for a half of it; its
key follows when it has its channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hardware.dlms.data import Data, double_long_unsigned, long_unsigned, unsigned
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical_answers import MbusChannel
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_mbus import read_mbus
from hardware.drivers.optical_mbus_key import NO_KEYS, KeyRing, hand_over
from hardware.drivers.optical_proofs import CouplingProof, KeyOutcome
from hardware.dsmr.events import device_type_number
from hardware.dsmr.identity import flag_number, mbus_value
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.objects import MeterObject
from hardware.errors import ChannelTaken, NotSupported

_CLASS = 72
_INSTALL, _DEINSTALL = 1, 2
_REJECTED = "new_key_rejected"
_ADDRESS, _NUMBER, _MAKER, _VERSION, _TYPE = 5, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class MbusDevice:
    """What is to be coupled, as far as it is known; the number always is.

    Attributes:
        number: the eight digits of the short identification.
        device: `gas`, `water`, ...
        manufacturer: three capitals, or empty.
        version: or None.
        wired: needs an address from the meter.
    """

    number: str
    device: str = "gas"
    manufacturer: str = ""
    version: int | None = None
    wired: bool = False


async def couple(
    conversation: Conversation,
    inventory: Inventory,
    device: MbusDevice,
    ring: KeyRing = NO_KEYS,
) -> CouplingProof:
    """Write the device's identification into the channel that fits it best, then its key.

    A key that the meter refuses is no error, because the device is coupled by then: `key` of
    the proof tells it, and it was sent once.

    Raises:
        ChannelTaken: all four channels hold other devices; nothing was written.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    client = _client(inventory)
    before = _best(await read_mbus(conversation, inventory), device)
    channel = before.channel
    changes = list(_changes(client, before, device))
    await _write(conversation, client, channel, changes)
    installs = device.wired and not before.address
    if installs:
        await conversation.action_named(MethodRef(_CLASS, client.obis(channel), _INSTALL))
    after = before
    if changes or installs:
        after = (await read_mbus(conversation, inventory))[channel - 1]
    key = await hand_over(conversation, inventory, after, ring)
    if key is not KeyOutcome.NONE:
        known = after.status
        after = (await read_mbus(conversation, inventory))[channel - 1]
        if _REJECTED in after.status and _REJECTED not in known:
            key = KeyOutcome.REFUSED
    written = bool(changes) or installs or key is not KeyOutcome.NONE
    return CouplingProof(channel, before, after, written=written, key=key)


async def decouple(
    conversation: Conversation, inventory: Inventory, channel: int, number: str
) -> CouplingProof:
    """Take the device with this number off its channel, and empty the channel.

    Raises:
        ChannelTaken: the channel holds another device than was shown; nothing was written.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    client = _client(inventory)
    before = (await read_mbus(conversation, inventory))[channel - 1]
    if before.number != number or not number:
        raise ChannelTaken((before.number,))
    method = MethodRef(_CLASS, client.obis(channel), _DEINSTALL)
    await conversation.action_named(method, unsigned(0))
    await _write(conversation, client, channel, [(n, kind(0)) for n, kind in _EMPTY.items()])
    after = (await read_mbus(conversation, inventory))[channel - 1]
    return CouplingProof(channel, before, after, written=True)


_EMPTY: dict[int, Callable[[int], Data]] = {
    _NUMBER: double_long_unsigned,
    _MAKER: long_unsigned,
    _VERSION: unsigned,
    _TYPE: unsigned,
    _ADDRESS: unsigned,
}


def _client(inventory: Inventory) -> MeterObject:
    entry = inventory.find("mbus_client")
    if entry is None:
        raise NotSupported("no M-Bus client (class 72) in this meter")
    return entry


def _best(channels: tuple[MbusChannel, ...], device: MbusDevice) -> MbusChannel:
    """The channel that agrees most and contradicts nothing; else the first empty one."""
    scores = {channel.channel: _agreement(channel, device) for channel in channels}
    fitting = [c for c in channels if scores[c.channel] is not None]
    if not fitting:
        raise ChannelTaken(tuple(channel.number for channel in channels))
    return max(fitting, key=lambda c: (scores[c.channel] or 0, -c.channel))


def _agreement(channel: MbusChannel, device: MbusDevice) -> int | None:
    """How many facts agree; None where one contradicts."""
    pairs: tuple[tuple[object, object], ...] = (
        (channel.number, device.number),
        (channel.device, device.device),
        (channel.manufacturer, device.manufacturer),
        (channel.version, device.version),
    )
    known = [(held, wanted) for held, wanted in pairs if held and wanted]
    if any(held != wanted for held, wanted in known):
        return None
    if channel.device and not channel.number:
        return None  # a device that hides its number is not ours to overwrite
    return len(known)


def _changes(
    client: MeterObject, channel: MbusChannel, device: MbusDevice
) -> Iterator[tuple[int, Data]]:
    """The attributes that are known and not there yet."""
    if channel.number != device.number:
        yield _NUMBER, double_long_unsigned(mbus_value(device.number, client.version))
    if device.manufacturer and channel.manufacturer != device.manufacturer:
        yield _MAKER, long_unsigned(flag_number(device.manufacturer))
    if device.version is not None and channel.version != device.version:
        yield _VERSION, unsigned(device.version)
    if channel.device != device.device:
        yield _TYPE, unsigned(device_type_number(device.device))


async def _write(
    conversation: Conversation,
    client: MeterObject,
    channel: int,
    values: Sequence[tuple[int, Data]],
) -> None:
    obis = client.obis(channel)
    await conversation.set_each(
        [(AttributeRef(_CLASS, obis, number), value) for number, value in values]
    )
