"""The modem's own report: operator, registration, signal (class 47, or 0-1:94.31.4).

In come a conversation and an inventory, out comes the first modem that is registered, else
the first that answers, else None. Rule: a meter without a modem is normal.
"""

from __future__ import annotations

from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import Modem, text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.dsmr.events import packet_service_name, registration_name, signal_dbm
from hardware.dsmr.inventory import Inventory
from hardware.dsmr.objects import MeterObject

_REGISTERED = {"home", "roaming"}
# operator, registration, packet service, cell info
_ATTRIBUTES = (2, 3, 5, 6)
_SIGNAL_QUALITY = 2


async def read_modem(conversation: Conversation, inventory: Inventory) -> Modem | None:
    """The diagnostic object of the modem that is in use; DSMR 4 has the network alone."""
    found: Modem | None = None
    for entry in inventory.objects:
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
    network = inventory.find("gprs_network")
    return found or (await _network(conversation, network) if network else None)


async def _network(conversation: Conversation, entry: MeterObject) -> Modem | None:
    """GPRS network information: signal in dBm, base stations, network (P3 4.2.2)."""
    (result,) = await conversation.get_each([AttributeRef(entry.class_id, entry.obis(), 2)])
    if not isinstance(result, Data):
        return None
    signal, _stations, network = result.fields(3)
    operator = str(network.value) if isinstance(network.value, int) else text_of(network)
    known = bool(operator.strip("0"))
    return Modem(
        kind="gprs",
        operator=operator if known else "",
        registration="home" if known else "not_registered",
        packet_service="gprs" if known else "inactive",
        signal_dbm=signal.integer,
    )


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
