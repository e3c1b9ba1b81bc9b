"""The office's receipt in words: a visit, the day, and what waits for what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fieldapp.domain.day_close import DayClosed, DayReceipt
from fieldapp.store.closings import Closing
from sync.client.report import FileSent
from ui.presenters.sync import SyncState
from ui.presenters.sync_receipts import DayStanding, Standing, day_standing, visit_receipts
from ui.presenters.sync_rows import FileRow, ItemRow
from ui.views import sync_words
from ui.views.language import Words
from ui.views.sync_received import day_receipt, visit_line

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)
ITEM = ItemRow("1", "a", "V-1", "step_done", AT, 100, "waiting", "", None)
HELD = replace(ITEM, state="applied", received_at=AT)
FILE = FileRow("f" * 64, "a", "V-1", "about", 2000)


def standing(*items: ItemRow, files: tuple[FileRow, ...] = ()) -> Standing:
    (receipt,) = visit_receipts(items, files)
    return receipt.standing


def test_a_visit_is_whole_when_all_of_it_is_there() -> None:
    conflict = replace(HELD, state="applied_with_conflict", reason="cancelled")
    aside = replace(HELD, state="quarantined", reason="fork")
    assert standing(HELD) is Standing.WHOLE
    assert standing(HELD, ITEM) is Standing.PARTIAL
    assert standing(HELD, files=(FILE,)) is Standing.PARTIAL
    assert standing(HELD, files=(replace(FILE, received_at=AT),)) is Standing.WHOLE
    assert standing(HELD, conflict) is Standing.CONFLICT
    assert standing(conflict, aside, ITEM) is Standing.ASIDE
    assert standing(replace(HELD, state="dropped", reason="dropped")) is Standing.WHOLE


def test_a_day_is_no_visit_and_the_latest_comes_first() -> None:
    later = replace(HELD, visit="b", number="V-2", received_at=AT.replace(hour=12))
    closing = replace(HELD, visit="day-2026-11-23")
    never = replace(ITEM, visit="c", number="V-3")
    found = visit_receipts((HELD, never, closing, later), ())
    assert [one.number for one in found] == ["V-2", "V-1", "V-3"]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_standing_has_words(lang: str) -> None:
    words = Words(lang, strict=True)
    for one in DayStanding:
        assert bool(day_receipt(words, one)) is (one is not DayStanding.NONE)
    fields = "fields:meter.E,digits.G.7-0:24.2.1,choice,access_note,unheard_of"
    conflict = replace(HELD, state="applied_with_conflict", reason=fields)
    for items in ((HELD,), (ITEM, HELD), (conflict,), (replace(HELD, state="rejected"),)):
        (receipt,) = visit_receipts(items, (FILE,))
        row = visit_line(words, receipt)
        assert row.title == "V-1"
        assert row.state
    told = sync_words.reason_of(words, fields)
    assert "24.2.1" in told
    assert "unheard_of" in told


def test_how_a_day_stands() -> None:
    closing = Closing(operation="c", closed=DayClosed(at=AT, day=DAY, operations=2))
    receipt = DayReceipt(day=DAY, closing="c", made_at=AT, operations=2)
    assert day_standing(None) is DayStanding.NONE
    assert day_standing(closing) is DayStanding.WAITS
    held = Closing(operation="c", closed=closing.closed, receipt=receipt)
    assert day_standing(held) is DayStanding.WHOLE
    short = Closing(
        operation="c",
        closed=closing.closed,
        receipt=DayReceipt(day=DAY, closing="c", made_at=AT, operations=1),
    )
    assert day_standing(short) is DayStanding.DIFFERS


def test_what_an_item_waits_for() -> None:
    words = Words("nl", strict=True)

    def pill(state: SyncState, row: ItemRow | FileRow) -> str:
        return sync_words.waiting_line(words, state, row.entry, AT).state

    both = SyncState(waiting=1, items=(ITEM,), files=(FILE,))
    assert pill(both, ITEM) == "wacht"
    assert pill(both, FILE) == "na de rest"
    assert pill(replace(both, online=False), FILE) == "geen verbinding"
    assert pill(SyncState(files=(FILE,)), FILE) == "wacht"
    under_way = FileSent(FILE.sha256, "a", "about", FILE.size, 500, delivered=False)
    assert pill(SyncState(files=(FILE,), piece=under_way), FILE) == "bezig, 25%"
    held = replace(ITEM, state="held", reason="predecessor_missing")
    assert pill(replace(both, online=False), held) == "wacht op eerdere"
