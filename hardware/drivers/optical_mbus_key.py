"""The key of a coupled M-Bus device: handed to the device, then set in the meter.

In come a conversation, the channel as it is and the keys at hand; out comes what became of the
key. Rule: a key in use is left alone; the device gets its key first, because a meter with a key
that its device does not have no longer hears it; what is refused is not tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.dlms.data import octet_string
from hardware.dlms.targets import MethodRef
from hardware.drivers.optical_answers import MbusChannel
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_proofs import KeyOutcome
from hardware.dsmr.events import device_type_number
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.mbus_keys import DeviceKeys, DeviceName, wrap_dsmr4, wrap_smr5
from hardware.errors import MeterError

_CLASS = 72
_SET_KEY, _TRANSFER_KEY = 7, 8
_IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys at hand for devices, and the counter for handing one over.

    Attributes:
        keys: short identification (eight digits) to the keys of that device.
        counter: of the change of a key, higher each time; seconds since 2000 where it is told
            by a clock.
    """

    keys: Mapping[str, DeviceKeys] = field(default_factory=dict, repr=False)
    counter: int = 0


NO_KEYS = KeyRing()


async def hand_over(
    conversation: Conversation, inventory: Inventory, channel: MbusChannel, ring: KeyRing
) -> KeyOutcome:
    """Give the device of this channel its key, and the meter the same one.

    Nothing is sent without a key at hand, to a channel whose key is in use, in a version that
    has none (DSMR 2.2: class 72 without a key status), or to an SMR 5 device of which maker and
    version are not known yet: its key is wrapped for exactly one device.
    """
    client, keys = inventory.find("mbus_client"), ring.keys.get(channel.number)
    if client is None or keys is None or channel.key_status in {"", _IN_USE}:
        return KeyOutcome.NONE
    is_known = all((channel.device, channel.manufacturer, channel.version))
    if keys.default is not None and client.version and not is_known:
        return KeyOutcome.NONE
    obis = client.obis(channel.channel)
    steps = [(_SET_KEY, keys.user)]
    if keys.default is not None:
        wrapped = _wrapped(keys.default, keys.user, channel, ring.counter, client.version)
        steps.insert(0, (_TRANSFER_KEY, wrapped))
    try:
        for method, octets in steps:
            target = MethodRef(_CLASS, obis, method)
            await conversation.action_named(target, octet_string(octets))
    except MeterError:
        return KeyOutcome.REFUSED
    return KeyOutcome.SENT


def _wrapped(
    default: bytes, user: bytes, channel: MbusChannel, counter: int, class_version: int
) -> bytes:
    """In the form of the meter's generation: version 1 of the class came with SMR 5."""
    if class_version == 0:
        return wrap_dsmr4(default, user)
    medium = device_type_number(channel.device)
    device = DeviceName(channel.number, channel.manufacturer, channel.version, medium)
    return wrap_smr5(default, user, device, counter)
