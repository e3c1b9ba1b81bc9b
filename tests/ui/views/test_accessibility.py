from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.views.accessibility import faults
from tests.ui.views.conftest import LAPTOP, LARGE, settle
from ui.doorstep import Doorstep
from ui.messages import LANGUAGES
from ui.presenters.setup import SetupPresenter
from ui.views import theme
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.pages import PAGES
from ui.views.setup import SetupWindow
from ui.views.theme import THEMES, Theme, contrast
from ui.wiring import Laptop

ROOT = Path(__file__).parents[3]
WORDS = ROOT / "resources" / "words"
TECHNICIAN = [entry.code for entry in PAGES if "technician" in entry.roles]
PLACE = re.compile(r"\{(\w+)[^}]*\}")


def _pages(lang: str) -> dict[str, dict[str, str]]:
    return {
        path.stem: dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
        for path in sorted((WORDS / lang).glob("*.toml"))
    }


def _flat(table: dict[str, object], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", str(value)))
    return found


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    dutch, english = _pages("nl"), _pages("en")
    assert set(dutch) == set(english)
    for page, words in dutch.items():
        assert set(words) == set(english[page]), page
        for key, text in words.items():
            there = set(PLACE.findall(english[page][key]))
            assert set(PLACE.findall(text)) == there, f"{page}.{key}"
            assert bool(text) == bool(english[page][key]), f"{page}.{key}"


DUTCH_ONLY = re.compile(
    r"\b(de|het|een|niet|geen|wordt|zijn|van|voor|bezoek|bezoeken|monteur|kantoor|kies|stand)\b",
    re.IGNORECASE,
)


def test_no_dutch_is_left_in_the_english() -> None:
    left = {
        f"{page}.{key}": text
        for page, words in _pages("en").items()
        for key, text in words.items()
        if len(DUTCH_ONLY.findall(text)) > 1
    }
    assert not left


@pytest.mark.parametrize("name", THEMES)
def test_every_pair_of_text_and_ground_can_be_read(name: str) -> None:
    now: Theme = THEMES[name]
    least = 7.0 if name == "outdoor" else 4.5
    grounds = (now.ground, now.surface, now.raised)
    inks = ("text", "muted", "accent", "done", "attention", "blocking")
    for ink, ground in product(inks, grounds):
        assert contrast(getattr(now, ink), ground) >= least, (ink, ground)
    assert contrast(now.on_accent, now.accent) >= least
    for tone in theme.TONES:
        assert contrast(now.tone(tone), now.soft(tone)) >= least, tone
        assert contrast(now.text, now.soft(tone)) >= least, tone
    for phase in now.phases:
        assert contrast(phase, now.surface) >= 3.0, phase  # WCAG 2.2, 1.4.11: graphics


async def _shown(qt: QApplication, laptop: Laptop, code: str, words: Words) -> MainWindow:
    window = MainWindow(laptop, laptop.frame_presenter(), words, laptop.tasks.spawn)
    window.resize(LAPTOP)
    window.show()
    await window.start("settings")
    await window.show_page(code, "visit-V-1002" if code == "visit" else "")
    settle(qt)
    return window


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", TECHNICIAN)
async def test_every_page_can_be_seen_touched_and_heard(
    qt: QApplication, qt_laptop: Laptop, code: str, lang: str
) -> None:
    window = await _shown(qt, qt_laptop, code, Words(lang, strict=True))
    try:
        assert faults(qt, window, (LAPTOP, LARGE)) == []
    finally:
        window.closed_for_good()
        window.deleteLater()
        settle(qt)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_question_too(qt: QApplication, tmp_path: Path, lang: str) -> None:
    words = Words(lang, strict=True)
    presenter = SetupPresenter(Doorstep(tmp_path), lambda: lang)
    window = SetupWindow(presenter, words, lambda work, _name: work.close())
    window.show()
    settle(qt)
    try:
        assert faults(qt, window, (LAPTOP, LARGE)) == []
    finally:
        window.closed_for_good()
        window.deleteLater()
        settle(qt)
