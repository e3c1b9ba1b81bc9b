"""The looks: every colour, size and distance of the window comes from here.

In come a theme's name and the application; out come frozen tokens and one style sheet. Rule:
no other room names a colour or a type size, and each pair of text and ground that is used
keeps its contrast (WCAG 2.2, 1.4.3; 7:1 in the outdoor theme).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

import resources

SPACE = (4, 8, 12, 16, 24, 32)
"""Distances in px; nothing stands at another."""

TYPE = (13, 15, 18, 24, 34)
"""Type sizes in px: small, text, lead, title, big number."""

TARGET = 44
"""The least height of what can be touched, px."""

PRIMARY = 56
"""The height of a primary button, px."""

CORNER = 8

TONES = ("accent", "done", "attention", "blocking")
"""What a colour can say; `neutral` says nothing."""

FAMILY = "Inter"
_FACES = ("Regular", "Medium", "SemiBold", "Bold")
_OUTDOOR_PRIMARY_MM = 15


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens of one theme; colours as `#RRGGBB`, a `_soft` one lies under its own tone."""

    name: str
    ground: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    done: str
    done_soft: str
    attention: str
    attention_soft: str
    blocking: str
    blocking_soft: str
    phases: tuple[str, str, str]
    line_px: int = 1
    motion: bool = True

    def tone(self, name: str) -> str:
        """The colour that speaks for `neutral|accent|done|attention|blocking`."""
        return self.muted if name == "neutral" else str(getattr(self, name))

    def soft(self, name: str) -> str:
        """The ground under that tone."""
        return self.raised if name == "neutral" else str(getattr(self, f"{name}_soft"))


THEMES: dict[str, Theme] = {
    "light": Theme(
        name="light",
        ground="#F4F6F7",
        surface="#FFFFFF",
        raised="#FFFFFF",
        line="#DBE2E4",
        text="#16211F",
        muted="#52625F",
        accent="#0B5D6B",
        on_accent="#FFFFFF",
        accent_soft="#E1EEF0",
        done="#1E7B4A",
        done_soft="#EAF5EE",
        attention="#A85B00",
        attention_soft="#FFF5E9",
        blocking="#B3261E",
        blocking_soft="#FCECEA",
        phases=("#8A5A2B", "#3A3F45", "#5F6973"),
    ),
    "dark": Theme(
        name="dark",
        ground="#10171A",
        surface="#182226",
        raised="#1F2B30",
        line="#2C3A40",
        text="#E8EFEE",
        muted="#9FB0AD",
        accent="#5CC4D4",
        on_accent="#06262B",
        accent_soft="#17343A",
        done="#6FD39B",
        done_soft="#173226",
        attention="#F2B45A",
        attention_soft="#352A17",
        blocking="#FF8A80",
        blocking_soft="#3C2020",
        phases=("#D9A66B", "#E3E8EA", "#9AA7AD"),
    ),
    "outdoor": Theme(
        name="outdoor",
        ground="#FFFFFF",
        surface="#FFFFFF",
        raised="#FFFFFF",
        line="#000000",
        text="#000000",
        muted="#1C2624",
        accent="#003F4A",
        on_accent="#FFFFFF",
        accent_soft="#E3F0F2",
        done="#0B5A30",
        done_soft="#F1FAF4",
        attention="#7A3E00",
        attention_soft="#FFF8EF",
        blocking="#8C0F09",
        blocking_soft="#FDEFEE",
        phases=("#6B3F12", "#000000", "#4A5459"),
        line_px=2,
        motion=False,
    ),
}

changed: list[Callable[[], None]] = []
"""Called after another theme was applied."""

_current = [THEMES["light"]]
_chosen = [""]


def current() -> Theme:
    """The theme that was applied last; the light one before that."""
    return _current[0]


def chosen() -> str:
    """What was chosen last with `wear`; empty: as the system."""
    return _chosen[0]


def wear(name: str) -> None:
    """Put on a theme by its name; one that is not there means the system's own.

    Needs the application; whoever listens hears of it.
    """
    _chosen[0] = name if name in THEMES else ""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        apply(app, THEMES[_chosen[0] or _of_the_system(app)])


def _of_the_system(app: QApplication) -> str:
    dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the application; every widget is asked to draw itself anew.

    One that wears this theme already is not dressed again: that costs a third of a second. The
    old sheet is taken off first: to change it on every widget costs Qt four times as long.
    """
    _current[0] = theme
    sheet = stylesheet(theme)
    if app.styleSheet() != sheet:
        app.setStyleSheet("")
        app.setFont(font(TYPE[1]))
        app.setPalette(_palette(theme))
        app.setStyleSheet(sheet)
    for listener in tuple(changed):
        listener()


def font(size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The product's font with figures of one width, for what paints its own text."""
    load_fonts()
    made = QFont(FAMILY)
    made.setPixelSize(size_px)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def load_fonts() -> tuple[int, ...]:
    """Put the shipped faces at Qt's disposal, once."""
    return tuple(
        QFontDatabase.addApplicationFontFromData(
            resources.read_bytes(f"fonts/Inter-{face}.ttf")
        )
        for face in _FACES
    )


def stylesheet(theme: Theme) -> str:
    """The style sheet of a theme, from `resources/style/window.qss`."""
    names = {"space": SPACE, "type": TYPE}
    sizes = {f"{k}{i}": n for k, row in names.items() for i, n in enumerate(row)}
    outdoor = theme.line_px > 1  # a tint alone is not seen in the sun
    edges = {f"{t}_edge": theme.tone(t) if outdoor else theme.soft(t) for t in TONES}
    edges["track"] = theme.accent_soft if outdoor else theme.line
    fixed = {"target": TARGET, "primary": primary_height(theme) - 4, "corner": CORNER}
    template = Template(resources.read_text("style/window.qss"))
    return template.substitute({**asdict(theme), **sizes, **edges, **fixed, "family": FAMILY})


def primary_height(theme: Theme) -> int:
    """The height of a primary button, px: outdoors at least 15 mm of glass."""
    screen = QApplication.primaryScreen() if QApplication.instance() else None
    if theme.name != "outdoor" or screen is None:
        return PRIMARY
    dots = screen.physicalDotsPerInch() / 25.4 * _OUTDOOR_PRIMARY_MM
    return max(PRIMARY, min(round(dots), 2 * PRIMARY))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _palette(theme: Theme) -> QPalette:
    """The colours of what Qt draws by itself."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.ground,
        role.Base: theme.surface,
        role.AlternateBase: theme.ground,
        role.Button: theme.surface,
        role.WindowText: theme.text,
        role.Text: theme.text,
        role.ButtonText: theme.text,
        role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
    }
    made = QPalette()
    for which, colour in colours.items():
        made.setColor(which, QColor(colour))
    return made
