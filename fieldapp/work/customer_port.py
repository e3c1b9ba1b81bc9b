"""The customer port (P1) in a visit: one whole telegram in, numbers and values out.

A telegram counts only when its checksum holds (or its version has none). Rule: registers are
matched by their code, the gas meter by its own number and never by its channel, and a register
that is not there is an error, not a zero.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal

from fieldapp.domain import facts as f
from fieldapp.work.expected import Expected, Value, each_register
from fieldapp.work.refusals import GasMeterAbsent
from fieldapp.work.tools import Tools
from hardware.drivers.p1_tuner import Patience
from hardware.drivers.p1_tuning import Tuned, tune
from hardware.dsmr.identity import same_meter
from hardware.errors import PortTimeout, RemoteProtocolError
from hardware.p1.identity import equipment_id, registers
from hardware.p1.rhythm import old_values
from hardware.p1.telegram import Telegram
from hardware.port import Port
from hardware.values import Obis

_CHANNELS = range(1, 5)
BAD = "bad"
_GAS = (24, 2, 1)


async def tuned(port: Port, source: str, tools: Tools) -> Tuned:
    """The port at the settings at which it speaks, tried first where it spoke before.

    Raises:
        PortError, RemoteProtocolError: see `tune`.
    """
    patience = Patience.within(tools.p1_patience_s)
    heard = await tune(port, tools.known_line(source), patience)
    tools.keep_line(source, heard.verdict.line)
    return heard


async def read_telegram(port: Port, source: str, tools: Tools) -> Telegram:
    """The first sound telegram within the patience; damaged ones are passed over.

    Raises:
        PortTimeout: nothing came.
        PortError, RemoteProtocolError: see `tune`; also where there are only damaged ones.
    """
    now = asyncio.get_running_loop().time
    deadline = now() + tools.p1_patience_s
    heard = await tuned(port, source, tools)
    telegram, damaged = heard.telegram, 0
    while telegram.crc == BAD:
        damaged += 1
        try:
            telegram = await heard.driver.next_telegram(max(0.0, deadline - now()))
        except PortTimeout as e:
            raise RemoteProtocolError(f"{damaged} damaged telegrams") from e
    return telegram


class CustomerPort:
    """What one telegram says about the meters of a visit."""

    def __init__(self, telegram: Telegram) -> None:
        """Look into `telegram`."""
        self._telegram = telegram

    async def number(self) -> str:
        """The electricity meter's own number; empty where the telegram carries none."""
        return equipment_id(self._telegram) or ""

    async def devices(self) -> tuple[str, ...]:
        """The numbers of the devices behind the meter."""
        return tuple(self._numbers().values())

    async def electricity(self, expected: Expected) -> dict[str, Value]:
        """The value of every register of the meter, by OBIS code.

        Raises:
            RegistersAbsent: the telegram lacks some.
        """
        there = {
            str(reading.obis): Value(str(reading.value), reading.value)
            for reading in self._telegram.readings
            if isinstance(reading.value, Decimal)
        }
        return each_register(expected, there)

    async def gas(self, expected: Expected) -> dict[str, Value]:
        """The gas meter's value, found by the number of the visit's gas meter.

        Raises:
            GasMeterAbsent: no device with that number behind this meter.
            RegistersAbsent: the device is there and its value is not.
        """
        numbers = self._numbers()
        own = expected.meter.number
        channel = next((c for c, number in numbers.items() if same_meter(number, own)), None)
        if channel is None:
            raise GasMeterAbsent(own, tuple(numbers.values()))
        there = {
            register.obis: Value(str(value.value), value.value)
            for value in registers(self._telegram)
            if value.obis == Obis(0, channel, 24, 2, 1)
            for register in expected.meter.registers
        }
        return each_register(expected, there)

    def checked(self, at: datetime, meter: str, step: str) -> f.TelegramChecked:
        """That this telegram was heard, and how old the gas value behind the meter is.

        Args:
            at: now, aware; stands in where the telegram has no time.
            meter: the number that the telegram was held to.
            step: of the visit.
        """
        telegram = self._telegram
        gas = next((r for r in registers(telegram) if r.obis.groups[2:5] == _GAS), None)
        gas_at = gas.time if gas is not None else None
        old = {value.channel for value in old_values(telegram, at)}
        return f.TelegramChecked(
            at=at,
            step=step,
            meter=meter,
            version=telegram.version or "",
            checksum=telegram.crc,
            gas_at=gas_at,
            gas_fresh=None if gas is None else gas.obis.b not in old,
        )

    def _numbers(self) -> dict[int, str]:
        numbers = ((channel, equipment_id(self._telegram, channel)) for channel in _CHANNELS)
        return {channel: number for channel, number in numbers if number}
