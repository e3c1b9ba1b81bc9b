"""The days that were closed on this laptop, each with the office's receipt once it came.

In come a closing with its operation, and later receipts; out come the closings. Rule: a day may
be closed again, and then the last closing counts; what is older than `KEPT` days goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from fieldapp.domain.day_close import DayClosed, DayReceipt, Difference, differences
from fieldapp.store import state

KEPT = timedelta(days=14)
_NAME = "closings"


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """A day that was closed.

    Attributes:
        operation: its id.
        receipt: the office's last word on it, None while there is none.
    """

    operation: str
    closed: DayClosed
    receipt: DayReceipt | None = None

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What the office holds otherwise; nothing while it has said nothing."""
        return () if self.receipt is None else differences(self.closed, self.receipt)

    @property
    def confirmed(self) -> bool:
        """Whether the office holds the day as it was closed."""
        return self.receipt is not None and not self.differences


def closing(c: Connection, day: date) -> Closing | None:
    """The last closing of this day, if there is one."""
    return _all(c).get(day.isoformat())


def keep(c: Connection, made: Closing) -> None:
    """Remember it, in place of an earlier one of the same day."""
    day = made.closed.day
    oldest = (day - KEPT).isoformat()
    kept = {on: one for on, one in _all(c).items() if on >= oldest}
    state.save(c, _NAME, {**kept, day.isoformat(): made})


def awaited(c: Connection) -> tuple[str, ...]:
    """The operations of those closings that the office has not confirmed, the latest first."""
    found = sorted(_all(c).items(), reverse=True)
    return tuple(one.operation for _, one in found if not one.confirmed)


def note_receipts(c: Connection, receipts: Iterable[DayReceipt]) -> None:
    """Keep what the office said of closings that still count."""
    kept = _all(c)
    for receipt in receipts:
        one = kept.get(receipt.day.isoformat())
        if one is not None and one.operation == receipt.closing:
            kept[receipt.day.isoformat()] = msgspec.structs.replace(one, receipt=receipt)
    state.save(c, _NAME, kept)


def _all(c: Connection) -> dict[str, Closing]:
    return state.load(c, _NAME, dict[str, Closing]) or {}
