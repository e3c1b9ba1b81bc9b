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
from sync.server import audit, holders, stock
from sync.server.changes import SEALED, News, SealedVisit, announce, open_bundle
from sync.server.meter_keys import Kept, keep, to_work
from sync.server.office import Office
from sync.server.rowfile import Done, Fault, take_in_pieces
from sync.server.tables import visits
from sync.wire import ChangeKind

_METER = "meter"
_KEYS = ("encryption_key", "authentication_key", "mbus_user_key", "mbus_default_key")
COLUMNS = (_METER, *_KEYS)
PIECE = 1000
"""Rows in one transaction: about a second's work."""


class BadRow(Exception):
    """A row that can't be taken; says why without what stands in it."""


def import_keys(office: Office, file: Path, *, dry_run: bool) -> Done:
    """Import a file piece by piece; visits that travel already take the new keys along.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    importer = _Importer(office)
    take_in_pieces(office, file, PIECE, importer.take, dry_run=dry_run)
    return importer.done()


class _Importer:
    """Takes the rows of one file in, piece after piece, and counts."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._counts = dict.fromkeys(Kept, 0)
        self._faults: list[Fault] = []
        self._taken: dict[str, MeterKeys] = {}

    def take(self, c: Connection, rows: Iterable[tuple[int, Mapping[object, object]]]) -> None:
        """Keep what is good, and send it after the visits that travel already."""
        fresh: set[str] = set()
        for number, values in rows:
            try:
                keys = self._new(parse_row(values))
            except BadRow as e:
                self._faults.append(Fault(number, str(e)))
                continue
            kept = keep(self._office, c, keys)
            self._counts[kept] += 1
            if kept is not Kept.KNOWN:
                fresh.add(keys.meter)
        if fresh:
            stock.renew_with(self._office, c, fresh)
            _announce(self._office, c, fresh)
            entry = audit.Entry("meter_keys_imported", "", str(len(fresh)))
            audit.append(c, self._office.clock.now(), "office", entry)

    def _new(self, keys: MeterKeys) -> MeterKeys:
        if self._taken.setdefault(keys.meter, keys) != keys:
            raise BadRow("an earlier row has other keys for this meter")
        return keys

    def done(self) -> Done:
        """What became of them."""
        new, known, changed = (self._counts[k] for k in (Kept.NEW, Kept.KNOWN, Kept.CHANGED))
        return Done(new, known, tuple(self._faults), changed)


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
