"""All that the meter tells: registers in groups, devices, power failures, sags and swells.

In comes the last reading and the moment; out come tables. Rule: the register's number stands
first, since low and normal tariff changed places between versions; a line that is not known or
is damaged stands there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from PySide6.QtWidgets import QWidget

from ui.presenters.live_reading import LiveReading
from ui.presenters.live_table import Everything, Group
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_words import amount, device_name, duration
from ui.views.p1_words import dated, name_of, value_of
from ui.views.table import Table, TableColumn, TableRow
from ui.views.widgets import Card, Muted, Scroll, line

_REGISTERS = (
    TableColumn(92, mono=True, quiet=True),
    TableColumn(),
    TableColumn(190, number=True),
)
_DEVICES = (
    TableColumn(52),
    TableColumn(86),
    TableColumn(quiet=True),
    TableColumn(142, number=True),
    TableColumn(156, quiet=True),
)
_OUTAGES = (TableColumn(), TableColumn(130, number=True), TableColumn(220))
_QUALITY = (TableColumn(), TableColumn(130, number=True), TableColumn(130, number=True))


class TableCard(Card):
    """A heading, a table as high as its rows, and words where there are none."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        super().__init__(margin=theme.SPACE[3])
        self.table = Table(columns, whole=True)
        self._note = Muted("", wrap=True)
        self.body.addWidget(self.table)
        self.body.addWidget(self._note)

    def show_rows(
        self, heading: str, heads: Sequence[str], rows: Sequence[TableRow], note: str = ""
    ) -> None:
        """Show these; `note` stands below them, or in their place."""
        self.say(heading)
        self.table.show_table(heading, heads, rows)
        self.table.setVisible(bool(rows))
        self._note.say(note)
        self._note.setVisible(bool(note))


class RegistersView(QWidget):
    """The tables."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.registers = Table(_REGISTERS)
        self.devices = TableCard(_DEVICES)
        self.outages = TableCard(_OUTAGES)
        self.quality = TableCard(_QUALITY)
        left = Card(margin=theme.SPACE[3])
        left.body.addWidget(self.registers)
        right = Scroll()
        for card in (self.devices, self.outages, self.quality):
            right.body.addWidget(card)
        right.body.addStretch(1)
        both = line(space=theme.SPACE[3])
        both.addWidget(left, 5)
        both.addWidget(right, 6)
        self.setLayout(both)

    def show_reading(self, reading: LiveReading, at: datetime) -> None:
        """Show all of it; `at` is when it came."""
        words, every = self._words, reading.all
        heads = [words(f"p1.head_{name}") for name in ("register", "meaning", "value")]
        self.registers.show_table(words("p1.section_registers"), heads, _rows(words, every))
        self._show_devices(reading, at)
        self._show_outages(every)
        self._show_quality(every)

    def _show_devices(self, reading: LiveReading, at: datetime) -> None:
        words = self._words
        names = ("channel", "kind", "number", "value", "taken")
        rows = []
        for device in reading.devices:
            value = words("meter.no_value")
            if device.value is not None:
                value = amount(words, device.value, device.unit)
            stale = device.is_stale(reading.version, at)
            kind = device_name(words, device.kind)
            taken = _taken(words, device.time, at, stale=stale)
            cells = (str(device.channel), kind, device.number, value, taken)
            rows.append(TableRow(cells, tone="attention" if stale else ""))
        note = "" if rows else words("p1.no_devices")
        heads = [words(f"p1.head_{name}") for name in names]
        self.devices.show_rows(words("p1.devices"), heads, rows, note)

    def _show_outages(self, every: Everything) -> None:
        words = self._words
        counts = " · ".join(
            f"{name_of(words, one.name)} {value_of(words, one)}" for one in every.failures
        )
        rows = []
        for outage in every.outages or ():
            end = dated(words, outage.end)
            start = dated(words, outage.start)
            rows.append(TableRow((end, duration(words, outage.duration_s), start)))
        note = counts or words("p1.no_failure_count")
        if every.outages is not None and not rows:
            note = f"{note}. {words('p1.no_outages')}"
        heads = [words(f"p1.head_{name}") for name in ("end", "lasted", "start")]
        self.outages.show_rows(words("p1.failures"), heads, rows, note)

    def _show_quality(self, every: Everything) -> None:
        words = self._words
        rows = [
            TableRow((f"L{one.phase}", _count(words, one.sags), _count(words, one.swells)))
            for one in every.quality
        ]
        heads = [words(f"p1.head_{name}") for name in ("phase", "sags", "swells")]
        note = "" if rows else words("p1.no_quality")
        self.quality.show_rows(words("p1.quality"), heads, rows, note)


def _rows(words: Words, every: Everything) -> list[TableRow]:
    rows: list[TableRow] = []
    for group in every.groups:
        rows += _group(words, group)
    if every.unknown:
        rows.append(_head(words("p1.group_unknown", n=len(every.unknown))))
        rows += [_stranger(words, text, "") for text in every.unknown]
    if every.errors:
        rows.append(_head(words("p1.group_damaged", n=len(every.errors))))
        rows += [_stranger(words, text, "attention") for text, _ in every.errors]
    return rows


def _group(words: Words, group: Group) -> list[TableRow]:
    rows = [_head(words(f"p1.group_{group.name}"))]
    for reading in group.readings:
        code = str(reading.obis).partition(":")[2]
        told, value = name_of(words, reading.name), value_of(words, reading)
        if reading.time is not None and isinstance(reading.value, str):
            value = words.moment(reading.time)
        elif reading.time is not None:
            told = f"{told} · {words.moment(reading.time)}"
        rows.append(TableRow((code, told, value)))
    return rows


def _head(text: str) -> TableRow:
    return TableRow((text,), is_group=True)


def _stranger(words: Words, text: str, tone: str) -> TableRow:
    code, _, values = text.partition("(")
    told = words("p1.line_damaged" if tone else "p1.line_unknown")
    return TableRow((code.partition(":")[2] or code, told, f"({values}"[:64]), tone=tone)


def _taken(words: Words, time: datetime | None, at: datetime, *, stale: bool) -> str:
    if time is None:
        return words("p1.never_taken")
    key = "p1.taken_stale" if stale else "p1.taken"
    return words(key, time=words.time(time), age=words.age(at - time))


def _count(words: Words, count: int | None) -> str:
    return words("meter.no_value") if count is None else words.number(Decimal(count))
