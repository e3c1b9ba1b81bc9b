"""How the whole office stands, for whoever watches it: counted in the database, not too often.

In comes an open office; out come gauges: laptops by how long they were not heard, operations
that wait or that a person has to look at, the oldest of them. Asked by one process only, since
all would say the same. Rule: counted by indexes of what is open, at most once a minute, and
labelled by region only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from math import inf
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    func,
    literal_column,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from sync.server.office import Office
from sync.server.tables import laptops, operations
from sync.server.tables_chains import waiting_operations
from sync.wire import DROPPED, Outcome

_FRESH_S = 60.0
_SILENCE_S = {"15m": 900.0, "1h": 3600.0, "12h": 43_200.0, "3d": 259_200.0, "longer": inf}
_NEVER = "never"
_LOG = logging.getLogger(__name__)


class Figures(Collector):
    """The office's gauges; a database that does not answer leaves the last ones standing."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._found: tuple[Metric, ...] = ()
        self._at_s = -inf

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return ()

    def refresh(self) -> None:
        """Count anew, unless that was done within the last minute."""
        now_s = self._office.clock.monotonic_s()
        if 0 <= now_s - self._at_s < _FRESH_S:
            return
        self._at_s = now_s
        now = self._office.clock.now()
        try:
            with self._office.database.reading() as c:
                self._found = (_heard(c, now), *_open(c, now))
        except SQLAlchemyError as e:
            _LOG.warning("figures not counted", exc_info=e)

    def collect(self) -> Iterable[Metric]:
        """See `prometheus_client.registry.Collector`."""
        return self._found


def _heard(c: Connection, now: datetime) -> Metric:
    """Laptops that are not withdrawn, by region and by how long they were not heard."""
    counted: dict[tuple[str, str], int] = {}
    query = select(laptops.c.region, laptops.c.last_contact)
    for row in c.execute(query.where(laptops.c.withdrawn_at.is_(None))):
        silent = _NEVER if row.last_contact is None else _silence(now, row.last_contact)
        counted[row.region, silent] = counted.get((row.region, silent), 0) + 1
    made = GaugeMetricFamily(
        "fieldapp_laptops",
        "Laptops by how long they were not heard",
        labels=("region", "not_heard"),
    )
    for labels, number in sorted(counted.items()):
        made.add_metric(labels, number)
    return made


def _silence(now: datetime, heard: datetime) -> str:
    passed_s = (now - heard).total_seconds()
    return next(name for name, most_s in _SILENCE_S.items() if passed_s < most_s)


def _open(c: Connection, now: datetime) -> tuple[Metric, Metric]:
    """Operations that were received and not applied: how many, and since when."""
    number = GaugeMetricFamily(
        "fieldapp_operations_open",
        "Operations that wait for another one (held) or for a person (quarantined)",
        labels=("region", "outcome"),
    )
    oldest = GaugeMetricFamily(
        "fieldapp_operations_open_oldest_seconds",
        "How long the oldest of them has waited",
        labels=("region", "outcome"),
    )
    for outcome, query in _OPEN.items():
        for region, found, first in c.execute(query):
            number.add_metric((region, outcome), int(found))
            waited_s = (now - first).total_seconds() if first is not None else 0.0
            oldest.add_metric((region, outcome), max(0.0, waited_s))
    return number, oldest


def _by_region(of: ColumnElement[bool], *tables: Table) -> Select[Any]:
    """Every region that has laptops, with how many there are and since when."""
    found = (
        select(
            operations.c.region,
            func.count().label("number"),
            func.min(operations.c.received_at).label("since"),
        )
        .select_from(operations, *tables)
        .where(of)
        .group_by(operations.c.region)
        .subquery()
    )
    regions = select(laptops.c.region).distinct().subquery()
    return select(regions.c.region, func.coalesce(found.c.number, 0), found.c.since).join_from(
        regions, found, regions.c.region == found.c.region, isouter=True
    )


_IS_HELD = and_(
    operations.c.region == waiting_operations.c.region,
    operations.c.laptop == waiting_operations.c.laptop,
    operations.c.made_on == waiting_operations.c.made_on,
    operations.c.header_sha256 == waiting_operations.c.header_sha256,
    operations.c.outcome == Outcome.HELD.value,
)
# written out, since an index of only these rows serves only who names them so
_IS_SET_ASIDE = and_(
    operations.c.outcome == literal_column(f"'{Outcome.QUARANTINED.value}'"),
    operations.c.reason != DROPPED,
)
_OPEN = {
    Outcome.HELD.value: _by_region(_IS_HELD, waiting_operations),
    Outcome.QUARANTINED.value: _by_region(_IS_SET_ASIDE),
}
