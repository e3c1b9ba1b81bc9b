from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication, QLabel

from ui.views import theme
from ui.views.theme import THEMES, Theme, contrast

TONES = ("accent", "done", "attention", "blocking")


def pairs(of: Theme) -> dict[str, tuple[str, str]]:
    """Every text and the ground it is drawn on."""
    grounds = {"ground": of.ground, "surface": of.surface, "raised": of.raised}
    texts = {"text": of.text, "muted": of.muted} | {t: of.tone(t) for t in TONES}
    found = {
        f"{t} on {g}": (c, ground) for t, c in texts.items() for g, ground in grounds.items()
    }
    found |= {f"{t} on its soft": (of.tone(t), of.soft(t)) for t in TONES}
    found |= {f"text on {t}": (of.text, of.soft(t)) for t in TONES}
    found |= {f"muted on {t}": (of.muted, of.soft(t)) for t in TONES}
    found["button"] = (of.on_accent, of.accent)
    return found


@pytest.mark.parametrize("name", THEMES)
def test_each_text_can_be_read_on_its_ground(name: str) -> None:
    needed = 7.0 if name == "outdoor" else 4.5
    low = {
        pair: round(contrast(*colours), 2)
        for pair, colours in pairs(THEMES[name]).items()
        if contrast(*colours) < needed
    }
    assert not low


@pytest.mark.parametrize("name", THEMES)
def test_phases_stand_out_from_the_surface(name: str) -> None:
    of = THEMES[name]
    assert all(contrast(phase, of.surface) >= 3 for phase in of.phases)


def test_contrast_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_style_sheet_has_every_token_filled_in(qt: QApplication) -> None:
    assert qt is not None
    for one in THEMES.values():
        assert "$" not in theme.stylesheet(one)


def test_the_font_is_the_shipped_one_with_figures_of_one_width(qt: QApplication) -> None:
    assert -1 not in theme.load_fonts()
    label = QLabel("1")
    label.setProperty("role", "hero")
    label.ensurePolished()
    metrics = label.fontMetrics()
    assert QFontInfo(label.font()).family() == theme.FAMILY
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1
    assert label.font().weight() == QFont.Weight.Bold
    assert qt.font().pixelSize() == theme.TYPE[1]


def test_whoever_listens_hears_of_another_theme(qt: QApplication) -> None:
    heard: list[str] = []

    def listener() -> None:
        heard.append(theme.current().name)

    theme.changed.append(listener)
    theme.apply(qt, THEMES["dark"])
    theme.changed.remove(listener)
    theme.apply(qt, THEMES["light"])
    assert heard == ["dark"]
