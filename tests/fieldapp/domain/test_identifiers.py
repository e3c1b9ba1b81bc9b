from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.identifiers import (
    ean_check_digit,
    ean_is_checked,
    is_dutch_equipment_identifier,
    parse_ean,
    parse_meter_number,
    parse_postcode,
)
from fieldapp.errors import IdentifierError


@pytest.mark.parametrize("code", ["8716871000002", "8716909000004", "8716879000004"])
def test_published_codes_hold_the_check_digit(code: str) -> None:
    assert ean_check_digit(code[:-1]) == code[-1]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_one_wrong_digit_is_seen(digits: str) -> None:
    right = digits + ean_check_digit(digits)
    wrong = right[:5] + str((int(right[5]) + 1) % 10) + right[6:]
    assert ean_is_checked(parse_ean(right))
    assert not ean_is_checked(parse_ean(wrong))


def test_ean_with_blanks() -> None:
    assert parse_ean(" 871687 100000200006 ") == "871687100000200006"


@pytest.mark.parametrize("text", ["", "87168710000020000", "8716871000002000061", "87x" * 6])
def test_not_an_ean(text: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_ean(text)
    assert caught.value.what == "EAN"


def test_meter_numbers() -> None:
    number = parse_meter_number(" e0044007382246019 ")
    assert number == "E0044007382246019"
    assert is_dutch_equipment_identifier(number)
    assert not is_dutch_equipment_identifier(parse_meter_number("2222ABCD123456789"))
    with pytest.raises(IdentifierError):
        parse_meter_number("!")


def test_postcodes() -> None:
    assert parse_postcode("2671ab") == "2671 AB"
    with pytest.raises(IdentifierError):
        parse_postcode("0671 AB")
