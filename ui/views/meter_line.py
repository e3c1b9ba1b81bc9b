"""The line as a sentence: whether it is healthy, how often it speaks, how its clock stands.

In come the line's health and the moment; out come begin, stop and another port. Rule: the word
comes first, the numbers behind it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from PySide6.QtCore import Signal

from ui.presenters.live import LiveState
from ui.presenters.live_line import LineHealth, Verdict
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_ports import PortSelect
from ui.views.widgets import (
    Card,
    ElidedLabel,
    Muted,
    Pill,
    SecondaryButton,
    column,
    line,
)

_LOOKS = {
    Verdict.NOTHING: ("neutral", "circle-dashed"),
    Verdict.HEALTHY: ("done", "check"),
    Verdict.DISTURBED: ("attention", "triangle-alert"),
    Verdict.SILENT: ("attention", "triangle-alert"),
}
_EVERY_SECOND = (Decimal("0.8"), Decimal("1.2"))


class LineCard(Card):
    """The card; `begun`, `stopped` and `picked` tell what was pressed."""

    begun = Signal()
    stopped = Signal()
    picked = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._pill = Pill()
        self._on = ElidedLabel("", "small")
        self._sentence = Muted("", wrap=True)
        self._stop = SecondaryButton("", self.stopped.emit, icon="square")
        self._begin = SecondaryButton("", self.begun.emit, icon="play")
        self._ports = PortSelect(words)
        self._ports.picked.connect(self.picked)
        head = line(self._pill)
        head.addStretch(1)
        self.body.addLayout(head)
        self.body.addLayout(column(self._sentence, self._on, space=theme.SPACE[0]))
        for part in (self._ports, self._begin, self._stop):
            self.body.addWidget(part)

    def show_state(self, state: LiveState, now_s: float) -> None:
        """Draw the line as it is at this moment."""
        words, health = self._words, state.health
        self.say(words("meter.line"))
        self._on.say(words("meter.line_on", port=state.source, baud=health.baud))
        if state.running:
            verdict = health.verdict(now_s)
            tone, icon = _LOOKS[verdict]
            self._pill.say(words(f"meter.line_{verdict}"), tone, icon)
            self._sentence.say(line_sentence(words, health, verdict, now_s))
        else:
            self._pill.say(words("meter.line_stopped"), "neutral", "square")
            self._sentence.say(words("meter.stopped_live"))
        self._ports.show_ports(state.ports, state.source)
        self._ports.setVisible(not state.running)
        self._stop.say(words("meter.stop"))
        self._stop.setVisible(state.running)
        self._begin.say(words("meter.again_live"))
        self._begin.setVisible(not state.running)


def line_sentence(words: Words, health: LineHealth, verdict: Verdict, now_s: float) -> str:
    """`301 telegrammen, 0 fout, elke seconde; klok loopt 2 s voor`."""
    faults = health.damaged + health.noise
    parts = [words("meter.line_sentence", telegrams=health.telegrams, faults=faults)]
    if verdict is Verdict.SILENT:
        age = timedelta(seconds=now_s - health.last_s)
        parts.append(words("meter.line_silent_for", age=words.age(age)))
    elif health.interval_s is not None:
        parts.append(_rhythm(words, health.interval_s))
    return f"{', '.join(parts)}; {_clock(words, health.clock_s)}."


def _rhythm(words: Words, interval_s: Decimal) -> str:
    if _EVERY_SECOND[0] <= interval_s <= _EVERY_SECOND[1]:
        return words("meter.line_every_second")
    return words("meter.line_every", seconds=words.number(interval_s))


def _clock(words: Words, clock_s: int | None) -> str:
    if clock_s is None:
        return words("meter.line_no_clock")
    if abs(clock_s) <= 1:
        return words("meter.line_clock_equal")
    side = "ahead" if clock_s > 0 else "behind"
    return words(f"meter.line_clock_{side}", seconds=words.number(abs(clock_s)))
