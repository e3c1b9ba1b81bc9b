"""What has not arrived yet, per technician's laptop, and when it was last heard of.

In comes a user's region; out comes a line a laptop: what it said that waits, operations that
are known to be missing, files that are not whole, finished visits without all their files, days
that were closed and are not held as they were. Rule: counted from what the office has and was
told, never guessed; nothing is changed here, and no customer's data is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping

from sync.server import awaited_rows as found
from sync.server import day_closing
from sync.server.dayfile import LOCAL
from sync.server.doors import User
from sync.server.office import Office

SILENT_AFTER_H = 4
"""Not heard of for so long, with visits today that are not finished: somebody calls."""

RECENT_DAYS = 3
"""How far back finished visits and closed days are looked at: today, and the days before."""

_TOLD = (
    "laptop",
    "technician",
    "name",
    "device_name",
    "last_contact",
    "waiting",
    "files_waiting",
    "oldest_waiting",
    "told_at",
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """One laptop.

    Attributes:
        last_contact: by the office's clock; None: never.
        silent: not heard of for too long on a day that it has open visits of.
        visits_today, open_today: published ones, and those of them that are not finished.
        waiting, files_waiting: as it said at `told_at`, without the files that came in since;
            None: it does not say.
        oldest_waiting: when the oldest of them was made, by its clock.
        held: operations that are here and wait for one before them.
        missing: operations that it made, as far as is known, and that are not here.
        files_partial: files that were announced and are not whole.
        without_files: numbers of finished visits some of whose files are not here.
        days_differ: days that it closed and of which the office holds something else.
        set_aside, conflicts: how much of it a person has to look at.
    """

    laptop: str
    technician: str
    name: str
    device_name: str
    withdrawn: bool
    last_contact: datetime | None
    visits_today: int
    open_today: int
    waiting: int | None
    files_waiting: int | None
    oldest_waiting: datetime | None
    told_at: datetime | None
    held: int
    missing: int
    files_partial: int
    without_files: tuple[str, ...]
    days_differ: tuple[date, ...]
    set_aside: int
    conflicts: int
    silent: bool = False

    @property
    def something(self) -> bool:
        """Whether anything of it is to come, or to be looked at."""
        counts = (self.waiting, self.files_waiting, self.held, self.missing, self.files_partial)
        looked_at = (self.set_aside, self.conflicts, self.without_files, self.days_differ)
        return self.silent or any(counts) or any(looked_at)


def listed(office: Office, user: User, silent_h: int = SILENT_AFTER_H) -> list[Awaited]:
    """The region's laptops: those that are waited for first, then by technician.

    A withdrawn one is listed while something of it is left to be looked at.
    """
    now = office.clock.now()
    with office.database.reading() as c:
        lines = _lines(office, c, user.region, now)
    patience = timedelta(hours=silent_h)
    lines = [replace(line, silent=_is_silent(line, now - patience)) for line in lines]
    kept = [line for line in lines if line.something or not line.withdrawn]
    return sorted(kept, key=lambda line: (not line.something, line.technician, line.laptop))


def _is_silent(line: Awaited, since: datetime) -> bool:
    heard = line.last_contact is not None and line.last_contact >= since
    return line.open_today > 0 and not heard and not line.withdrawn


def _lines(office: Office, c: Connection, region: str, now: datetime) -> list[Awaited]:
    today = now.astimezone(LOCAL).date()
    days = [today - timedelta(days=n) for n in range(RECENT_DAYS)]
    counted = {
        "files_partial": found.files_partial(c, region),
        "set_aside": found.operations_set_aside(c, region),
        "conflicts": found.open_conflicts(c, region),
    }
    held = found.held(c, region)
    of_day = found.visits_on(c, region, today)
    arrived = found.files_since(c, region)
    differ = day_closing.unconfirmed(office, c, region, days)
    without = found.without_files(office, c, region, days)
    lines = []
    for row in found.laptops_of(c, region):
        visits_today, open_today = of_day.get(row["technician"], (0, 0))
        values: dict[str, Any] = {name: row[name] for name in _TOLD}
        if row["files_waiting"] is not None:
            still = row["files_waiting"] - arrived.get(row["laptop"], 0)
            values["files_waiting"] = max(0, still)
        if not values["waiting"] and not values["files_waiting"]:
            values["oldest_waiting"] = None
        values |= {name: count.get(row["laptop"], 0) for name, count in counted.items()}
        line = Awaited(
            withdrawn=row["withdrawn_at"] is not None,
            visits_today=visits_today,
            open_today=open_today,
            held=len(held.get(row["laptop"], ())),
            missing=_missing(row, held.get(row["laptop"], set())),
            without_files=without.get(row["laptop"], ()),
            days_differ=differ.get(row["laptop"], ()),
            **values,
        )
        lines.append(line)
    return lines


def _missing(row: RowMapping, held: set[int]) -> int:
    """Operations of the present incarnation that are known to be made and are not here."""
    end = row["end"] or 0
    same = row["incarnation"] == row["told_incarnation"]
    last = max(row["last_sequence"] if same else 0, *held, end)
    return int(last - end - sum(sequence > end for sequence in held))
