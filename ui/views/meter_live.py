"""The customer port as it goes: three big numbers, the plot, the phases, and what follows.

In come the States of the live presenter; out come its intents. Rule: drawn at most ten times a
second however fast telegrams come, and once a second for the ages.
"""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.presenters.live import LivePresenter, LiveState
from ui.presenters.live_line import Sample
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_line import LineCard
from ui.views.meter_live_side import LiveSide
from ui.views.meter_phases import PhaseBars
from ui.views.meter_start import Start, StartPanel, StartWords
from ui.views.meter_words import amount, unit_of
from ui.views.plot import GAP_S, Legend, Plot, Series, Window
from ui.views.widgets import BigNumber, Card, Muted, Tabs, column, line

FRAME_MS = 100
TICK_MS = 1000
_SPANS_S = {"minutes_5": 300, "minutes_15": 900, "minutes_60": 3600}
LEAST_SPAN_S = 60
"""A line that was only just plugged in is shown over a minute, and grows to the chosen span."""
_START = StartWords(
    "meter.start_live_title", "meter.start_live_text", "meter.start_live", "activity"
)
SIDE_PX = 372


class LiveView(QWidget):
    """The view; `left` asks for the day's page."""

    left = Signal()

    def __init__(self, presenter: LivePresenter, words: Words) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self._span = "minutes_5"
        self.start = StartPanel(words, _START)
        self.side = LiveSide(words)
        self._numbers = tuple(BigNumber() for _ in range(3))
        self._plot = Plot(words)
        self._legend = Legend()
        self._plot_head = Muted("")
        self._spans = Tabs()
        self.phases = PhaseBars(words)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.start)
        self._stack.addWidget(self._board())
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._tick = QTimer(self, interval=TICK_MS)
        self._connect()

    @property
    def line_card(self) -> LineCard:
        """The card about the line, with its buttons."""
        return self.side.line_card

    def _connect(self) -> None:
        self._frame.timeout.connect(self.redraw)
        self._tick.timeout.connect(self.redraw)
        self._presenter.subscribe(lambda _state: self._soon())
        self._spans.chosen.connect(self._choose_span)
        self.start.picked.connect(self._presenter.use)
        self.start.begun.connect(self._begin)
        self.start.stopped.connect(self._presenter.stop)
        self.start.left.connect(self.left)
        self.line_card.begun.connect(self._presenter.start)
        self.line_card.stopped.connect(self._presenter.stop)
        self.line_card.picked.connect(self._presenter.use)

    def _board(self) -> QWidget:
        numbers = line(space=theme.SPACE[3])
        for number in self._numbers:
            card = Card()
            card.body.addWidget(number)
            numbers.addWidget(card, 1)
        head = line(self._plot_head, self._legend, space=theme.SPACE[4])
        head.addStretch(1)
        head.addWidget(self._spans)
        picture = Card(margin=theme.SPACE[3])
        picture.body.addLayout(head)
        picture.body.addWidget(self._plot, 1)
        bars = Card()
        bars.body.addWidget(self.phases)
        left = column(numbers, space=theme.SPACE[3])
        left.addWidget(picture, 1)
        left.addWidget(bars)
        board = QWidget()
        both = line(space=theme.SPACE[3])
        both.addLayout(left, 1)
        self.side.setFixedWidth(SIDE_PX)
        both.addWidget(self.side)
        board.setLayout(both)
        return board

    def begin_showing(self) -> None:
        """The page came into view: ages grow."""
        self._tick.start()
        self.redraw()

    def end_showing(self) -> None:
        """The page went out of view."""
        self._tick.stop()
        self._frame.stop()

    def redraw(self) -> None:
        """Draw the State as it is."""
        state = self._presenter.state
        if state.reading is None:
            self.start.show_start(self._start_of(state))
            self._stack.setCurrentIndex(0)
            return
        self._show_numbers(state)
        self._show_plot(state)
        self.phases.show_phases(state.reading.phases)
        self.side.show_state(state, self._presenter.now_s())
        self._stack.setCurrentIndex(1)

    def _start_of(self, state: LiveState) -> Start:
        now = {"open_port": "meter.opening", "": ""}.get(state.step, "meter.waiting")
        return Start(
            source=state.source,
            ports=state.ports,
            errand=state.errand,
            running=state.running,
            now=self._words(now) if now else "",
            problem=state.problem,
        )

    def _show_numbers(self, state: LiveState) -> None:
        reading, words = state.reading, self._words
        if reading is None:
            return
        none = words("meter.no_value")
        pairs = ((reading.import_kw, "import_now"), (reading.export_kw, "export_now"))
        for card, (value, key) in zip(self._numbers, pairs, strict=False):
            shown = none if value is None else words.number(value)
            card.show_number(shown, "kW" if value is not None else "", words(f"meter.{key}"))
        gas = reading.gas
        if gas is None or gas.value is None:
            self._numbers[2].show_number(none, "", words("meter.no_gas"))
            return
        label = words("meter.gas")
        if gas.time is not None and state.health.last_at is not None:
            label = words("meter.gas_age", age=words.age(state.health.last_at - gas.time))
        self._numbers[2].show_number(words.number(gas.value), unit_of(gas.unit), label)

    def _show_plot(self, state: LiveState) -> None:
        words, span_s = self._words, _SPANS_S[self._span]
        self._spans.say([(key, words(f"meter.{key}")) for key in _SPANS_S])
        last = state.samples[-1]
        end_s = self._presenter.now_s() if state.running else last.monotonic_s
        end_s = max(end_s, last.monotonic_s)
        heard_s = end_s - state.samples[0].monotonic_s
        window = Window(end_s, last.at, min(span_s, max(LEAST_SPAN_S, heard_s)))
        start_s = end_s - window.span_s - GAP_S
        seen = tuple(one for one in state.samples if one.monotonic_s >= start_s)
        series = series_of(seen or (last,), words("meter.plot_total"))
        per_phase = len(series) > 1 or series[0].name.startswith("L")
        self._plot_head.say(words("meter.plot" if per_phase else "meter.plot_total") + ", kW")
        self._legend.show_names([(one.place, one.name) for one in series])
        self._plot.show_series(series, window)
        now = ", ".join(
            f"{one.name} {amount(words, Decimal(f'{one.points[-1][1]:.3f}'), 'kW')}"
            for one in series
        )
        span = words(f"meter.{self._span}")
        self._plot.setAccessibleName(words("meter.plot_voice", span=span, now=now))

    def _choose_span(self, code: str) -> None:
        self._span = code
        self.redraw()

    def _begin(self) -> None:
        self._presenter.use(self.start.ports.source())
        self._presenter.start()

    def _soon(self) -> None:
        """Draw at the next frame; while the page is out of view when it comes back."""
        if self._tick.isActive() and not self._frame.isActive():
            self._frame.start()


def series_of(samples: tuple[Sample, ...], total: str) -> tuple[Series, ...]:
    """A line for each phase that has power; of an old meter one line of the total."""
    count = max((len(sample.phases) for sample in samples), default=0)
    found = []
    for n in range(count):
        points = tuple(
            (sample.monotonic_s, float(power))
            for sample in samples
            if n < len(sample.phases) and (power := sample.phases[n].net_kw) is not None
        )
        if points:
            found.append(Series(f"L{n + 1}", n, points))
    if found:
        return tuple(found)
    net = tuple((s.monotonic_s, float(s.net_kw)) for s in samples if s.net_kw is not None)
    return (Series(total, 0, net or ((samples[-1].monotonic_s, 0.0),)),)
