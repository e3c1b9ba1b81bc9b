"""What has to be reviewed, in words: days, fields, reasons, and what a fact holds."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QAbstractButton, QApplication

from fieldapp.domain import facts as f
from tests.ui.conftest import START
from tests.ui.views.conftest import Show, settle
from ui.presenters.planning_inbox import Aside, Dispute, Opened
from ui.views import planning_inbox_words
from ui.views.language import Words
from ui.views.planning_inbox_rows import InboxRow


def test_words_of_what_is_not_known() -> None:
    words = Words("nl", strict=True)
    row = Dispute("c", "day-2026-11-23", "day-2026-11-23", "T1", "", "stock_differs", START)
    assert planning_inbox_words.title(words, row).startswith("Dag 2026-11-23: De telling")
    assert "2026-11-23 · T1" in planning_inbox_words.second_line(words, row)
    choice = replace(row, visit="v", field="choice")
    opened = Opened("c", "on", "off", "")
    assert planning_inbox_words.values(words, choice, opened) == (
        "monteur: uitlezen uit",
        "kantoor: (leeg)",
        "was: uitlezen aan",
    )
    aside = Aside(
        "a",
        "v",
        "V-1",
        "T1",
        withdrawn=True,
        what="moon_landed",
        reason="fork",
        made_at=START,
        received_at=START,
    )
    second = planning_inbox_words.second_line(words, aside)
    assert second.startswith("ingetrokken laptop · V-1")
    why = "reden: De volgorde van deze laptop klopt niet meer."
    assert planning_inbox_words.values(words, aside, Opened("a")) == (
        why,
        "De gegevens zijn gewist.",
    )
    later = Opened("a", fact={"kind": "moon_landed", "at": "x", "crater": "Tycho"})
    assert planning_inbox_words.values(words, aside, later)[2:] == ("crater: Tycho",)
    complaint = Opened(
        "a", fact=f.ComplaintRecorded(at=START, step="final_readings", text="Te laat")
    )
    told_as = planning_inbox_words.values(words, aside, complaint)
    assert told_as == (why, "stap: eindstanden", "tekst: Te laat")
    wider = replace(row, visit="v", field="digits.E.1-0:1.8.1")
    assert planning_inbox_words.title(words, wider).endswith("telwerk 1.8.1 elektriciteit")
    assert "monteur: 6 cijfers" in planning_inbox_words.values(
        words, wider, Opened("c", "5", "6", "7")
    )


def test_a_choice_has_nothing_in_between(qt: QApplication, words: Words, show: Show) -> None:
    row = InboxRow(words, Dispute("c", "v", "V-1", "T1", "choice", "", START))
    show(row)
    row.show_opened(Opened("c", "off", "on", "off", "off"))
    settle(qt)
    buttons = [one for one in row.findChildren(QAbstractButton) if one.isVisible()]
    assert [one.text() for one in buttons] == ["Bestanden", "Kantoor", "Monteur"]
