"""The plot of a line as it goes: power, voltage or current of each phase, over up to an hour.

In come the tracks of the live presenter; out comes a picture with two choices, what and how
long; which line is which phase stands with the phases below it. Rule: what the meter does not
send is said in words, never drawn as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from PySide6.QtCore import Signal

from ui.presenters.live import LivePresenter, LiveState
from ui.presenters.live_findings import HIGH_V, LOW_V
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_words import version_text
from ui.views.plot import Plot
from ui.views.plot_picture import Look, Series, Window
from ui.views.plot_shape import Column
from ui.views.widgets import Card, Muted, Tabs, line

SPANS_S = {"minutes_5": 300, "minutes_15": 900, "minutes_60": 3600}
LEAST_SPAN_S = 60
"""A line that was only just plugged in is shown over a minute, and grows to the chosen span."""
LOOKS = {
    "power": Look("kW"),
    "voltage": Look(
        "V", digits=1, from_zero=False, least=6.0, limits=(float(LOW_V), float(HIGH_V))
    ),
    "current": Look("A", digits=2, least=2.0),
}
_MISSED = 3.5
"""So many intervals without a telegram are a gap (one that is lost is none)."""
_SLOWEST_S = 10.0


class QuantityTabs(Tabs):
    """Power, voltage, current."""

    def __init__(self) -> None:
        super().__init__([(code, "") for code in LOOKS])

    def speak(self, words: Words) -> None:
        """In the language now on."""
        self.say([(code, words(f"p1.{code}")) for code in LOOKS])


class LivePlot(Card):
    """The card."""

    redrawn = Signal()

    def __init__(self, presenter: LivePresenter, words: Words) -> None:
        super().__init__(margin=theme.SPACE[3])
        self._presenter = presenter
        self._words = words
        self._span = "minutes_5"
        self._quantity = "power"
        self.plot = Plot(words)
        self._unit = Muted("")
        self.quantities = QuantityTabs()
        self.spans = Tabs([(code, "") for code in SPANS_S])
        head = line(self.quantities, self._unit, space=theme.SPACE[3])
        head.addStretch(1)
        head.addWidget(self.spans)
        self.body.addLayout(head)
        self.body.addWidget(self.plot, 1)
        self.quantities.chosen.connect(self.choose_quantity)
        self.spans.chosen.connect(self.choose_span)

    def show_state(self, state: LiveState) -> None:
        """Draw it up to now, or up to the last telegram where nothing runs any more."""
        words, quantity = self._words, self._quantity
        self.quantities.speak(words)
        self.spans.say([(code, words(f"meter.{code}")) for code in SPANS_S])
        look = replace(LOOKS[quantity], gap_s=self._gap_s(state))
        lines = self._presenter.tracks.lines(quantity, SPANS_S[self._span])
        series = series_of(lines, words("meter.plot_total"))
        self._unit.say(look.unit)
        if not series or state.heard_at is None:
            self._show_none(state, quantity)
            return
        self.plot.show_series(series, self._window(state), look)
        now = ", ".join(f"{one.name} {self._last(one, look)}" for one in series)
        span = words(f"meter.{self._span}")
        self.plot.setAccessibleName(
            words("p1.plot_voice", what=words(f"p1.{quantity}"), span=span, now=now)
        )

    def _window(self, state: LiveState) -> Window:
        assert state.heard_at is not None
        now_s = self._presenter.now_s() if state.running else state.heard_s
        end_s = max(now_s, state.heard_s)
        span_s = min(float(SPANS_S[self._span]), max(LEAST_SPAN_S, end_s - state.since_s))
        return Window(end_s, state.heard_at, span_s)

    @staticmethod
    def _gap_s(state: LiveState) -> float:
        usual_s = float(state.health.interval_s or _SLOWEST_S)
        return max(_MISSED, _MISSED * usual_s)

    def _last(self, series: Series, look: Look) -> str:
        value = Decimal(f"{series.columns[-1][2]:.{look.digits}f}")
        return self._words.number(value, look.unit)

    def _show_none(self, state: LiveState, quantity: str) -> None:
        version = state.reading.version if state.reading else ""
        key = "p1.no_quantity" if version else "p1.no_quantity_unknown"
        told = self._words(
            key, what=self._words(f"p1.{quantity}"), version=version_text(version)
        )
        self.plot.show_nothing(told)
        self.plot.setAccessibleName(told)

    def choose_quantity(self, code: str) -> None:
        """Show `power`, `voltage` or `current`."""
        self._quantity = code
        self.quantities.choose(code)
        self.redrawn.emit()

    def choose_span(self, code: str) -> None:
        """Show the last `minutes_5`, `minutes_15` or `minutes_60`."""
        self._span = code
        self.spans.choose(code)
        self.redrawn.emit()


def series_of(lines: Mapping[int, Sequence[Column]], total: str) -> tuple[Series, ...]:
    """A line a phase, in its colour; one for all together where the meter tells no phases."""
    return tuple(
        Series(f"L{phase}" if phase else total, max(0, phase - 1), columns)
        for phase, columns in sorted(lines.items())
    )
