"""A recording that was opened: what it holds, its lines over time, what is wrong in it.

In comes an opened recording; out come the moment that a person wants to see and the way back.
Rule: a list that was cut off says how many more there were; a recording without time says that
its moments are counted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.presenters.recording_state import Opened, Summary
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactCard, FactLine
from ui.views.meter_live_plot import LOOKS, QuantityTabs, series_of
from ui.views.meter_raw import TelegramView
from ui.views.meter_words import duration, version_text
from ui.views.p1_words import lasted, reason_of
from ui.views.plot import Plot
from ui.views.plot_legend import Legend
from ui.views.plot_picture import Window
from ui.views.table import Table, TableColumn, TableRow
from ui.views.widgets import Card, Label, Muted, SecondaryButton, column, line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIDE = 340
_LEAST_SPAN_S = 60.0
_GAP_COLUMNS = 2.5
_GAP_S = 35.0
_FLAWS = (
    TableColumn(190),
    TableColumn(310),
    TableColumn(quiet=True),
    TableColumn(120, number=True),
)
_ORDER = ("damaged", "noise", "unread", "gap", "clock_back", "exchanged", "cut")


class OpenedView(QWidget):
    """The view."""

    shut = Signal()
    summary_wanted = Signal()
    moment_wanted = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._opened: Opened | None = None
        self._quantity = "power"
        self.back = SecondaryButton("", self._go_back, icon="arrow-left")
        self._title = Label("", "lead")
        self._hint = Muted("")
        self.quantities = QuantityTabs()
        self._legend = Legend()
        self.plot = Plot(words)
        self.facts = FactCard()
        self.flaws = Table(_FLAWS, chooses=True)
        self._flaw_head = Label("", "heading")
        self.telegram = TelegramView(words)
        self._stack = QStackedLayout()
        self._lay_out()
        self.quantities.chosen.connect(self._choose)
        self.plot.chosen.connect(lambda at_s: self.moment_wanted.emit(_moment(at_s)))
        self.flaws.entered_on.connect(self._go_to)
        self.flaws.clicked.connect(lambda index: self._go_to(str(index.row())))

    def _lay_out(self) -> None:
        summary = QWidget()
        both = line(space=theme.SPACE[3])
        both.addWidget(self._lists(), 1)
        self.facts.setFixedWidth(_SIDE)
        side = column(self.facts)
        side.addStretch(1)
        both.addLayout(side)
        summary.setLayout(both)
        self._stack.addWidget(summary)
        self._stack.addWidget(self.telegram)
        top = line(self.back, self._title, self._hint, space=theme.SPACE[2])
        top.addStretch(1)
        lay = column(top, space=theme.SPACE[2])
        lay.addLayout(self._stack, 1)
        self.setLayout(lay)

    def _lists(self) -> QWidget:
        """The plot over what is wrong."""
        picture = Card(margin=theme.SPACE[3])
        head = line(self.quantities, self._legend, space=theme.SPACE[3])
        head.addStretch(1)
        picture.body.addLayout(head)
        picture.body.addWidget(self.plot, 1)
        wrong = Card(margin=theme.SPACE[3])
        wrong.body.addWidget(self._flaw_head)
        wrong.body.addWidget(self.flaws, 1)
        wrong.body.addStretch(0)
        both = QWidget()
        inside = column(space=theme.SPACE[3])
        inside.addWidget(picture, 3)
        inside.addWidget(wrong, 2)
        both.setLayout(inside)
        return both

    def show_opened(self, opened: Opened, telegram: bytes) -> None:
        """Show the summary, or the telegram that is looked at."""
        words, changed = self._words, opened is not self._opened
        self._opened = opened
        self.back.say(words("p1.back_summary" if telegram else "p1.back_shelf"))
        card = opened.card
        title = opened.title or (words(f"p1.kept_{card.kind}") if card else "")
        self._title.say(title)
        self._hint.say("" if telegram else words("p1.opened_hint"))
        if telegram:
            self.telegram.show_telegram(telegram)
        else:
            self._show_summary(opened.summary, changed=changed)
        self._stack.setCurrentIndex(1 if telegram else 0)

    def _show_summary(self, summary: Summary, *, changed: bool) -> None:
        words = self._words
        self.facts.show_lines(words("p1.summary"), facts_of(words, summary))
        self._flaw_head.say(flaw_heading(words, summary))
        heads = [words(f"p1.head_{name}") for name in ("when", "flaw", "about", "place")]
        rows = [_flaw_row(words, summary, at) for at in range(len(summary.flaws))]
        self.flaws.show_table(words("p1.flaws"), heads, rows)
        self.flaws.setVisible(bool(rows))
        self._show_plot(summary)
        if changed:
            self.flaws.clearSelection()

    def _show_plot(self, summary: Summary) -> None:
        words, quantity = self._words, self._quantity
        self.quantities.speak(words)
        lines = {k.phase: line for k, line in summary.lines.items() if k.quantity == quantity}
        shown = {n: line for n, line in lines.items() if n or len(lines) == 1}
        series = series_of(shown, words("meter.plot_total"))
        self._legend.show_names([(one.place, one.name) for one in series])
        what = words(f"p1.{quantity}")
        if not series or summary.last is None or summary.first is None:
            none = words("p1.no_quantity_unknown", what=what)
            self.plot.show_nothing(none)
            self.plot.setAccessibleName(none)
            return
        end_s = (summary.last - _EPOCH).total_seconds()
        span_s = max(_LEAST_SPAN_S, end_s - (summary.first - _EPOCH).total_seconds())
        gap_s = max(_GAP_S, _GAP_COLUMNS * summary.width_s)
        look = replace(LOOKS[quantity], gap_s=gap_s)
        self.plot.show_series(series, Window(end_s, summary.last, span_s), look)
        told = words("p1.plot_voice_day", what=what, n=summary.telegrams)
        self.plot.setAccessibleName(told)

    def _choose(self, code: str) -> None:
        self._quantity = code
        if self._opened is not None:
            self._show_summary(self._opened.summary, changed=False)

    def _go_to(self, key: str) -> None:
        if self._opened is None or not key:
            return
        at = self._opened.summary.flaws[int(key)].at
        if at is not None:
            self.moment_wanted.emit(at)

    def _go_back(self) -> None:
        if self._stack.currentIndex():
            self.summary_wanted.emit()
        else:
            self.shut.emit()


def facts_of(words: Words, summary: Summary) -> list[FactLine]:
    """What a recording holds, in rows."""
    none = words("meter.no_value")
    versions = ", ".join(version_text(one) for one in summary.versions if one)
    rows = [
        FactLine(words("p1.fact_telegrams"), words.number(summary.telegrams)),
        FactLine(words("p1.fact_meter"), ", ".join(summary.meters) or none),
        FactLine(words("p1.fact_version"), versions or none),
        FactLine(words("p1.fact_size"), words.size(summary.octets)),
    ]
    if summary.untimed or summary.first is None or summary.last is None:
        rows.append(FactLine(words("p1.fact_untimed"), ""))
    else:
        seconds = int((summary.last - summary.first).total_seconds())
        rows += [
            FactLine(words("p1.fact_from"), words.moment(summary.first)),
            FactLine(words("p1.fact_to"), words.moment(summary.last)),
            FactLine(words("p1.fact_lasts"), lasted(words, seconds)),
        ]
    for kind in _ORDER:
        count = summary.flaw_counts.get(kind, 0)
        tone = "attention" if count else ""
        rows.append(FactLine(words(f"p1.fact_{kind}"), words.number(count), "", tone))
    return rows


def flaw_heading(words: Words, summary: Summary) -> str:
    """How many, and that there are more than the list holds."""
    count = sum(summary.flaw_counts.values())
    if not count:
        return words("p1.flaws_none")
    if count > len(summary.flaws):
        return words("p1.flaws_more", n=count, shown=len(summary.flaws))
    return words("p1.flaws_all", n=count)


def _flaw_row(words: Words, summary: Summary, at: int) -> TableRow:
    flaw = summary.flaws[at]
    when = words("meter.no_value")
    if flaw.at is not None and not summary.untimed:
        when = f"{words.moment(flaw.at)}:{flaw.at.second:02}"
    amount = words.number(flaw.amount)
    if flaw.kind in {"gap", "clock_back"}:
        amount = duration(words, flaw.amount)
    about = reason_of(words, flaw.about) if flaw.kind == "noise" else flaw.about
    told = words(f"p1.flaw_{flaw.kind}", n=amount)
    return TableRow((when, told, about, words.number(flaw.place)), key=str(at))


def _moment(at_s: float) -> datetime:
    return _EPOCH + timedelta(seconds=at_s)
