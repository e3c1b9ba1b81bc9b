from collections.abc import Callable
from datetime import date

from fieldapp.domain.work_order import Visit
from fieldapp.store import inbox, orders
from fieldapp.store.database import Database
from fieldapp.store.device import cursor

VISITS = frozenset({"visits"})


async def test_rows_and_cursor_are_stored_together(
    db: Database, plan: Callable[..., Visit]
) -> None:
    visit = plan(1)
    change = inbox.InboxChange(visit.id, 1, visit)
    await db.write(lambda c: inbox.store_page(c, [change], 7), touched=VISITS)
    stored = await db.read(lambda c: orders.day(c, date(2026, 3, 2)))
    assert [s.visit for s in stored] == [visit]
    assert await db.read(cursor) == 7
