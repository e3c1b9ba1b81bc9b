"""A meter that nothing is wrong with, as a fact keeps it, and what a visit knows around it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fieldapp.domain.diagnosis import Evidence, Finding, Observations, Origin, Verdict
from fieldapp.domain.diagnosis.observations import (
    CustomerLine,
    LaptopClock,
    OpticalAccess,
    Status,
)
from fieldapp.domain.diagnosis.registry import answer
from fieldapp.domain.diagnosis.state import Quantity

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
VISITED = NOW - timedelta(days=20)
GAS = "G0007001234567809"


def ago(**span: float) -> str:
    """A moment before now, as a state holds it."""
    return (NOW - timedelta(**span)).isoformat()


def _row(name: str, obis: str, value: str, unit: str) -> dict[str, Any]:
    return {"name": name, "obis": obis, "value": value, "unit": unit, "time": None}


_HEALTHY: dict[str, Any] = {
    "identity": {"version": "smr500", "firmware": {"core": "5.0.17"}},
    "clock": {
        "time": NOW.isoformat(),
        "deviation_s": "2.0",
        "uncertainty_s": "1.2",
        "flags": [],
    },
    "counters": {"power_failures": 0, "voltage_sags_l1": 0},
    "preference": {"value": 2, "name": "on"},
    "alarms": [],
    "errors": [],
    "mbus": [
        {
            "channel": 1,
            "device": "gas",
            "equipment_id": GAS,
            "key_status": "in_use",
            "status": [],
            "register": {"time": ago(minutes=30)},
        },
        {"channel": 2, "device": "", "equipment_id": "", "register": None},
    ],
    "modem": {"registration": "home", "operator": "20408", "signal_dbm": -71},
    "logs": {"standard": [], "fraud": [], "power_quality": [], "power_failure": []},
    "left_out": [],
    "registers": [],
    "phases": [
        _row("voltage_l1", "1-0:32.7.0", "230.1", "V"),
        _row("voltage_l2", "1-0:52.7.0", "231.2", "V"),
        _row("voltage_l3", "1-0:72.7.0", "229.8", "V"),
        _row("power_by_client", "1-0:2.7.0", "0", "W"),
        _row("power_by_client_l1", "1-0:22.7.0", "0", "W"),
    ],
}


def healthy(**changed: object) -> dict[str, Any]:
    """The healthy state with parts replaced."""
    return {**copy.deepcopy(_HEALTHY), **changed}


def volts(*values: str) -> list[dict[str, Any]]:
    """Voltages of the phases."""
    obis = ("1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0")
    return [_row(f"voltage_l{n}", obis[n - 1], value, "V") for n, value in enumerate(values, 1)]


def powers(**values: str) -> list[dict[str, Any]]:
    """Voltages as they should be, and powers by name."""
    rows = [_row(name, "1-0:2.7.0", value, "W") for name, value in values.items()]
    return [*volts("230", "230", "230"), *rows]


def event(name: str, at: str, code: int = 0) -> dict[str, Any]:
    """A row of a log."""
    return {"time": at, "code": code, "name": name, "extra": []}


def logs(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The logs of the healthy meter, some with rows."""
    return {**_HEALTHY["logs"], **rows}


def seen(state: Mapping[str, Any] | None = None, **more: Any) -> Observations:
    """A visit to the healthy meter, with parts replaced."""
    known: dict[str, Any] = {
        "now": NOW,
        "before": healthy() if state is None else state,
        "before_at": NOW,
        "phases": 3,
        "gas": GAS,
        "wanted_status": 2,
        "status": Status(2, NOW),
        "last_visit": VISITED,
        "laptop": LaptopClock(Decimal(0), Decimal(1)),
        "p0": OpticalAccess(answered_at=NOW),
        "began": NOW - timedelta(minutes=20),
    }
    return Observations(**{**known, **more})


def port(*quantities: Quantity, **more: Any) -> CustomerLine:
    """What came over P1."""
    known: dict[str, Any] = {"at": NOW, "version": "50", "telegrams": 6}
    return CustomerLine(quantities=quantities, **{**known, **more})


def over_p1(name: str, value: str, unit: str = "", at: datetime = NOW) -> Quantity:
    """A quantity of a telegram."""
    evidence = Evidence(name, value, unit, Origin.P1, "0-0:0.0.0", at)
    return Quantity(name, Decimal(value), unit, evidence)


def ask(rule: str, of: Observations) -> tuple[str, str, dict[str, str]]:
    """Verdict, reason and its values."""
    finding = answer(rule, of)
    return str(finding.verdict), str(finding.why), finding.values


def found(rule: str, of: Observations) -> Finding:
    """The finding, which must be one."""
    finding = answer(rule, of)
    assert finding.verdict is Verdict.FOUND, finding
    return finding
