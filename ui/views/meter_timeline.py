"""The logs of a meter as one timeline, newest first.

In come event lines; out come rows by day: time, what, which log. Rule: fraud and errors are
told by a mark and a word as well as by colour.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QWidget

from ui.presenters.optical_reading import EventLine, OpticalReading
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_words import event_line, local_day, log_name
from ui.views.widgets import Card, ElidedLabel, Label, Scroll, Small, clear, line

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
_TIME_PX, _LEAST_PX = 46, 180


class TimelineCard(Card):
    """The card; it scrolls by itself."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._scroll = Scroll(space=0)
        self._shown: tuple[object, ...] = ()
        self.body.addWidget(self._scroll, 1)
        self.setMinimumHeight(_LEAST_PX)

    def show_reading(self, reading: OpticalReading) -> None:
        """Show these events; made anew only when something changed."""
        words = self._words
        self.say(words("meter.timeline"))
        if (reading.events, words.lang) == self._shown:
            return
        self._shown = (reading.events, words.lang)
        clear(self._scroll.body)
        if not reading.events:
            self._scroll.body.addWidget(Small(words("meter.timeline_empty"), wrap=True))
        self._show_days(reading.events[:_SHOWN])
        more = reading.more_events + max(0, len(reading.events) - _SHOWN)
        if more:
            self._scroll.body.addWidget(Small(words("meter.timeline_more", n=more)))
        self._scroll.body.addStretch(1)

    def _show_days(self, events: tuple[EventLine, ...]) -> None:
        last: date | None = None
        for place, event in enumerate(events):
            day = local_day(event.time) if event.time else None
            if day != last or place == 0:
                last = day
                text = self._words.day(day) if day else self._words("meter.timeline_untimed")
                head = Small(text)
                head.setContentsMargins(0, theme.SPACE[1] if place else 0, 0, 2)
                self._scroll.body.addWidget(head)
            self._scroll.body.addWidget(self._row(event))

    def _row(self, event: EventLine) -> QWidget:
        words, row = self._words, QWidget()
        time = Label(words.time(event.time) if event.time else "")
        time.setFixedWidth(_TIME_PX)
        tone = _TONES.get(event.log, "")
        icon = IconLabel(_ICONS.get(event.log, "circle"), tone or "neutral", 16)
        what = ElidedLabel(event_line(words, event), tone=tone)
        layout = line(time, icon, space=theme.SPACE[1])
        layout.addWidget(what, 1)
        layout.addWidget(Small(log_name(words, event.log)))
        row.setLayout(layout)
        row.setMinimumHeight(28)
        row.setAccessibleName(f"{time.text()} {what.text()} {log_name(words, event.log)}")
        return row
