"""An office as every play begins: technicians, a published day, and stock in the vans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sync.server import planning
from sync.server.importing_stock import import_stock
from sync.server.office import Office
from tests.sync.server.doubles import DAY, Backyard
from tests.sync.torture import desk
from tests.sync.torture.onsite import STOCK

SEALS = 40
"""In each van."""


def furnish(office: Office, folder: Path) -> dict[str, dict[str, Any]]:
    """Two visits for each technician, published; the rows of the day file by number.

    Args:
        office: new and open.
        folder: for what is imported.
    """
    yard = Backyard(office)
    made: dict[str, dict[str, Any]] = {}
    for technician in desk.TECHNICIANS:
        yard.technician(technician)
        rows = [yard.row(technician=technician) for _ in range(2)]
        made |= {row["number"]: row for row in rows}
        yard.day(*rows)
    planning.publish_day(office, desk.USER, DAY)
    lines = ["technician;item;number;kind;commodity;type;phases;current;count"]
    lines += [f"{technician};seal;;;;;;;{SEALS}" for technician in desk.TECHNICIANS]
    lines.append(f"T1;;{STOCK[0]};smart;E;Sagemcom S210;3;60;")
    file = folder / "stock.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert not import_stock(office, file, dry_run=False).faults
    return made
