"""Who is on the other side: identity, firmware and the version of the requirements.

In comes a conversation of any client (all of this is readable without a key), out comes who
the meter is. Rule: the equipment identifier is compared before anything is written or kept.
"""

from __future__ import annotations

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import Identity, text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.dsmr.identity import same_meter
from hardware.dsmr.objects import Version, catalogue, find
from hardware.errors import WrongMeter

_COMPONENTS = ("core", "module", "modem", "mbus_driver")
_P1_VERSIONS = tuple(entry for entry in catalogue() if entry.name == "p1_version")
"""The two codes under which meters hold it."""


def value_of(name: str, version: Version = Version.SMR500, channel: int = 0) -> AttributeRef:
    """Attribute 2 of the object with this name.

    Raises:
        KeyError: the version has no such object.
    """
    entry = find(name, version)
    return AttributeRef(entry.class_id, entry.obis(channel), 2)


async def read_equipment_id(conversation: Conversation) -> str:
    """The number on the meter's plate (0-0:96.1.1).

    Raises:
        AccessDenied, NotSupported: the meter does not give it.
    """
    return text_of(await conversation.get(value_of("equipment_id"))).strip()


async def check_meter(conversation: Conversation, number: str) -> str:
    """Read the equipment identifier and compare it with the expected one.

    Returns:
        The identifier as the meter gives it.

    Raises:
        WrongMeter: it is another one.
    """
    found = await read_equipment_id(conversation)
    if not same_meter(found, number):
        raise WrongMeter(number, found)
    return found


async def read_identity(conversation: Conversation) -> Identity:
    """Identity and firmware; what a version does not have stays empty."""
    names = ["equipment_id", "serial_number", "logical_device_name", "hardware_id"]
    names += [f"firmware_{part}" for part in _COMPONENTS]
    names += [f"signature_{part}" for part in _COMPONENTS]
    targets = [value_of(name) for name in names]
    targets += [AttributeRef(entry.class_id, entry.obis(), 2) for entry in _P1_VERSIONS]
    names += [""] * len(_P1_VERSIONS)
    results = await conversation.get_each(targets)
    texts = {name: _text(result) for name, result in zip(names, results, strict=True) if name}
    found = (_text(result) for result in results[-len(_P1_VERSIONS) :])
    return Identity(
        equipment_id=texts.get("equipment_id", ""),
        serial_number=texts.get("serial_number", ""),
        logical_device=texts.get("logical_device_name", ""),
        hardware_id=texts.get("hardware_id", ""),
        p1_version=next(filter(None, found), ""),
        firmware=_parts(texts, "firmware"),
        signatures=_parts(texts, "signature"),
    )


def _text(result: Result) -> str:
    return text_of(result).strip() if isinstance(result, Data) else ""


def _parts(texts: dict[str, str], kind: str) -> dict[str, str]:
    found = {part: texts.get(f"{kind}_{part}", "") for part in _COMPONENTS}
    return {part: text for part, text in found.items() if text}
