"""The texts that a meter holds: its location, and the message to the consumer.

In comes an open session; out comes each text, or why there is none. Rule: a meter without such
an object, or one that does not show it to this key, is no failure of the readout.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_answers import text_of
from hardware.drivers.optical_texts import LOCATION, MESSAGE
from hardware.dsmr.inventory import Inventory
from hardware.errors import AccessDenied, MeterError, NotSupported

_VALUE = 2


class Lack(StrEnum):
    """Why a text was not read."""

    NONE = ""
    NO_OBJECT = "no_object"
    NO_ACCESS = "no_access"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class HeldText:
    """One text, empty where the meter holds none; `lacks` says why it was not read."""

    text: str = ""
    lacks: Lack = Lack.NONE


@dataclass(frozen=True, slots=True)
class MeterTexts:
    """Both."""

    location: HeldText
    message: HeldText


async def held_texts(session: OpticalSession) -> MeterTexts:
    """Both texts as they are now.

    Raises:
        PortTimeout, PortGone, RemoteProtocolError: it broke off.
    """
    inventory = await session.inventory()
    location = await _held(session, inventory, LOCATION)
    return MeterTexts(location, await _held(session, inventory, MESSAGE))


async def _held(session: OpticalSession, inventory: Inventory, name: str) -> HeldText:
    entry = inventory.find(name)
    if entry is None:
        return HeldText(lacks=Lack.NO_OBJECT)
    try:
        answer = await session.get(entry.class_id, entry.obis(), _VALUE)
    except AccessDenied:
        return HeldText(lacks=Lack.NO_ACCESS)
    except NotSupported:
        return HeldText(lacks=Lack.NO_OBJECT)
    except MeterError:
        return HeldText(lacks=Lack.REFUSED)
    return HeldText(text_of(answer.data))
