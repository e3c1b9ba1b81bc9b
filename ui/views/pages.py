"""The pages there are: code, icon, who sees them, and how each is made.

In comes a code; out comes a page, whose room is imported only then. Rule: the rail, the
search and the shortcuts know pages from this table and nowhere else.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from ui import views
from ui.views.page import Context, Page


@dataclass(frozen=True, slots=True)
class Entry:
    """One page in the table.

    Attributes:
        room: the module below `ui.views`, whose `make(context)` builds it.
        roles: who sees it: `technician`, `dispatcher` and `workshop`.
        apart: whether it stands below in the rail, away from the work.
        within: the page from which it is reached; it has no place of its own in the rail.
    """

    code: str
    icon: str
    room: str
    roles: frozenset[str]
    apart: bool = False
    within: str = ""


def _roles(*roles: str) -> frozenset[str]:
    return frozenset(roles)


PAGES: tuple[Entry, ...] = (
    Entry("today", "calendar", "today", _roles("technician")),
    Entry("visit", "list-checks", "visit", _roles("technician")),
    Entry("planning", "columns-3", "planning", _roles("dispatcher")),
    Entry("laptops", "monitor", "laptops", _roles("dispatcher")),
    Entry("meter", "gauge", "meter", _roles("technician", "workshop")),
    Entry("diagnose", "activity", "diagnose", _roles("technician", "dispatcher", "workshop")),
    Entry("sync", "refresh-cw", "sync", _roles("technician"), apart=True),
    Entry(
        "settings",
        "settings",
        "settings",
        _roles("technician", "dispatcher", "workshop"),
        apart=True,
    ),
    Entry("dayclose", "moon", "dayclose", _roles("technician"), within="today"),
    Entry("rescue", "download", "rescue", _roles("technician"), within="sync"),
)


def entries_for(roles: frozenset[str]) -> tuple[Entry, ...]:
    """The pages that somebody with these roles sees, in the order of the rail."""
    return tuple(entry for entry in PAGES if entry.roles & roles)


def entry_of(code: str) -> Entry:
    """The entry of a page.

    Raises:
        KeyError: there is none.
    """
    for entry in PAGES:
        if entry.code == code:
            return entry
    raise KeyError(code)


def make(entry: Entry, context: Context) -> Page:
    """Build the page of an entry: `make` of its room."""
    page = import_module(f"ui.views.{entry.room}").make(context)
    if not isinstance(page, Page):
        raise TypeError(entry.room)
    return page


def modules_of(codes: Iterable[str]) -> list[str]:
    """The modules that these pages are made of, parts before wholes.

    For who has a moment: a page whose room is there already opens sooner.
    """
    rooms = tuple(entry_of(code).room for code in codes)
    names = [found.name for found in pkgutil.iter_modules(views.__path__)]
    own = [name for name in names if name.startswith(tuple(f"{room}_" for room in rooms))]
    return [f"{views.__name__}.{name}" for name in (*sorted(own, reverse=True), *rooms)]
