from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from ui.presenters.diagnosis import PortFinding
from ui.presenters.trace_rows import TraceLayer, TraceRow
from ui.views import theme
from ui.views.diagnose_words import short, told
from ui.views.language import Words
from ui.views.trace_layers import HexView
from ui.views.trace_table import TraceModel, TraceTable, hex_of
from ui.views.trace_words import breakable, fact_value, meaning, unread

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
Show = Callable[..., QPixmap]


def found(kind: str, baud: int, version: str, meter: str, detail: str) -> PortFinding:
    return PortFinding(kind, baud, version, meter, other_meter=False, detail=detail)


def row(
    kind: str = "get_response", octets: bytes = b"\x7e\xa0\x07", **more: object
) -> TraceRow:
    made = TraceRow(1, NOON, "received", octets, kind, "E0044", holds=True)
    return replace(made, **more)  # type: ignore[arg-type]  # named fields of the dataclass


@pytest.mark.parametrize(
    ("finding", "pill", "tone", "what"),
    [
        (found("p1", 9600, "", "E1", ""), "P1 · 9600", "done", "klantpoort"),
        (
            found("optical", 300, "1.2", "E1", ""),
            "optisch · 300",
            "done",
            "optische poort",
        ),
        (
            found("optical", 9600, "", "", "locked"),
            "optisch · 9600",
            "done",
            "niet verder wil",
        ),
        (
            found("data", 9600, "", "", "wrong speed"),
            "data, geen meter",
            "attention",
            "geen meter is",
        ),
        (found("silent", 0, "", "", ""), "stil", "neutral", "komt niets binnen"),
        (
            replace(found("p1", 115200, "50", "E2", ""), other_meter=True),
            "Dit is een andere meter dan die van het bezoek.",
            "attention",
            "andere meter",
        ),
    ],
)
def test_findings_in_words(
    words: Words, finding: PortFinding, pill: str, tone: str, what: str
) -> None:
    assert short(words, finding) == (pill, tone)
    said = told(words, finding)
    assert what in said.what
    assert said.do
    words.switch("en")
    assert told(words, finding).do != said.do


def test_what_octets_look_like_has_words(words: Words) -> None:
    said = told(words, found("data", 9600, "", "", "wrong speed"))
    assert "omgekeerd" in said.why
    assert "xyz" in told(words, found("data", 9600, "", "", "xyz")).why


def test_meanings_in_words(words: Words) -> None:
    assert meaning(words, row()) == "antwoord: E0044"
    assert meaning(words, row("aare", about="accepted")) == "AARE: geaccepteerd"
    assert meaning(words, row("strange", about="x")) == "strange x"


def test_new_rows_are_added_and_others_made_anew(qt: QApplication, words: Words) -> None:
    assert qt is not None
    model = TraceModel(words)
    inserted: list[tuple[int, int]] = []
    resets: list[bool] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.modelReset.connect(lambda: resets.append(True))
    first = (row(number=1), row(number=2))
    model.show_rows(first)
    model.show_rows(first)
    model.show_rows((*first, row(number=3)))
    assert (inserted, len(resets)) == ([(2, 2)], 1)
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))
    third = model.row_at(2)
    assert third is not None
    model.show_rows((third, row(number=4)))
    assert (removed, inserted, len(resets)) == ([(0, 1)], [(2, 2), (1, 1)], 1)
    assert model.rowCount() == 2
    model.show_rows((row(number=9),))
    assert len(resets) == 2


def test_cells_are_told_and_spoken(qt: QApplication, words: Words) -> None:
    assert qt is not None
    model = TraceModel(words)
    model.show_rows((row(number=9),))
    index = model.index(0, 3)
    spoken = model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "ontvangen: antwoord: E0044"
    assert model.data(model.index(0, 0)) == "12:00:00.000"
    assert model.data(index, Qt.ItemDataRole.DecorationRole) is None
    assert model.headerData(2, Qt.Orientation.Horizontal) == "octetten"
    assert model.headerData(2, Qt.Orientation.Vertical) is None
    assert model.row_at(5) is None


def test_octets_are_shown_in_part_and_whole(qt: QApplication, show: Show) -> None:
    assert qt is not None
    assert hex_of(b"\x01\x02") == "01 02"
    assert hex_of(bytes(20)).endswith(" …")
    view = HexView()
    view.show_octets(bytes(range(64)), (4, 8))
    assert view.heightForWidth(200) > view.heightForWidth(800)
    show(view, QSize(300, 200))
    assert view.accessibleName().startswith("00 01 02")


def test_a_broken_row_is_painted_apart(qt: QApplication, words: Words, show: Show) -> None:
    assert qt is not None
    table = TraceTable(words)
    table.show_rows((row(), row("broken", holds=False, number=2)))
    image = show(table, QSize(600, 200)).toImage()
    soft = theme.THEMES["light"].attention_soft.lower()
    header = table.horizontalHeader().height()
    colours = [image.pixelColor(QPointF(590, header + y).toPoint()).name() for y in (10, 44)]
    assert (colours[0] == soft, colours[1] == soft) == (False, True)


def test_names_and_results_are_told_in_words(words: Words) -> None:
    name = TraceLayer("text", (("name", "power_by_client_l3"),), (0, 3))
    line = row("p1_line", about="1-0:62.7.0 (00.000*kW)", layers=(name,))
    assert meaning(words, line) == "1-0:62.7.0 vermogen teruglevering L3 (00.000*kW)"
    nameless = TraceLayer("text", (("name", "-"),), (0, 3))
    strange = row("p1_line", about="9-9:9.9.9 (1)", layers=(nameless,))
    assert meaning(words, strange) == "9-9:9.9.9 (1)"
    assert meaning(words, row("set_response", about="read-write-denied")) == "SET: geen toegang"
    assert fact_value(words, "result", "object-undefined") == "bestaat niet in deze meter"
    assert fact_value(words, "name", "-") == "-"
    assert fact_value(words, "object", "1-0:1.8.0 / 2") == "1-0:1.8.0 / 2"


def test_what_was_not_read_is_told_in_words(words: Words) -> None:
    told = unread(words, "power_by_client_l3: scope-of-access-violated")
    assert told == "vermogen teruglevering L3: geen toegang voor deze sleutel"
    assert unread(words, "fraud log: the oldest 3 of 9 rows").startswith("fraudelogboek: ")
    assert unread(words, "modem") == "modem"


def test_a_long_run_may_be_broken_and_a_short_one_stays() -> None:
    assert (
        breakable("GET 1-0:1.8.0 / 2 (000123.456*kWh)") == "GET 1-0:1.8.0 / 2 (000123.456*kWh)"
    )
    broken = breakable("4" * 40)
    assert broken.split("\u200b") == ["4" * 16, "4" * 16, "4" * 8]
