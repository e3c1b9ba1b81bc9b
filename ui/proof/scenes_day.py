"""Scenes of the technician's day and of what stands round every page.

In comes the stage; out come windows. Rule: what the office changes or refuses in them it said
through its own doors, but for verdicts that no sound laptop gets: those are noted as its word.
"""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QLineEdit

from fieldapp.domain.day_close import DayReceipt, is_day
from fieldapp.domain.status import VisitState
from fieldapp.store import closings, outbox
from fieldapp.store.transaction import Transaction
from fieldapp.work.day_closing import DayClosing
from ui.proof.scene import Played, Quiet, ends, page_of
from ui.proof.stage import MONDAY, Stage, sync
from ui.proof.stage_relief import day, number_of
from ui.views.dayclose import DayClosePage
from ui.views.language import Words
from ui.views.search import SearchPanel
from ui.wiring import Laptop

_REFUSED = (("rejected", "bad_signature"), ("quarantined", "fork"))


async def today(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The technician's day, one visit behind, one in hand."""
    return ends(await page_of(here.technician, words, "today"))


async def today_changed(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The office moved a visit and took one back since the day was seen."""
    await _change(here)
    return ends(await page_of(here.relief.laptop, words, "today"))


async def visit_gone(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A visit that the office took back before it was begun."""
    visit = await here.relief.at("gone")
    await _change(here)
    return ends(await page_of(here.relief.laptop, words, "visit", visit))


async def today_empty(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A day without visits."""
    return ends(await page_of(here.idle, words, "today"))


async def today_not_loaded(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A laptop that has never synchronised."""
    return ends(await page_of(here.newcomer, words, "today"))


async def today_done(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """All visits are through."""
    return ends(await page_of(here.home, words, "today"))


async def synchronisation(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """What waits and what was received."""
    return ends(await page_of(here.technician, words, "sync"))


async def sync_refused(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Two things that the office could not take, which the banner says as well."""
    await here.relief.at("by_hand")
    await _refuse(here.relief.laptop)
    return ends(await page_of(here.relief.laptop, words, "sync"))


async def sync_calm(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Everything is at the office."""
    return ends(await page_of(here.home, words, "sync"))


async def sync_receipt(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A closed day's receipt; of a visit the office had changed a field meanwhile."""
    laptop = here.home
    await DayClosing(laptop.db, laptop.clock).close(MONDAY.date(), {})
    await sync(laptop)
    await _say_of_last(laptop, "applied_with_conflict", "fields:meter.E")

    async def undo() -> None:
        await _say_of_last(laptop, "applied", "")

    return ends(await page_of(laptop, words, "sync"), undo)


async def day_open(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A day that is not closed: visits are open, and seals are missing from the van."""
    window = await page_of(here.relief.laptop, words, "dayclose")
    page = window.page
    assert isinstance(page, DayClosePage)
    page.van.rows["seal"].fewer.click()
    page.van.rows["seal"].fewer.click()
    return ends(window)


async def day_waits(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Closed where there is no network: the receipt comes later."""
    laptop = here.idle
    await DayClosing(laptop.db, laptop.clock).close(MONDAY.date(), {})
    return ends(await page_of(laptop, words, "dayclose"))


async def day_whole(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Closed, and the office holds everything."""
    laptop = here.home
    await DayClosing(laptop.db, laptop.clock).close(MONDAY.date(), {})
    await sync(laptop)
    return ends(await page_of(laptop, words, "dayclose"))


async def day_differs(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Closed and delivered, but the office misses two operations and holds another state."""
    laptop = here.home
    made = await DayClosing(laptop.db, laptop.clock).close(MONDAY.date(), {})
    await sync(laptop)

    def word(c: Transaction) -> None:
        """No sound office says this; it is noted as its word."""
        closed = made.closed
        wrong = [msgspec.structs.replace(v, state=VisitState.PLANNED) for v in closed.visits]
        receipt = DayReceipt(
            day=closed.day,
            closing=made.operation,
            made_at=laptop.clock.now(),
            visits=tuple(wrong),
            operations=closed.operations - 2,
        )
        closings.note_receipts(c, [receipt])

    await laptop.db.write(word, touched=frozenset({"outbox"}))
    return ends(await page_of(laptop, words, "dayclose"))


async def settings(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The settings of a technician's laptop."""
    return ends(await page_of(here.technician, words, "settings"))


async def settings_workshop(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The settings of a laptop that is nobody's."""
    return ends(await page_of(here.workshop, words, "settings"))


async def search(here: Stage, words: Words, quiet: Quiet) -> Played:
    """Looking for a visit by a part of its address."""
    window = await page_of(here.technician, words, "today")
    window.open_search()
    await quiet()
    panel = window.findChild(SearchPanel)
    assert panel is not None
    panel.findChildren(QLineEdit)[0].setText("ka")
    await quiet()
    return ends(window)


async def crash(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A fault of the program itself."""
    window = await page_of(here.home, words, "today")
    window.frame.crashed(KeyError("x"), "visit_registers.py:112")
    return ends(window)


async def _change(here: Stage) -> None:
    """Once: the office moves one visit and takes another back."""
    laptop = here.relief.laptop
    seen = laptop.day_presenter()
    await seen.open()
    seen.close()
    if seen.state.changes:
        return
    moved = next(row for row in day() if row["number"] == number_of("planned"))
    here.office.publish([moved | {"window": ["13:00", "14:00"]}], MONDAY.date())
    here.office.cancel(number_of("gone"))
    await sync(laptop)


async def _say_of_last(laptop: Laptop, outcome: str, reason: str) -> None:
    """The office's word on the last operation of a visit."""

    def note(c: Transaction) -> None:
        last = [item for item in outbox.items(c) if not is_day(item.visit)][-1]
        outbox.note_verdict(c, last.id, outcome, reason, None)

    await laptop.db.write(note, touched=frozenset({"outbox"}))


async def _refuse(laptop: Laptop) -> None:
    items = await laptop.db.read(outbox.items)
    if any(item.state in outbox.REFUSED for item in items):
        return

    def note(c: Transaction) -> None:
        for item, (outcome, reason) in zip(items[2:], _REFUSED, strict=False):
            outbox.note_verdict(c, item.id, outcome, reason, None)

    await laptop.db.write(note, touched=frozenset({"outbox"}))
