from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter

import pytest

import resources
from fieldapp.errors import StockDoubt
from sync.client.report import SyncReport
from sync.server.against import CANCELLED, FINISHED_ELSEWHERE, REASSIGNED
from ui.messages import LANGUAGES
from ui.presenters.sync import SyncState
from ui.presenters.sync_rows import Entry
from ui.views import sync_words as told
from ui.views.language import Words

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DUTCH = Words("nl", strict=True)


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (SyncReport(), "Laatste keer: niets te verzenden, niets nieuws."),
        (
            SyncReport(sent=4, files_sent=2, received=1),
            "Laatste keer: 6 verzonden, 1 geladen.",
        ),
    ],
)
def test_a_whole_run_is_summed_up(report: SyncReport, sentence: str) -> None:
    assert told.ending(DUTCH, SyncState()) == ""
    assert told.ending(DUTCH, SyncState(report=report)) == sentence


def test_the_line_is_told_as_it_is() -> None:
    assert told.standing(DUTCH, SyncState(online=True)) == "Online"
    assert told.standing(DUTCH, SyncState(online=False)) == "Offline"
    assert told.contact(DUTCH, SyncState(), NOON) == "nog nooit contact met het kantoor"


@pytest.mark.parametrize(
    ("slot", "name"),
    [
        ("signature", "Handtekening"),
        ("old_meter", "Foto: oude meter"),
        ("reading_final_E", "Foto: eind, elektriciteit"),
        ("not_done_unsafe", "Foto: onveilig"),
        ("report", "Verslag voor de klant"),
        ("waived_old_meter", "Foto: oude meter"),
    ],
)
def test_each_file_has_a_name(slot: str, name: str) -> None:
    entry = Entry(
        id="1",
        visit="v",
        number="V-1",
        what=slot,
        is_file=True,
        size=10,
        at=None,
        state="waiting",
        reason="",
        received_at=None,
    )
    assert told.what(DUTCH, entry) == name
    assert told.about(DUTCH, entry, NOON) == "V-1 · 10\u00a0B"
    assert told.line(DUTCH, replace(entry, reason="Te druk."), NOON).subtitle.startswith("Te ")
    assert told.state(DUTCH, replace(entry, state="unheard_of")) == "unheard of"


@pytest.mark.parametrize("room", ["sync", "today"])
def test_both_languages_have_the_same_words_with_the_same_gaps(room: str) -> None:
    tables = [
        tomllib.loads(resources.read_text(f"words/{lang}/{room}.toml")) for lang in LANGUAGES
    ]
    gaps = [
        {
            key: {gap for _, gap, _, _ in Formatter().parse(text) if gap}
            for key, text in t.items()
        }
        for t in tables
    ]
    assert gaps[0] == gaps[1]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (SyncState(running=True), "vragen wat er nieuw is"),
        (SyncState(running=True, bytes_in=2000, bytes_in_total=4000), "2,0\u00a0kB ontvangen"),
    ],
)
def test_what_comes_is_told_in_bytes(shown: SyncState, said: str) -> None:
    assert told.progress(DUTCH, shown) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("rule:not_designated", "De monteur had geen aanwijzing voor dit werk."),
        ("illegal_transition:on_site>done", "Dit kon niet: het bezoek was ter plaatse, "),
        ("missing_evidence:photo:old_meter,seal:old", "Er ontbrak: foto (oude meter), "),
        (("missing_evidence:" + "photo:old_meter," * 4)[:64], "foto (oude meter), …."),
        ("rule:unheard_of", "Het kantoor zegt: rule:unheard of."),
    ],
)
def test_what_spoke_against_a_fact_is_said_in_words(code: str, said: str) -> None:
    assert said in told.reason_of(DUTCH, code)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_objection_has_words(lang: str) -> None:
    words = Words(lang, strict=True)
    doubts = (kind.code for kind in StockDoubt.__subclasses__())
    rules = ("comes_after", "other_meter", "lmra_no", "no_such_step", "not_designated")
    known = (REASSIGNED, CANCELLED, FINISHED_ELSEWHERE, "rules_failed")
    for code in (*known, *(f"rule:{one}" for one in (*doubts, *rules, "meter_all_the_same"))):
        assert not told.reason_of(words, code).startswith(words("sync.reason_other")[:12])
