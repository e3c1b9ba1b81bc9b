from __future__ import annotations

import pytest

import resources
from fieldapp.domain.meter_text import check_location_code, parse_messages
from fieldapp.errors import TextRefused


@pytest.mark.parametrize("code", ["WL-0042", "A1", " K12-B ", "0042-1-7"])
def test_a_code_of_the_office_may_stand_in_a_meter(code: str) -> None:
    assert check_location_code(code) == code.strip()


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("871687000000200010", "ean"),
        ("8716-8700-0000-2000-10", "ean"),
        ("0612345678", "ean"),
        ("2671AB", "address"),
        ("2671 AB 12", "address"),
        ("2671ab", "address"),
        ("Herenstraat 1", "name"),
        ("KORTEKAAS-1", "name"),
        ("JAN", "name"),
        ("", "name"),
        ("wl-0042", "no_code"),
        ("A1 B2", "no_code"),
        ("A1;B2", "no_code"),
    ],
)
def test_what_tells_of_people_may_not(text: str, looks: str) -> None:
    with pytest.raises(TextRefused) as caught:
        check_location_code(text)
    assert caught.value.looks == looks


def test_every_message_is_in_both_languages_and_fits_a_meter() -> None:
    messages = parse_messages(resources.read_text("dsmr/messages.toml"))
    assert messages["none"] == {"nl": "", "en": ""}
    for texts in messages.values():
        assert set(texts) == {"nl", "en"}
        assert all(text.isascii() and len(text) <= 1024 for text in texts.values())
