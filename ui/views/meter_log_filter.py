"""Which log the timeline shows: all of them, or one.

In comes an optical reading; out comes the reading with the events of the chosen log. Rule: a
log that has events can be chosen, with their number; the choice stays while it can.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from PySide6.QtCore import Signal

from ui.presenters.optical_reading import OpticalReading
from ui.views.language import Words
from ui.views.meter_words import log_name
from ui.views.widgets import Select

_ALL = ""


class LogFilter(Select):
    """The choice; `chosen` tells that a person made another one."""

    chosen = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.activated.connect(lambda _place: self.chosen.emit())

    @property
    def log(self) -> str:
        """The chosen log; empty for all."""
        return str(self.currentData() or _ALL)

    def show_logs(self, reading: OpticalReading) -> None:
        """Offer the logs that have events."""
        words, kept = self._words, self.log
        counts = Counter(event.log for event in reading.events)
        self.setAccessibleName(words("meter.timeline_filter"))
        self.clear()
        self.addItem(words("meter.timeline_all"), _ALL)
        for log, count in counts.most_common():
            text = words("meter.timeline_one", log=log_name(words, log), n=count)
            self.addItem(text, log)
        self.setCurrentIndex(max(0, self.findData(kept)))
        self.setVisible(len(counts) > 1)

    def filtered(self, reading: OpticalReading) -> OpticalReading:
        """The reading as the timeline is to show it."""
        if self.log == _ALL:
            return reading
        events = tuple(event for event in reading.events if event.log == self.log)
        return replace(reading, events=events, more_events=0)
