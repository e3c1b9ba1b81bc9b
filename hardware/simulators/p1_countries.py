"""The customer ports of other countries, and of what is no electricity meter, as recipes.

Sweden `se` (HAN H1 2.0), Hungary `hu` (E.ON), Ireland `ie` (Iskraemeco), Austria `at` (Sagemcom
T210-D-r, sealed where keys are given), Germany `de` (EasyMeter Q3D) and `heat`, the interface
of a heat meter. Rule: as in `p1_versions`; `RECIPES` is all of both.
"""

from collections.abc import Mapping

from hardware.simulators.p1_versions import DSMR, Part, Recipe

_NINE = {f"1-0:{c}.8.{t}": 9 for c in (1, 2, 3, 4) for t in (0, 1, 2)}
_NINE |= {f"1-0:{c}.7.0": 9 for c in (1, 2, 3, 4)}
_PHASES = (Part.PHASE_POWER, Part.VOLTAGE, Part.CURRENT)

RECIPES: Mapping[str, Recipe] = {
    **DSMR,
    "se": Recipe(
        header="SIM5\\253SE_A",
        gas_code="",
        parts=(
            Part.TIME,
            Part.TOTALS,
            Part.REACTIVE,
            Part.POWER,
            Part.PHASE_POWER,
            Part.PHASE_REACTIVE,
            Part.VOLTAGE,
            Part.CURRENT,
        ),
        current_decimals=1,
        widths={f"1-0:{c}.8.0": 8 for c in (1, 2, 3, 4)} | {"1-0:1.7.0": 4, "1-0:2.7.0": 4},
    ),
    "hu": Recipe(
        header="SIM5SIM-HU",
        gas_code="",
        parts=(
            Part.TIME,
            Part.DEVICE_NAME,
            Part.EQUIPMENT,
            Part.TARIFF,
            Part.SWITCHES,
            Part.TOTALS,
            Part.ENERGY,
            Part.REACTIVE,
            Part.QUADRANTS,
            Part.VOLTAGE,
            Part.CURRENT,
            Part.FACTORS,
            Part.POWER,
            Part.FUSES,
            Part.MONTH_END,
            Part.TEXT,
        ),
        equipment="0-0:96.1.0",
    ),
    "ie": Recipe(
        header="SIM5\\2SIM-IE",
        gas_code="",
        parts=(
            Part.NUMBER,
            Part.EQUIPMENT,
            Part.TIME,
            Part.ENERGY,
            Part.TARIFF,
            Part.POWER,
            *_PHASES,
            Part.BREAKER,
            Part.TEXT,
        ),
        equipment="0-0:96.1.0",
    ),
    "at": Recipe(
        header="SIM5\\253SIM_AT",
        gas_code="",
        parts=(
            Part.VERSION,
            Part.TIME,
            Part.TOTALS,
            Part.ENERGY,
            Part.POWER,
            Part.REACTIVE,
        ),
        version=("1-3:0.2.8", "50"),
        whole_watts=True,
        widths=_NINE,
    ),
    "de": Recipe(
        header="SIM5Q3DA1004 V3.04",
        gas_code="",
        parts=(Part.NUMBER, Part.TOTALS, Part.PHASE_POWER, Part.POWER, Part.STATUS),
        checksum=False,
        suffix="*255",
        behind=b"  25818685\r\nDE0000000000000000000000000000003\r\n",
    ),
    "heat": Recipe(
        header="SIM-WARMTELINK",
        gas_code="",
        parts=(
            Part.VERSION,
            Part.TIME,
            Part.EQUIPMENT,
            Part.TEXT_CODE,
            Part.TEXT,
            Part.HEAT,
        ),
        version=("1-3:0.2.8", "50"),
        padded=False,
    ),
}
