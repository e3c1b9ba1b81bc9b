"""The live board: three big numbers, the plot, the phases, and what follows from them.

In comes the live State; out come the intents of the line's card. Rule: a number that the meter
does not send is a dash, and an old value says how old it is.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.live import LivePresenter, LiveState
from ui.presenters.live_reading import LiveReading
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_line import LineCard
from ui.views.meter_live_plot import LivePlot
from ui.views.meter_live_side import LiveSide
from ui.views.meter_phases import PhaseBars
from ui.views.meter_words import unit_of
from ui.views.widgets import BigNumber, Card, column, line

SIDE_PX = 372


class LiveBoard(QWidget):
    """The board."""

    def __init__(self, presenter: LivePresenter, words: Words) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self.side = LiveSide(words)
        self.side.setFixedWidth(SIDE_PX)
        self.chart = LivePlot(presenter, words)
        self.phases = PhaseBars(words)
        self._numbers = tuple(BigNumber() for _ in range(3))
        numbers = line(space=theme.SPACE[3])
        for number in self._numbers:
            card = Card(margin=theme.SPACE[2])
            card.body.addWidget(number)
            numbers.addWidget(card, 1)
        bars = Card(margin=theme.SPACE[3])
        bars.body.addWidget(self.phases)
        left = column(numbers, space=theme.SPACE[3])
        left.addWidget(self.chart, 1)
        left.addWidget(bars)
        both = line(space=theme.SPACE[3])
        both.addLayout(left, 1)
        both.addWidget(self.side)
        self.setLayout(both)
        self.chart.redrawn.connect(lambda: self.chart.show_state(presenter.state))

    @property
    def line_card(self) -> LineCard:
        """The card about the line, with its buttons."""
        return self.side.line_card

    def show_state(self, state: LiveState) -> None:
        """Draw it."""
        if state.reading is None:
            return
        self._show_numbers(state, state.reading)
        self.chart.show_state(state)
        self.phases.show_phases(state.reading.phases)
        self.side.show_state(state, self._presenter.now_s())

    def _show_numbers(self, state: LiveState, reading: LiveReading) -> None:
        words = self._words
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
        if gas.time is not None and state.heard_at is not None:
            label = words("meter.gas_age", age=words.age(state.heard_at - gas.time))
        self._numbers[2].show_number(words.number(gas.value), unit_of(gas.unit), label)
