"""How the customer ports of the versions differ, as data for the simulated meter.

A version name in; a frozen recipe out: identification, parts in the order of the telegram,
widths that deviate from 5.0.2, and how often it sends (P1 3.0 5.1 and 6.1; 4.2.2 6; 5.0.2 6
and 7; for `be` and `lu` the national variants; others stand in `p1_countries`). Rule: a
difference between versions stands in data and nowhere in the meter's behaviour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Part(Enum):
    """A group of lines that belong together."""

    VERSION = auto()
    TIME = auto()
    EQUIPMENT = auto()
    DEVICE_NAME = auto()
    TOTALS = auto()
    ENERGY = auto()
    TARIFF = auto()
    DEMAND = auto()
    POWER = auto()
    SWITCHES = auto()
    FUSE = auto()
    FAILURES = auto()
    QUALITY = auto()
    TEXT_CODE = auto()
    TEXT = auto()
    VOLTAGE = auto()
    CURRENT = auto()
    PHASE_POWER = auto()
    REACTIVE = auto()
    PHASE_REACTIVE = auto()
    QUADRANTS = auto()
    FACTORS = auto()
    FUSES = auto()
    BREAKER = auto()
    NUMBER = auto()
    STATUS = auto()
    PEAKS = auto()
    MONTH_END = auto()
    HEAT = auto()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One version of the port.

    Attributes:
        header: the identification.
        parts: in the order in which the lines stand.
        version: the version object and its value, None where there is none.
        checksum: whether the end line carries one.
        interval_s: seconds between telegrams.
        baud: at which it sends (P1 3.0 5.1; 4.2.2 and 5.0.2 6.1).
        gas_code: C.D.E of the gas value, empty where no gas meter can be coupled.
        gas_period_s: seconds between captures of the gas value.
        normal_tariff: the register of the normal tariff, 1 or 2.
        decimals: of power in kW.
        current_decimals: of currents in A.
        limiter_unit: kW, or A in 3.0.
        widths: digits before the point by code, where they deviate.
        whole_watts: energy and power in whole Wh and W instead of kWh and kW.
        equipment: the code of the meter's number.
        suffix: stands behind every code.
        padded: whether the checksum has its leading zeros.
        behind: what still follows the end line.
    """

    header: str
    parts: tuple[Part, ...]
    version: tuple[str, str] | None = None
    checksum: bool = True
    interval_s: int = 10
    baud: int = 115200
    gas_code: str = "24.2.1"
    gas_period_s: int = 3600
    normal_tariff: int = 2
    decimals: int = 3
    current_decimals: int = 0
    limiter_unit: str = "kW"
    widths: Mapping[str, int] = field(default_factory=dict)
    whole_watts: bool = False
    equipment: str = "0-0:96.1.1"
    suffix: str = ""
    padded: bool = True
    behind: bytes = b""


_OLD_ENERGY = {f"1-0:{direction}.8.{tariff}": 5 for direction in (1, 2) for tariff in (1, 2)}
_FOUR = (
    Part.VERSION,
    Part.TIME,
    Part.EQUIPMENT,
    Part.ENERGY,
    Part.TARIFF,
    Part.POWER,
)
_FIVE = (*_FOUR, Part.FAILURES, Part.QUALITY, Part.TEXT)
_PHASES = (Part.VOLTAGE, Part.CURRENT, Part.PHASE_POWER)
_OLD = (
    Part.EQUIPMENT,
    Part.ENERGY,
    Part.TARIFF,
    Part.POWER,
    Part.SWITCHES,
    Part.TEXT_CODE,
    Part.TEXT,
)

DSMR: Mapping[str, Recipe] = {
    "2.2": Recipe(
        header="XMX5\\2SIM-22",
        parts=_OLD,
        baud=9600,
        checksum=False,
        gas_code="24.3.0",
        normal_tariff=1,
        decimals=2,
        widths={**_OLD_ENERGY, "1-0:1.7.0": 4, "1-0:2.7.0": 4},
    ),
    "3.0": Recipe(
        header="XMX5\\2SIM-30",
        parts=_OLD,
        baud=9600,
        checksum=False,
        gas_code="24.3.0",
        normal_tariff=1,
        decimals=2,
        limiter_unit="A",
        widths={**_OLD_ENERGY, "1-0:1.7.0": 3, "1-0:2.7.0": 3, "0-0:17.0.0": 3},
    ),
    "4.0": Recipe(
        header="XMX5\\2SIM-40",
        parts=(
            *_FOUR,
            Part.SWITCHES,
            Part.FAILURES,
            Part.QUALITY,
            Part.TEXT_CODE,
            Part.TEXT,
            Part.CURRENT,
            Part.PHASE_POWER,
        ),
        version=("1-3:0.2.8", "40"),
    ),
    "4.2": Recipe(
        header="XMX5\\2SIM-42",
        parts=(
            *_FOUR,
            Part.FAILURES,
            Part.QUALITY,
            Part.TEXT_CODE,
            Part.TEXT,
            Part.CURRENT,
            Part.PHASE_POWER,
        ),
        version=("1-3:0.2.8", "42"),
    ),
    "5.0": Recipe(
        header="XMX5\\2SIM-50",
        parts=(*_FIVE, *_PHASES),
        version=("1-3:0.2.8", "50"),
        interval_s=1,
        gas_period_s=300,
    ),
    "be": Recipe(
        header="FLU5\\253SIM_A",
        parts=(
            Part.VERSION,
            Part.EQUIPMENT,
            Part.TIME,
            Part.ENERGY,
            Part.TARIFF,
            Part.DEMAND,
            Part.PEAKS,
            Part.POWER,
            Part.PHASE_POWER,
            Part.VOLTAGE,
            Part.CURRENT,
            Part.SWITCHES,
            Part.FUSE,
            Part.TEXT,
        ),
        version=("0-0:96.1.4", "50217"),
        interval_s=1,
        gas_code="24.2.3",
        gas_period_s=300,
        normal_tariff=1,
        current_decimals=2,
        widths={"0-0:17.0.0": 3, "1-0:1.6.0": 2},
    ),
    "lu": Recipe(
        header="Lux5\\253SIM_A",
        parts=(
            Part.VERSION,
            Part.TIME,
            Part.DEVICE_NAME,
            Part.EQUIPMENT,
            Part.TOTALS,
            *_FIVE[3:],
            *_PHASES,
        ),
        version=("1-3:0.2.8", "42"),
        gas_period_s=300,
    ),
}
