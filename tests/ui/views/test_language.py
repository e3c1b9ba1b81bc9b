from __future__ import annotations

import string
import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.messages import LANGUAGES
from ui.views.language import Words, system_language

ROOT = Path(__file__).parents[3] / "resources" / "words"
PAGES = sorted(path.stem for path in (ROOT / "nl").glob("*.toml"))
NL, EN = Words("nl", strict=True), Words("en", strict=True)
THIN, HARD, DASH, MINUS = "\u202f", "\u00a0", "\u2013", "\u2212"


def flat(table: dict[str, object], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        else:
            found[before + name] = str(value)
    return found


def page(lang: str, name: str) -> dict[str, str]:
    return flat(tomllib.loads((ROOT / lang / f"{name}.toml").read_text(encoding="utf-8")))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_words_with_the_same_fields(name: str) -> None:
    dutch, english = (page(lang, name) for lang in LANGUAGES)
    assert set(dutch) == set(english)
    assert {k: fields(v) for k, v in dutch.items()} == {
        k: fields(v) for k, v in english.items()
    }
    assert {k for k, v in dutch.items() if not v} == {k for k, v in english.items() if not v}


def test_missing_words_fail_a_test_and_lose_no_page() -> None:
    with pytest.raises(KeyError):
        NL("frame.no_such_word")
    with pytest.raises(KeyError):
        NL("no_such_page.word")
    assert Words("nl")("frame.no_such_word") == "frame.no_such_word"
    assert NL.has("frame.search")
    assert not NL.has("frame.no_such_word")


def test_a_switch_is_heard_and_an_unknown_language_refused() -> None:
    words = Words("xx")
    heard: list[str] = []
    words.changed.append(lambda: heard.append(words("frame.search")))
    assert words.lang == "nl"
    words.switch("en")
    assert heard == ["Search"]
    with pytest.raises(KeyError):
        words.switch("xx")
    assert system_language() in LANGUAGES


@pytest.mark.parametrize(
    ("value", "unit", "dutch", "english"),
    [
        (Decimal("12345.678"), "kWh", f"12{THIN}345,678{HARD}kWh", f"12{THIN}345.678{HARD}kWh"),
        (Decimal("230.1"), "V", f"230,1{HARD}V", f"230.1{HARD}V"),
        (Decimal("-0.500"), "", f"{MINUS}0,500", f"{MINUS}0.500"),
        (Decimal("1E+3"), "", f"1{THIN}000", f"1{THIN}000"),
        (Decimal("007"), "", "7", "7"),
        (0, "W", f"0{HARD}W", f"0{HARD}W"),
    ],
)
def test_numbers_as_people_read_them(
    value: Decimal | int, unit: str, dutch: str, english: str
) -> None:
    assert (NL.number(value, unit), EN.number(value, unit)) == (dutch, english)


@settings(deadline=None)  # the first call reads the words
@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_no_digit_of_a_number_is_lost(value: Decimal) -> None:
    shown = NL.number(value).replace(THIN, "").replace(",", ".").replace(MINUS, "-")
    assert Decimal(shown) == value
    assert shown.partition(".")[2] == f"{value:f}".partition(".")[2]


def test_times_are_those_at_the_meter() -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert NL.time(at) == "10:30"
    assert NL.moment(at) == "di 24 nov 10:30"
    assert EN.moment(at) == "Tue 24 Nov 10:30"
    assert NL.window(at, at + timedelta(minutes=90)) == f"10:30{DASH}12:00"
    assert NL.moment(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == "wo 1 jul 00:30"
    assert NL.long_day(date(2026, 3, 1)) == "zondag 1 maart"
    assert EN.day(date(2026, 3, 1)) == "Sun 1 Mar"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (59, "59 s"), (240, "4 min"), (7300, "2 uur"), (200_000, "2 d")],
)
def test_ages_in_the_largest_unit_that_fits(seconds: int, said: str) -> None:
    assert NL.age(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("octets", "said"),
    [(0, "0"), (812, "812"), (1400, "1,4"), (2_340_000, "2,3"), (5_000_000_000, "5,0")],
)
def test_sizes(octets: int, said: str) -> None:
    assert NL.size(octets).partition(HARD)[0] == said


def test_codes_of_the_domain_have_their_own_words() -> None:
    assert NL.code("states", "planned") == "gepland"
