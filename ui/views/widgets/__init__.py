"""The small parts that every page is made of.

In come words and tones; out come widgets dressed by their `role` and `tone` in the one style
sheet. Rule: no page styles a widget by itself; whatever can be touched is at least 44 px high
and has an accessible name.
"""

from ui.views.icons import IconLabel, icon
from ui.views.widgets.buttons import (
    Button,
    Choice,
    DangerButton,
    EntryButton,
    PrimaryButton,
    QuietButton,
    SecondaryButton,
    Tabs,
)
from ui.views.widgets.cards import Banner, Card, Pill, Row, RowList, Scroll
from ui.views.widgets.fields import Check, Field, NumberField, Select, TextField
from ui.views.widgets.layout import clear, column, dress, inset, line, spacer
from ui.views.widgets.text import (
    BigNumber,
    ElidedLabel,
    Heading,
    Label,
    Muted,
    Small,
    Title,
)

__all__ = [
    "Banner",
    "BigNumber",
    "Button",
    "Card",
    "Check",
    "Choice",
    "DangerButton",
    "ElidedLabel",
    "EntryButton",
    "Field",
    "Heading",
    "IconLabel",
    "Label",
    "Muted",
    "NumberField",
    "Pill",
    "PrimaryButton",
    "QuietButton",
    "Row",
    "RowList",
    "Scroll",
    "SecondaryButton",
    "Select",
    "Small",
    "Tabs",
    "TextField",
    "Title",
    "clear",
    "column",
    "dress",
    "icon",
    "inset",
    "line",
    "spacer",
]
