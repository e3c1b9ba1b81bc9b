"""The modem's own report: operator, registration, signal (class 47).

In comes a conversation and the version, out comes the first modem that is registered, else the
first that answers, else None. Rule: a meter without a modem is normal.
"""

from __future__ import annotations

from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import Modem, text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.dsmr.events import packet_service_name, registration_name, signal_dbm
from hardware.dsmr.objects import Version, objects_of

_REGISTERED = {"home", "roaming"}
# operator, registration, packet service, cell info
_ATTRIBUTES = (2, 3, 5, 6)
_SIGNAL_QUALITY = 2


async def read_modem(conversation: Conversation, version: Version) -> Modem | None:
    """The diagnostic object of the modem that is in use."""
    found: Modem | None = None
    for entry in objects_of(version):
        if entry.class_id != 47:
            continue
        targets = [AttributeRef(47, entry.obis(), number) for number in _ATTRIBUTES]
        results = await conversation.get_each(targets)
        values = [result for result in results if isinstance(result, Data)]
        if len(values) < len(targets):
            continue
        modem = _modem(entry.name.removeprefix("modem_"), values)
        if modem.registration in _REGISTERED:
            return modem
        found = found or modem
    return found


def _modem(kind: str, values: list[Data]) -> Modem:
    operator, registration, packet, cell = values
    quality = cell.fields(_SIGNAL_QUALITY + 1)[_SIGNAL_QUALITY].integer
    return Modem(
        kind=kind,
        operator=text_of(operator),
        registration=registration_name(registration.integer),
        packet_service=packet_service_name(packet.integer),
        signal_dbm=signal_dbm(quality),
    )
