"""Which kind of meter a telegram comes from, told from the telegram itself.

A `Telegram` in; a `Dialect` out, with how often such a meter sends. Rule: nobody is asked. What
decides is which lines a version or a country has and no other (P1 3.0 6.1; 4.2.2 and 5.0.2 7.1;
e-MUCS P1; Swedish HAN H1 2.0), never the maker's identification alone; a telegram that shows
nothing of the kind, because it is damaged, is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from hardware.p1.readings import Reading
from hardware.p1.telegram import Telegram

_HEAT = Decimal(4)
"""Heat, as a device type (EN 13757-3)."""


class Dialect(StrEnum):
    """The kinds, by the names under which people know them."""

    DSMR_2_2 = "DSMR 2.2"
    DSMR_3_0 = "DSMR 3.0"
    DSMR_4_0 = "DSMR 4.0"
    DSMR_4_2 = "DSMR 4.2"
    DSMR_5_0 = "DSMR 5.0"
    FLUVIUS = "Fluvius"
    SMARTY = "Smarty"
    AUSTRIA = "Sagemcom T210-D-r"
    SWEDEN = "HAN H1"
    HUNGARY = "E.ON Hungary"
    IRELAND = "Iskra IE"
    Q3D = "EasyMeter Q3D"
    HEAT = "heat interface"
    UNKNOWN = "unknown"

    @property
    def interval_s(self) -> int | None:
        """Seconds between telegrams as its specification has it; None where none is known."""
        return _INTERVALS_S.get(self)


_INTERVALS_S = {
    Dialect.DSMR_2_2: 10,
    Dialect.DSMR_3_0: 10,
    Dialect.DSMR_4_0: 10,
    Dialect.DSMR_4_2: 10,
    Dialect.DSMR_5_0: 1,
    Dialect.FLUVIUS: 1,
    Dialect.SMARTY: 10,
    Dialect.SWEDEN: 10,
    Dialect.HUNGARY: 10,
}


def dialect_of(telegram: Telegram) -> Dialect:
    """The kind of meter that speaks here."""
    readings = {reading.name: reading for reading in telegram.readings}
    version = readings.get("version")
    if version is not None:
        return _versioned(readings, version)
    if "telegram_time" in readings:
        return next((kind for kind, has in _UNVERSIONED if has(readings)), Dialect.UNKNOWN)
    return _undated(readings)


_Readings = Mapping[str, Reading]


def _versioned(readings: _Readings, version: Reading) -> Dialect:
    """With a version object: 4.0 and later, Belgium, Luxembourg and Austria."""
    if version.obis.a == 0:
        return Dialect.FLUVIUS
    if "device_name" in readings:
        return Dialect.SMARTY
    energy = readings.get("energy_to_client") or readings.get("energy_to_client_t1")
    if energy is None and _has_heat(readings):
        return Dialect.HEAT
    if energy is not None and energy.unit == "Wh":
        return Dialect.AUSTRIA
    return _of_number(str(version.value))


def _of_number(version: str) -> Dialect:
    """4.0 sends 40, 4.2 and 4.2.2 send 42, every 5 so far sends 50."""
    if version.startswith("4"):
        return Dialect.DSMR_4_2 if version >= "42" else Dialect.DSMR_4_0
    return Dialect.DSMR_5_0 if version.startswith("5") else Dialect.UNKNOWN


_UNVERSIONED: tuple[tuple[Dialect, Callable[[_Readings], bool]], ...] = (
    (Dialect.HUNGARY, lambda readings: "device_name" in readings),
    (Dialect.IRELAND, lambda readings: "device_number" in readings),
    (
        Dialect.SWEDEN,
        lambda readings: (
            "energy_to_client" in readings and "energy_to_client_t1" not in readings
        ),
    ),
)
"""With a time and without a version, the surest first."""


def _undated(readings: _Readings) -> Dialect:
    """Without a time: 2.2 and 3.0, which differ in limiter and identifiers, and the Q3D."""
    if "status_flags" in readings:
        return Dialect.Q3D
    if "energy_to_client_t1" not in readings:
        return Dialect.UNKNOWN
    limiter = readings.get("limiter_threshold")
    if limiter is not None and limiter.unit == "kW":
        return Dialect.DSMR_2_2
    older = "gas_equipment_id" in readings or "device_name" in readings
    return Dialect.DSMR_2_2 if older else Dialect.DSMR_3_0


def _has_heat(readings: _Readings) -> bool:
    types = (readings.get(f"mbus{channel}_device_type") for channel in range(1, 5))
    return any(found is not None and found.value == _HEAT for found in types)
