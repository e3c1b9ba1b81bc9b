"""The optical port (P0) in a visit: a session in, numbers, values and state out.

Rule: what the meter gives in Wh is kept in kWh, exactly and with the digits as read; a register
that the meter does not have is an error, not a zero; state holds no interval data.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from fieldapp.domain.work_order import MeterRegister
from fieldapp.work.expected import Expected, Value, each_register
from fieldapp.work.refusals import GasMeterAbsent
from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_answers import NamedRegister, Readout
from hardware.drivers.optical_line import OpticalOptions
from hardware.dsmr.identity import same_meter
from hardware.errors import NotSupported
from hardware.values import Obis, Register

_REGISTER_CLASS, _VALUE = 3, 2
PUBLIC_ACCESS = OpticalOptions(client=16, auth=Authentication.NONE)
"""The public client, which needs no key and may read who the meter is, nothing more."""
_KILO = {"kWh": "Wh"}


class OpticalPort:
    """What an optical session says about the meters of a visit."""

    def __init__(self, session: OpticalSession) -> None:
        """Ask through `session`."""
        self._session = session

    async def number(self) -> str:
        """The electricity meter's own number."""
        return await self._session.number()

    async def devices(self) -> tuple[str, ...]:
        """The numbers of the devices behind the meter."""
        channels = await self._session.mbus()
        return tuple(channel.equipment_id for channel in channels if channel.equipment_id)

    async def electricity(self, expected: Expected) -> dict[str, Value]:
        """The value of every register of the meter, by OBIS code.

        Raises:
            RegistersAbsent: the meter lacks some.
            MeterError: it refuses them to this client.
        """
        there: dict[str, Value] = {}
        for register in expected.meter.registers:
            value = await self._register(register)
            if value is not None:
                there[register.obis] = value
        return each_register(expected, there)

    async def gas(self, expected: Expected) -> dict[str, Value]:
        """The gas meter's last value, found by the number of the visit's gas meter.

        Raises:
            GasMeterAbsent: no device with that number behind this meter.
            RegistersAbsent: the device is there and its value is not.
        """
        channels = await self._session.mbus()
        own = expected.meter.number
        device = next((c for c in channels if same_meter(c.equipment_id, own)), None)
        if device is None:
            found = tuple(c.equipment_id for c in channels if c.equipment_id)
            raise GasMeterAbsent(own, found)
        there: dict[str, Value] = {}
        if device.register is not None:
            value = Value(str(device.register.value), device.register.value)
            there = {register.obis: value for register in expected.meter.registers}
        return each_register(expected, there)

    async def _register(self, register: MeterRegister) -> Value | None:
        try:
            obis = Obis.parse(register.obis)
            answer = await self._session.get(_REGISTER_CLASS, obis, _VALUE)
        except (ValueError, NotSupported):
            return None
        if answer.scaled is None:
            return None
        if answer.unit == register.unit:
            return Value(str(answer.scaled), answer.scaled)
        if answer.unit == _KILO.get(register.unit):
            return Value(str(answer.scaled), answer.scaled.scaleb(-3))
        return None


def state_of(readout: Readout) -> dict[str, Any]:
    """The readout as plain values for a fact: texts for exact numbers and times."""
    state = _plainly(
        {
            "identity": readout.identity,
            "clock": readout.clock,
            "counters": readout.counters,
            "preference": readout.preference,
            "alarms": readout.alarms,
            "errors": readout.errors,
            "mbus": [
                {
                    "channel": channel.channel,
                    "device": channel.device,
                    "equipment_id": channel.equipment_id,
                    "key_status": channel.key_status,
                    "signal": channel.signal,
                    "status": channel.status,
                    "register": channel.register and _plain(channel.register),
                }
                for channel in readout.mbus
            ],
            "modem": readout.modem,
            "logs": readout.logs,
            "left_out": readout.left_out,
            "wire": readout.wire,
        }
    )
    registers = [_named(named) for named in readout.registers]
    phases = [_named(named) for named in readout.phases]
    return {**state, "registers": registers, "phases": phases}


def _plainly(value: object) -> dict[str, Any]:
    """As it comes back from the office: lists for tuples, texts for times and exact numbers."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain


def _named(named: NamedRegister) -> dict[str, str | None]:
    return {"name": named.name, **_plain(named.register)}


def _plain(register: Register) -> dict[str, str | None]:
    return {
        "obis": str(register.obis),
        "value": _text(register.value),
        "unit": register.unit,
        "time": register.time.isoformat() if register.time else None,
    }


def _text(value: Decimal) -> str:
    return format(value, "f")
