"""Importing what the vans carry from a CSV or JSON file.

In come rows: a meter by its number, or parts of one kind by their count, each with the
technician in whose van it is; out come how many were new, changed and known, and the rows that
are not good. Rule: the same row again changes nothing, whatever became of the meter meanwhile;
a meter without a technician lies in the depot, in no van.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from sqlalchemy import Connection, func, insert, select, update

from fieldapp.domain.stock import MOST, Part, StockMeter
from fieldapp.domain.work_order import Commodity, Meter, MeterKind, MeterRegister
from sync.server import audit, stock
from sync.server.database import add_if_absent
from sync.server.dayfile import Line, MeterNumberText, Name, Strict
from sync.server.importing_people import reason_of
from sync.server.office import Office
from sync.server.rowfile import Done, Fault, take_in_pieces
from sync.server.stock import DEPOT, IN_VAN, Put
from sync.server.tables import technicians
from sync.server.tables_stock import stock_meters, stock_parts, vans

PIECE = 500
"""Rows in one transaction: about a second's work."""

_KWH = (("1-0:1.8.1", "low"), ("1-0:1.8.2", "normal"))
_FED_IN = (("1-0:2.8.1", "low"), ("1-0:2.8.2", "normal"))
_GAS = (("0-1:24.2.1", ""),)

Whole = Annotated[int, Field(ge=0, le=9999)]


class BadRow(Exception):
    """A row that can't be taken; says why."""


class StockRow(Strict):
    """One row; `item` says whether it is a meter or parts.

    Attributes:
        technician: in whose van; None: in the depot.
        current: A a phase.
        digits, decimals: of the display.
        issued: when it was handed out; another day makes it another row.
    """

    technician: Name | None = None
    item: Literal["meter", "seal", "modem", "antenna"] = "meter"
    number: MeterNumberText | None = None
    kind: MeterKind = MeterKind.SMART
    commodity: Commodity = Commodity.ELECTRICITY
    type: Line = ""
    phases: Annotated[int, Field(ge=1, le=3)] | None = None
    current: Annotated[int, Field(ge=1, le=1000)] | None = None
    g_value: Annotated[str, Field(pattern=r"^[Gg]\d{1,4}([.,]\d)?$")] | None = None
    digits: Annotated[int, Field(ge=1, le=12)] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    count: Whole | None = None
    issued: date | None = None

    @property
    def source(self) -> str:
        """The hash by which the same row is known again."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def import_stock(office: Office, file: Path, *, dry_run: bool) -> Done:
    """Import a file piece by piece.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    importer = _Importer(office)
    take_in_pieces(office, file, PIECE, importer.take, dry_run=dry_run)
    return importer.done()


class _Importer:
    """Takes the rows of one file in, and counts."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._new = self._changed = self._known = 0
        self._faults: list[Fault] = []

    def take(self, c: Connection, rows: Iterable[tuple[int, Mapping[object, object]]]) -> None:
        """Keep what is good, with the vans of all regions held meanwhile."""
        c.execute(select(vans.c.version).order_by(*vans.primary_key).with_for_update())
        touched: dict[str, set[str]] = {}
        for number, values in rows:
            try:
                region, concerned = self._keep(c, _row(values))
            except (ValidationError, BadRow) as e:
                self._faults.append(Fault(number, reason_of(e)))
                continue
            touched.setdefault(region, set()).update(concerned)
        for region in sorted(touched):
            stock.renew(self._office, c, region, touched[region])
        changed = sum(len(found) for found in touched.values())
        if changed:
            entry = audit.Entry("stock_imported", "", str(changed))
            audit.append(c, self._office.clock.now(), "office", entry)

    def _keep(self, c: Connection, row: StockRow) -> tuple[str, set[str]]:
        """Keep one row; answers the region and the technicians whose vans it changed."""
        region = _region(c, row.technician) if row.technician else ""
        if region:
            van = {"region": region, "technician": row.technician}
            add_if_absent(c, vans, {**van, "version": self._office.clock.new_id()})
        if row.item == "meter":
            return self._keep_meter(c, row, region)
        if row.technician is None or row.count is None:
            raise BadRow(f"{row.item}: technician and count are needed")
        return region, self._keep_parts(c, region, row.technician, row)

    def _keep_meter(self, c: Connection, row: StockRow, region: str) -> tuple[str, set[str]]:
        if row.number is None:
            raise BadRow("number: Field required")
        region = region or self._region_of(c, row.number)
        old = stock.row_of(self._office, c, region, row.number)
        if old is not None and old.source_hash == row.source:
            self._known += 1
            return region, set()
        if row.technician and self._is_full(c, region, row.technician):
            raise BadRow(f"technician: the van holds {MOST} meters")
        state = IN_VAN if row.technician else DEPOT
        place = Put(row.technician, state, source_hash=row.source)
        stock.put(self._office, c, region, stock_meter(row, row.number), place)
        self._new += old is None
        self._changed += old is not None
        before = {old.technician} if old is not None and old.technician else set()
        return region, before | ({row.technician} if row.technician else set())

    def _region_of(self, c: Connection, number: str) -> str:
        """The region of a meter that goes to the depot: it has to be known."""
        for region in c.execute(select(vans.c.region).distinct().order_by("region")).scalars():
            if stock.row_of(self._office, c, region, number) is not None:
                return str(region)
        raise BadRow("technician: Field required for a meter that is not known")

    def _keep_parts(
        self, c: Connection, region: str, technician: str, row: StockRow
    ) -> set[str]:
        this = (
            stock_parts.c.region == region,
            stock_parts.c.technician == technician,
            stock_parts.c.part == Part(row.item).value,
        )
        old = c.execute(select(stock_parts.c.source_hash).where(*this)).scalar_one_or_none()
        if old == row.source:
            self._known += 1
            return set()
        values = {"count": row.count, "source_hash": row.source}
        if old is None:
            whose = {"region": region, "technician": technician, "part": row.item}
            c.execute(insert(stock_parts).values(**whose, **values))
            self._new += 1
        else:
            c.execute(update(stock_parts).where(*this).values(values))
            self._changed += 1
        return {technician}

    def _is_full(self, c: Connection, region: str, technician: str) -> bool:
        query = select(func.count()).where(
            stock_meters.c.region == region,
            stock_meters.c.technician == technician,
            stock_meters.c.state == IN_VAN,
        )
        return c.execute(query).scalar_one() >= MOST

    def done(self) -> Done:
        """What became of them."""
        return Done(self._new, self._known, tuple(self._faults), self._changed)


def _row(values: Mapping[object, object]) -> StockRow:
    """A row; an empty cell is as good as none."""
    return StockRow.model_validate(
        {str(name): value for name, value in values.items() if value not in ("", None)}
    )


def _region(c: Connection, technician: str) -> str:
    query = select(technicians.c.region).where(technicians.c.id == technician)
    region = c.execute(query).scalar_one_or_none()
    if region is None:
        raise BadRow(f"no technician {technician}")
    return str(region)


def stock_meter(row: StockRow, number: str) -> StockMeter:
    """The meter of a row, with the registers that one of its kind has."""
    gas = row.commodity is Commodity.GAS
    smart = row.kind is MeterKind.SMART
    codes = _GAS if gas else (*_KWH, *_FED_IN) if smart else _KWH
    registers = tuple(
        MeterRegister(
            obis=obis,
            unit="m3" if gas else "kWh",
            digits=row.digits or (5 if gas else 6),
            decimals=row.decimals if row.decimals is not None else 3 * smart,
            tariff=tariff,
        )
        for obis, tariff in codes
    )
    return StockMeter(
        meter=Meter(number=number, kind=row.kind, registers=registers),
        commodity=row.commodity,
        type=row.type,
        phases=None if gas else row.phases,
        current_a=None if gas else row.current,
        g_value=(row.g_value or "").upper() if gas else "",
    )
