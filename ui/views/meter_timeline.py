"""The logs of a meter as one timeline, newest first.

In come event lines; out come rows by day: time, what, which log. Rule: fraud and errors are
told by a mark and a word as well as by colour.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from ui.presenters.optical_reading import EventLine, OpticalReading
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_words import event_line, local_day, log_name
from ui.views.widgets import Card, ElidedLabel, Label, Scroll, Small, inset, line

_TONES = {"fraud": "attention", "power_failure": "attention"}
_ICONS = {
    "fraud": "shield",
    "power_failure": "zap",
    "power_quality": "activity",
    "power_quality_extended": "activity",
    "thd": "activity",
    "mbus": "cable",
    "communication": "wifi",
}
_SHOWN = 60
_WHOLE = 1000
_TIME_PX, _LEAST_PX = 44, 180
_Nth = tuple[EventLine, int]
"""An event, and which of those that are the same."""


class TimelineCard(Card):
    """The card; it scrolls by itself, and keeps the rows of events that are shown again."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._scroll = Scroll(space=0)
        self._shown: tuple[object, ...] = ()
        self._rows: dict[_Nth, QWidget] = {}
        self.body.addWidget(self._scroll, 1)
        self.setMinimumHeight(_LEAST_PX)

    def show_reading(self, reading: OpticalReading) -> None:
        """Show these events; made anew only when something changed."""
        words = self._words
        self.say(words("meter.timeline"))
        if (reading.events, words.lang) == self._shown:
            return
        same_words = self._shown[1:] == (words.lang,)
        self._shown = (reading.events, words.lang)
        known = self._rows if same_words else {}
        self._rows = {nth: known.get(nth) or self._row(nth[0]) for nth in _numbered(reading)}
        _empty(self._scroll.body, frozenset(self._rows.values()))
        if not reading.events:
            self._scroll.body.addWidget(Small(words("meter.timeline_empty"), wrap=True))
        self._show_days(reading.events[:_SHOWN])
        more = reading.more_events + max(0, len(reading.events) - _SHOWN)
        if more:
            self._scroll.body.addWidget(Small(words("meter.timeline_more", n=more)))
        self._scroll.body.addStretch(1)

    def _show_days(self, events: tuple[EventLine, ...]) -> None:
        last: date | None = None
        rows = list(self._rows.values())
        for place, event in enumerate(events):
            day = local_day(event.time) if event.time else None
            if day != last or place == 0:
                last = day
                text = self._words.day(day) if day else self._words("meter.timeline_untimed")
                head = QWidget()
                head.setLayout(inset(Small(text), 0, theme.SPACE[1] if place else 0, 0, 2))
                self._scroll.body.addWidget(head)
            self._scroll.body.addWidget(rows[place])

    def _row(self, event: EventLine) -> QWidget:
        words, row = self._words, QWidget()
        time = Label(words.time(event.time) if event.time else "")
        time.setFixedWidth(_TIME_PX)
        tone = _TONES.get(event.log, "")
        icon = IconLabel(_ICONS.get(event.log, "circle"), tone or "neutral", 16)
        what = ElidedLabel(event_line(words, event), tone=tone)
        what.setMaximumWidth(what.sizeHint().width())
        log = ElidedLabel(log_name(words, event.log), "small")
        log.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = line(time, icon, space=theme.SPACE[1])
        layout.addWidget(what, _WHOLE)
        layout.addWidget(log, 1)
        row.setLayout(layout)
        row.setMinimumHeight(28)
        row.setAccessibleName(f"{time.text()} {what.text()} {log_name(words, event.log)}")
        return row


def _numbered(reading: OpticalReading) -> list[_Nth]:
    """The events that are shown, each once."""
    met: Counter[EventLine] = Counter()
    found = []
    for event in reading.events[:_SHOWN]:
        found.append((event, met[event]))
        met[event] += 1
    return found


def _empty(layout: QBoxLayout, kept: frozenset[QWidget]) -> None:
    """Take everything out; what is not kept goes."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None and widget not in kept:
            widget.hide()
            widget.deleteLater()
