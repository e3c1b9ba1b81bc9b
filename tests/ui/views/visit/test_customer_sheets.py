from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.report import report_of
from fieldapp.domain.work_order import WorkKind
from tests.fieldapp.domain.told import KINDS, finding, with_facts, worked
from tests.fieldapp.domain.working import NEW, NOW, OLD
from ui.views.customer_sign import SignSheet
from ui.views.customer_told import ToldSheet
from ui.views.language import Words

SIZES = (QSize(1300, 560), QSize(1860, 1000))
Show = Callable[..., object]
Cut = Callable[[QWidget], list[str]]


def texts(root: QWidget) -> list[str]:
    return [one.text() for one in root.findChildren(QLabel)]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("kind", "variant"), KINDS)
def test_each_kind_of_work_is_told_large_and_without_findings(
    show: Show, cut: Cut, kind: WorkKind, variant: str, lang: str
) -> None:
    visit, progress = worked(kind, variant)
    check = check_of("gas_value", date(2026, 11, 24))
    progress = with_facts(
        progress, finding("phase_missing"), f.VisitClosed(at=NOW, pending=(check,))
    )
    words = Words(lang, strict=True)
    sheet = ToldSheet(words)
    sheet.show_report(report_of(visit, progress))
    for size in SIZES:
        show(sheet, size)
        assert cut(sheet) == []
    told = texts(sheet)
    assert words("documents.done") in told
    assert words("documents.checks") in told
    assert not any(words("documents.found_rule.phase_missing") in text for text in told)
    for note in (visit.access_note, visit.safety_note):
        assert not any(note in text for text in told)


def test_the_readings_stand_by_their_meters(qt: object) -> None:
    assert qt is not None
    report = report_of(*worked(WorkKind.PLACEMENT, "E+G"))
    sheet = ToldSheet(Words("nl", strict=True))
    sheet.show_report(report)
    told = texts(sheet)
    assert f"Eindstand van meter {OLD['E']}" in told
    assert f"Beginstand van meter {NEW['G']}" in told
    assert told.count("001234 kWh") == 8
    assert told.count("001234 m³") == 2


def test_what_is_signed_for_is_what_the_new_meter_says(qt: object) -> None:
    assert qt is not None
    sheet = SignSheet(Words("nl", strict=True))
    sheet.show_report(report_of(*worked(WorkKind.PLACEMENT, "E+G")), may=True, busy=False)
    told = texts(sheet)
    assert f"Beginstand van meter {NEW['E']}" in told
    assert f"Eindstand van meter {OLD['E']}" not in told
    sheet.show_report(report_of(*worked(WorkKind.REMOVAL)), may=True, busy=False)
    assert f"Eindstand van meter {OLD['E']}" in texts(sheet)
