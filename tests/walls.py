"""The meters of one visit: on the wall or to come, with what is behind and near them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from fieldapp.domain.work_order import Commodity, Meter, MeterKind, Visit
from hardware.port import Port
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_state import ALARM_CONFIGURATION, GasMeter, OpticalMeter
from hardware.simulators.p1 import MeterSpec, P1Meter

HOST = "E0012001122334411"
"""The electricity meter of a visit that is about gas only, which the visit does not know."""

_LITRES = 1_284_305
_BEHIND_S = -90


def meters_of(visit: Visit, clock: Callable[[], datetime]) -> dict[str, OpticalMeter]:
    """The electricity meters of a visit by number: the one there now, and the one to come.

    What is to come has its clock wrong and an alarm set, as a meter out of a box may have, and
    the visit's new gas meter within reach.
    """
    old, new = _smart(visit, Commodity.ELECTRICITY)
    old_gas, new_gas = _smart(visit, Commodity.GAS)
    if visit.connection("E") is None:
        old, new = HOST, ""
    meters = {
        number: OpticalMeter(number, clock, needs_password=False) for number in (old, new)
    }
    if old_gas:
        meters[old].channels[0] = GasMeter(old_gas, _LITRES, clock())
    if new_gas:
        meters[new or old].bus.in_reach.append(GasMeter(new_gas, 0, clock()))
    meters.pop("", None)
    if new:
        meters[new].clock_error_s = _BEHIND_S
        meters[new].alarms[1] = ALARM_CONFIGURATION
    return meters


def _smart(visit: Visit, carrier: Commodity) -> tuple[str, str]:
    """The numbers of this carrier's smart meters, old and new; empty for none."""
    connection = visit.connection(carrier.value)
    if connection is None:
        return "", ""
    stock = (meter for meter in visit.new_meters if meter.number.startswith(carrier.value))
    return _number(connection.meter), _number(next(stock, None))


def _number(meter: Meter | None) -> str:
    return meter.number if meter is not None and meter.kind is MeterKind.SMART else ""


def telegram_of(meter: OpticalMeter) -> bytes:
    """What its customer port says now."""
    coupled = [device.equipment_id for device in meter.channels if device is not None]
    spec = MeterSpec(
        meter_number=meter.meter_number,
        gas=bool(coupled),
        gas_number=coupled[-1] if coupled else "",
        phases=3,
    )
    return P1Meter(spec).telegram(meter.clock())


async def customer_port(meter: OpticalMeter, port: Port) -> None:
    """Say one telegram to whoever listens."""
    await port.write(telegram_of(meter))
    await asyncio.Event().wait()


async def optical_port(meter: OpticalMeter, port: Port) -> None:
    """Answer whoever holds a head to it."""
    await OpticalSimulator(meter, Framing.HDLC).serve(port)
