"""What each line of a telegram means: OBIS code to name, kind of value and width.

Covers DSMR 2.2 to 5.0.2 whole (P1 3.0 6.1, 4.2.2 and 5.0.2 7.1) and the lines of the Belgian,
Luxembourg, Austrian, Swedish, Hungarian, Irish and German relatives. Rule: names say the
register number and never "low" or "normal" tariff, because 2.2/3.0 and 4.0/5.0 give T1 and T2
opposite meanings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hardware.values import Obis

CHANNELS = range(1, 5)
"""M-Bus channels; which one a device gets is the order of installation, not its medium."""


class Kind(Enum):
    """How the value of a line is written (P1 5.0.2, table 5-1)."""

    NUMBER = auto()
    """`(Fn*unit)` or `(In)`."""
    VERSION = auto()
    """`(Sn)`, the version of the telegram."""
    TEXT = auto()
    """`(Sn)` that means just what it says."""
    OCTETS = auto()
    """`(Sn)` as hexadecimal octets of a text."""
    TIME = auto()
    """`(TST)`."""
    TIMED = auto()
    """`(TST)(Fn*unit)`: a number and when it was captured."""
    HOURLY = auto()
    """The two-line value of an M-Bus device in 2.2 and 3.0."""
    OUTAGES = auto()
    """The log of long power failures."""
    MONTHS = auto()
    """Peaks or registers of the past months, several values on one line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the catalogue.

    Attributes:
        obis: the code.
        name: short, English, lower case with underscores.
        kind: how its value is written.
        whole_digits: digits before the decimal point as DSMR 5.0.2 writes them, 0 where
            numbers have no fixed width.
    """

    obis: Obis
    name: str
    kind: Kind
    whole_digits: int = 0


_TEXTS = {
    "1-3:0.2.8": ("version", Kind.VERSION),
    "0-0:96.1.4": ("version", Kind.VERSION),
    "0-0:1.0.0": ("telegram_time", Kind.TIME),
    "0-0:96.1.1": ("equipment_id", Kind.OCTETS),
    "0-0:96.1.0": ("equipment_id", Kind.OCTETS),
    "0-0:96.1.255": ("equipment_id", Kind.OCTETS),
    "0-0:42.0.0": ("device_name", Kind.OCTETS),
    "7-0:0.0.0": ("gas_equipment_id", Kind.OCTETS),
    "0-0:96.14.0": ("tariff_indicator", Kind.TEXT),
    "0-0:96.13.0": ("text_message", Kind.OCTETS),
    "0-0:96.13.1": ("text_code", Kind.OCTETS),
    "0-0:96.13.2": ("text_message_2", Kind.OCTETS),
    "0-0:96.13.3": ("text_message_3", Kind.OCTETS),
    "0-0:96.13.4": ("text_message_4", Kind.OCTETS),
    "0-0:96.13.5": ("text_message_5", Kind.OCTETS),
    "1-0:0.0.0": ("device_number", Kind.TEXT),
    "1-0:96.5.5": ("status_flags", Kind.TEXT),
    "1-0:99.97.0": ("power_failure_log", Kind.OUTAGES),
    "1-0:1.6.0": ("peak_demand_this_month", Kind.TIMED),
    "0-0:98.1.0": ("month_end", Kind.MONTHS),
}

_NUMBERS = {
    "1-0:1.7.0": ("power_to_client", 2),
    "1-0:2.7.0": ("power_by_client", 2),
    "1-0:3.7.0": ("reactive_power_to_client", 4),
    "1-0:4.7.0": ("reactive_power_by_client", 4),
    "0-0:96.7.21": ("power_failures", 5),
    "0-0:96.7.9": ("long_power_failures", 5),
    "0-0:17.0.0": ("limiter_threshold", 4),
    "0-0:96.3.10": ("breaker_position", 1),
    "1-0:1.4.0": ("average_demand", 2),
    "0-0:24.4.0": ("valve_position", 1),
    "1-0:31.4.0": ("fuse_threshold", 3),
    "1-0:51.4.0": ("fuse_threshold_l2", 3),
    "1-0:71.4.0": ("fuse_threshold_l3", 3),
    "1-0:14.7.0": ("frequency", 2),
    "1-0:13.7.0": ("power_factor", 1),
    "1-0:9.7.0": ("apparent_power_to_client", 2),
    "1-0:10.7.0": ("apparent_power_by_client", 2),
    "1-0:15.8.0": ("energy_both_ways", 6),
}

_ENERGIES = {
    1: "energy_to_client",
    2: "energy_by_client",
    3: "reactive_energy_to_client",
    4: "reactive_energy_by_client",
}

_QUADRANTS = range(1, 5)
"""Reactive energy and power by quadrant stand in group C 5..8."""

_PER_PHASE = {
    "{}1.7.0": ("power_to_client", 2),
    "{}2.7.0": ("power_by_client", 2),
    "{}3.7.0": ("reactive_power_to_client", 4),
    "{}4.7.0": ("reactive_power_by_client", 4),
}

_PER_LINE = {
    "{}2.7.0": ("voltage", 3),
    "{}1.7.0": ("current", 3),
    "{}3.7.0": ("power_factor", 1),
    "{}2.32.0": ("voltage_sags", 5),
    "{}2.36.0": ("voltage_swells", 5),
}

_PER_CHANNEL = {
    "24.1.0": ("device_type", Kind.NUMBER, 3),
    "96.1.0": ("device_id", Kind.OCTETS, 0),
    "96.1.1": ("device_id", Kind.OCTETS, 0),
    "24.2.1": ("device_value", Kind.TIMED, 5),
    "24.2.3": ("device_value_not_corrected", Kind.TIMED, 5),
    "24.3.0": ("device_value", Kind.HOURLY, 5),
    "24.4.0": ("valve_position", Kind.NUMBER, 1),
    "96.3.10": ("breaker_position", Kind.NUMBER, 1),
}


def _entry(code: str, name: str, kind: Kind, whole_digits: int = 0) -> tuple[str, Entry]:
    return code, Entry(Obis.parse(code), name, kind, whole_digits)


def _energies() -> dict[str, Entry]:
    return dict(
        _entry(
            f"1-0:{quantity}.8.{tariff}",
            f"{name}_t{tariff}" if tariff else name,
            Kind.NUMBER,
            6,
        )
        for quantity, name in _ENERGIES.items()
        for tariff in range(5)
    )


def _quadrants() -> dict[str, Entry]:
    return dict(
        _entry(f"1-0:{4 + quadrant}.{form}.0", f"{name}_q{quadrant}", Kind.NUMBER, width)
        for form, name, width in ((8, "reactive_energy", 6), (7, "reactive_power", 2))
        for quadrant in _QUADRANTS
    )


def _phases() -> dict[str, Entry]:
    """Group C counts in twenties: 21..24 are P+, P-, Q+, Q- of L1, 31 and 32 I and U."""
    return dict(
        _entry(f"1-0:{form.format(2 * phase + tens)}", f"{name}_l{phase}", Kind.NUMBER, width)
        for tens, forms in ((0, _PER_PHASE), (1, _PER_LINE))
        for form, (name, width) in forms.items()
        for phase in (1, 2, 3)
    )


def _channels() -> dict[str, Entry]:
    return dict(
        _entry(f"0-{channel}:{code}", f"mbus{channel}_{name}", kind, width)
        for channel in CHANNELS
        for code, (name, kind, width) in _PER_CHANNEL.items()
    )


CATALOGUE: dict[str, Entry] = {
    **dict(_entry(code, name, kind) for code, (name, kind) in _TEXTS.items()),
    **dict(_entry(code, name, Kind.NUMBER, w) for code, (name, w) in _NUMBERS.items()),
    **_energies(),
    **_quadrants(),
    **_phases(),
    **_channels(),
}
"""Every known code, as it is printed in a telegram without `*255`."""
