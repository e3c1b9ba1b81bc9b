"""The rows behind `awaited`: what a region's laptops told, and what of it is here.

In come a connection and a region; out come counts by laptop's id. Rule: only looked at; the
region leads every query, and what may be large is looked up by laptop, visit or day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, select

from fieldapp.domain.facts import EvidenceAdded
from fieldapp.domain.status import VisitState
from sync.server.laptops import find
from sync.server.office import Office
from sync.server.tables import files, laptops, operations, technicians, visits
from sync.server.tables_chains import chain_ends, waiting_operations
from sync.server.tables_people import conflicts, laptop_reports, set_aside
from sync.server.told import days_of, told
from sync.wire import Outcome

_EVIDENCE = and_(operations.c.kind == "evidence_added", operations.c.counts)
_ASKED_FOR = files.c.original.is_(None)
"""Thumbnails come besides and are waited for by nobody."""

_AT_ONCE = 500
_FINISHED = (VisitState.DONE.value, VisitState.NOT_DONE.value)


def laptops_of(c: Connection, region: str) -> list[RowMapping]:
    """The laptops, each with the end of its chain and what it said of itself."""
    its_chain = and_(
        chain_ends.c.region == laptops.c.region,
        chain_ends.c.laptop == laptops.c.id,
        chain_ends.c.incarnation == laptops.c.incarnation,
    )
    its_report = and_(
        laptop_reports.c.region == laptops.c.region, laptop_reports.c.laptop == laptops.c.id
    )
    whose = and_(
        technicians.c.region == laptops.c.region, technicians.c.id == laptops.c.technician
    )
    query = (
        select(
            laptops.c.id.label("laptop"),
            laptops.c.technician,
            laptops.c.device_name,
            laptops.c.incarnation,
            laptops.c.withdrawn_at,
            laptops.c.last_contact,
            technicians.c.name,
            laptop_reports.c.incarnation.label("told_incarnation"),
            laptop_reports.c.last_sequence,
            laptop_reports.c.waiting,
            laptop_reports.c.files_waiting,
            laptop_reports.c.oldest_waiting,
            laptop_reports.c.told_at,
            chain_ends.c.sequence.label("end"),
        )
        .join(technicians, whose)
        .join(chain_ends, its_chain, isouter=True)
        .join(laptop_reports, its_report, isouter=True)
        .where(laptops.c.region == region)
    )
    return list(c.execute(query).mappings())


def held(c: Connection, region: str) -> dict[str, set[int]]:
    """Sequences of the present incarnation that wait for one before them."""
    w = waiting_operations
    this = and_(
        operations.c.region == w.c.region,
        operations.c.laptop == w.c.laptop,
        operations.c.made_on == w.c.made_on,
        operations.c.header_sha256 == w.c.header_sha256,
    )
    of_now = and_(_its_laptop(), laptops.c.incarnation == operations.c.incarnation)
    query = (
        select(operations.c.laptop, operations.c.sequence)
        .select_from(w)
        .join(operations, this)
        .join(laptops, of_now)
        .where(w.c.region == region, operations.c.outcome == Outcome.HELD.value)
    )
    found: dict[str, set[int]] = {}
    for laptop, sequence in c.execute(query):
        found.setdefault(laptop, set()).add(sequence)
    return found


def files_partial(c: Connection, region: str) -> dict[str, int]:
    """How many files were announced and are not whole."""
    query = select(files.c.laptop, func.count()).where(
        files.c.region == region, files.c.complete_at.is_(None), _ASKED_FOR
    )
    return _counts(c, query.group_by(files.c.laptop))


def files_since(c: Connection, region: str) -> dict[str, int]:
    """How many files came in after their laptop had said how many wait."""
    its_report = and_(
        laptop_reports.c.region == files.c.region, laptop_reports.c.laptop == files.c.laptop
    )
    query = (
        select(files.c.laptop, func.count())
        .join(laptop_reports, its_report)
        .where(
            laptop_reports.c.region == region,
            laptop_reports.c.files_waiting > 0,
            files.c.complete_at > laptop_reports.c.told_at,
            _ASKED_FOR,
        )
    )
    return _counts(c, query.group_by(files.c.laptop))


def open_conflicts(c: Connection, region: str) -> dict[str, int]:
    """How many conflicts nobody has decided."""
    query = select(conflicts.c.laptop, func.count()).where(
        conflicts.c.region == region, conflicts.c.state == "open"
    )
    return _counts(c, query.group_by(conflicts.c.laptop))


def operations_set_aside(c: Connection, region: str) -> dict[str, int]:
    """How many operations were set aside and nobody has looked at."""
    decision = and_(
        set_aside.c.region == operations.c.region,
        set_aside.c.laptop == operations.c.laptop,
        set_aside.c.header_sha256 == operations.c.header_sha256,
    )
    query = (
        select(operations.c.laptop, func.count())
        .join(laptops, _its_laptop())
        .join(set_aside, decision, isouter=True)
        .where(
            operations.c.region == region,
            operations.c.outcome == Outcome.QUARANTINED.value,
            set_aside.c.state.is_(None),
        )
    )
    return _counts(c, query.group_by(operations.c.laptop))


def _counts(c: Connection, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in c.execute(query)}


def _its_laptop() -> ColumnElement[bool]:
    return and_(laptops.c.region == operations.c.region, laptops.c.id == operations.c.laptop)


def visits_on(c: Connection, region: str, day: date) -> dict[str, tuple[int, int]]:
    """Published visits of a day by technician: all, and those that are not finished."""
    query = select(visits.c.technician, visits.c.state).where(
        visits.c.region == region,
        visits.c.planned_on == day,
        visits.c.published,
        visits.c.cancelled.is_(False),
    )
    found: dict[str, tuple[int, int]] = {}
    for technician, state in c.execute(query):
        if technician is not None:
            every, still_open = found.get(technician, (0, 0))
            found[technician] = (every + 1, still_open + (state not in _FINISHED))
    return found


def without_files(
    office: Office, c: Connection, region: str, days: Iterable[date]
) -> dict[str, tuple[str, ...]]:
    """Numbers of the finished visits of these days some of whose files are not here.

    Counts say which visits may be short; only those are opened and compared file by file.
    """
    query = select(visits.c.id, visits.c.number).where(
        visits.c.region == region,
        visits.c.planned_on.in_(list(days)),
        visits.c.state.in_(_FINISHED),
    )
    numbers = {row.id: row.number for row in c.execute(query)}
    told_on = {day for of_visit in days_of(c, region, numbers).values() for day in of_visit}
    then = operations.c.made_on.in_(sorted(told_on))
    told_of = _by_visit(c, operations.c, region, numbers, _EVIDENCE, then)
    here = _by_visit(c, files.c, region, numbers, files.c.complete_at.is_not(None), _ASKED_FOR)
    found: dict[str, list[str]] = {}
    for (laptop, visit), count in sorted(told_of.items()):
        if count > here[laptop, visit] and _is_short(office, c, (laptop, visit)):
            found.setdefault(laptop, []).append(numbers[visit])
    return {laptop: tuple(sorted(short)) for laptop, short in found.items()}


def _by_visit(
    c: Connection, of: Any, region: str, ids: Iterable[str], *which: ColumnElement[bool]
) -> Counter[tuple[str, str]]:
    """How many rows there are by laptop and visit."""
    found: Counter[tuple[str, str]] = Counter()
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = of.visit.in_(wanted[start : start + _AT_ONCE])
        query = select(of.laptop, of.visit, func.count()).where(of.region == region, some)
        for laptop, visit, count in c.execute(
            query.where(*which).group_by(of.laptop, of.visit)
        ):
            found[laptop, visit] = count
    return found


def _is_short(office: Office, c: Connection, whose: tuple[str, str]) -> bool:
    laptop, visit = find(c, whose[0]), whose[1]
    assert laptop is not None
    facts = told(office, c, laptop, visit)
    named = {fact.sha256 for _, fact in facts if isinstance(fact, EvidenceAdded)}
    query = select(files.c.sha256).where(
        files.c.region == laptop.region,
        files.c.laptop == laptop.id,
        files.c.visit == visit,
        files.c.complete_at.is_not(None),
    )
    return not named <= set(c.execute(query).scalars())
