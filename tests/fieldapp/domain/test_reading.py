from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.reading import Doubt, NotAReading, judge, parse_digits, settlement_value
from fieldapp.domain.work_order import MeterRegister, Origin, PreviousReading

TODAY = date(2026, 11, 24)


def register(previous: str | None = "1000", *, backwards: bool = False) -> MeterRegister:
    last = PreviousReading(
        value=Decimal(previous or 0), origin=Origin.MEASURED, taken_on=date(2026, 11, 14)
    )
    return MeterRegister(
        obis="1-0:1.8.1",
        unit="kWh",
        digits=5,
        may_run_backwards=backwards,
        previous=last if previous is not None else None,
    )


@pytest.mark.parametrize(
    ("value", "doubt"),
    [
        ("1000", Doubt.NONE),
        ("2400", Doubt.NONE),
        ("2501", Doubt.MUCH_HIGHER),
        ("999", Doubt.LOWER_THAN_PREVIOUS),
        ("100000", Doubt.TOO_MANY_DIGITS),
    ],
)
def test_verdicts(value: str, doubt: Doubt) -> None:
    assert judge(register(), Decimal(value), TODAY) is doubt


def test_a_roll_over_is_told_from_a_lower_reading() -> None:
    assert judge(register("99990"), Decimal(20), TODAY) is Doubt.ROLLED_OVER
    assert judge(register(backwards=True), Decimal(990), TODAY) is Doubt.RAN_BACKWARDS


def test_without_a_previous_reading_only_the_width_counts() -> None:
    assert judge(register(None), Decimal(99999), TODAY) is Doubt.NONE


def test_digits_as_typed() -> None:
    assert parse_digits(" 004213,567 ") == Decimal("4213.567")
    for text in ("", "-1", "12a", "1.2.3", "1e5", "٣"):
        with pytest.raises(NotAReading):
            parse_digits(text)


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_settlement_truncates(value: Decimal) -> None:
    settled = settlement_value(value)
    assert settled == settled.to_integral_value()
    assert 0 <= value - settled < 1
