"""Importing meters' keys from a CSV or JSON file.

In come rows with the columns of `COLUMNS`, keys in hexadecimal; out come how many were new,
changed and known, and the rows that are not good. Rule: nothing of a key, and nothing that
could be one in the wrong place, is in a reason or an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection, select

from fieldapp.domain.identifiers import parse_meter_number
from fieldapp.domain.meter_keys import KEY_SIZE, MeterKeys, meters_of
from fieldapp.errors import IdentifierError
from sync.server import audit, holders
from sync.server.changes import SEALED, News, SealedVisit, announce, open_bundle
from sync.server.meter_keys import Kept, keep, to_work
from sync.server.office import Office
from sync.server.rowfile import Done, Fault, read_rows
from sync.server.tables import visits
from sync.wire import ChangeKind

_METER = "meter"
_KEYS = ("encryption_key", "authentication_key", "mbus_user_key", "mbus_default_key")
COLUMNS = (_METER, *_KEYS)


class BadRow(Exception):
    """A row that can't be taken; says why without what stands in it."""


def import_keys(office: Office, file: Path, *, dry_run: bool) -> Done:
    """Import a file; visits that travel already take the new keys along.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    found = read_rows(file)
    with office.database.writing() as c, c.begin_nested() as attempt:
        done = _take(office, c, found)
        if dry_run:
            attempt.rollback()
    return done


def _take(office: Office, c: Connection, found: Iterable[Mapping[object, object]]) -> Done:
    counts = dict.fromkeys(Kept, 0)
    faults: list[Fault] = []
    taken: dict[str, MeterKeys] = {}
    fresh: set[str] = set()
    for number, values in enumerate(found, start=1):
        try:
            keys = parse_row(values)
        except BadRow as e:
            faults.append(Fault(number, str(e)))
            continue
        if taken.setdefault(keys.meter, keys) != keys:
            faults.append(Fault(number, "an earlier row has other keys for this meter"))
            continue
        kept = keep(office, c, keys)
        counts[kept] += 1
        if kept is not Kept.KNOWN:
            fresh.add(keys.meter)
    if fresh:
        _announce(office, c, fresh)
        entry = audit.Entry("meter_keys_imported", "", str(len(fresh)))
        audit.append(c, office.clock.now(), "office", entry)
    return Done(counts[Kept.NEW], counts[Kept.KNOWN], tuple(faults), counts[Kept.CHANGED])


def parse_row(values: Mapping[object, object]) -> MeterKeys:
    """The keys of one row.

    Raises:
        BadRow: which column is not good, and why.
    """
    if not set(COLUMNS).issuperset(values):
        raise BadRow(f"a column that is none of {', '.join(COLUMNS)}")
    try:
        meter = parse_meter_number(_text(values, _METER))
    except IdentifierError:
        raise BadRow("meter: not a meter number") from None
    keys = MeterKeys(meter=meter, **{name: _octets(values, name) for name in _KEYS})
    if bool(keys.encryption_key) != bool(keys.authentication_key):
        raise BadRow("encryption_key and authentication_key go together")
    if not keys.encryption_key and not keys.mbus_user_key and not keys.mbus_default_key:
        raise BadRow("no key")
    return keys


def _text(values: Mapping[object, object], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: not a text")
    return value.strip()


def _octets(values: Mapping[object, object], name: str) -> bytes:
    try:
        octets = bytes.fromhex(_text(values, name))
    except ValueError:
        raise BadRow(f"{name}: not hexadecimal") from None
    if len(octets) not in {0, KEY_SIZE}:
        raise BadRow(f"{name}: {len(octets)} octets, not {KEY_SIZE}")
    return octets


def _announce(office: Office, c: Connection, meters: set[str]) -> None:
    """Send the visits of these meters again, the keys with them."""
    travelling = (visits.c.published, visits.c.cancelled.is_(False))
    query = select(*SEALED, visits.c.technician).where(
        *travelling, visits.c.technician.is_not(None), *to_work(office)
    )
    told: dict[str, list[News]] = {}
    for *columns, technician in c.execute(query).all():
        sealed = SealedVisit(*columns)
        if technician is not None and _has(office, c, sealed, meters):
            news = News(technician, ChangeKind.VISIT, sealed.id, sealed.version)
            told.setdefault(sealed.region, []).append(news)
    for region in sorted(told):
        announce(office, c, region, told[region])


def _has(office: Office, c: Connection, sealed: SealedVisit, meters: set[str]) -> bool:
    try:
        return not meters.isdisjoint(meters_of(open_bundle(office, c, sealed)))
    except holders.Erased:
        return False
