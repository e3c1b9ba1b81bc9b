"""`fieldapp server-admin`: users, technicians, codes, listings and checks, on the data itself.

In come names and regions; out comes one JSON object a line. A secret is shown once, when it is
made. Rule: works beside a running server, because every command is one short transaction.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sync.server import (
    backup,
    erasure,
    laptops,
    meter_keys,
    people,
    register,
    restoring,
    schema,
    verification,
)
from sync.server.choices import Originals, choose_originals
from sync.server.designations import import_designations
from sync.server.doors import Role, User
from sync.server.importing_keys import import_keys
from sync.server.importing_people import import_technicians
from sync.server.importing_stock import import_stock
from sync.server.rowfile import RowFault
from ui.cli.office_options import Database, Files, Folder, opened
from ui.cli.office_rescue import add_rescue
from ui.cli.output import emit_json, emit_line, fail

admin_app = typer.Typer(help="Administer the back office.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
admin_app.add_typer(audit_app, name="audit")
add_rescue(admin_app)
set_app = typer.Typer(help="What the office chooses.", no_args_is_help=True)
admin_app.add_typer(set_app, name="set")

Region = Annotated[str, typer.Option("--region", help="The region it belongs to.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class Importable(StrEnum):
    """What can be imported."""

    TECHNICIANS = "technicians"
    KEYS = "keys"
    STOCK = "stock"
    DESIGNATIONS = "designations"


_IMPORTS = {
    Importable.TECHNICIANS: import_technicians,
    Importable.KEYS: import_keys,
    Importable.STOCK: import_stock,
    Importable.DESIGNATIONS: import_designations,
}


@admin_app.command()
def user(
    name: str,
    role: Annotated[Role, typer.Option("--role", help="What the user may do.")],
    region: Region,
    data: Folder = None,
    db: Database = "",
) -> None:
    """Make a user, or give one a new token; the old token ends."""
    with opened(data, db) as office, office.database.writing() as c:
        token = people.add_user(office, c, User(name, role, region))
    emit_json({"token": token})


@admin_app.command()
def technician(
    technician: Annotated[str, typer.Argument(metavar="ID")],
    name: str,
    region: Region,
    data: Folder = None,
    db: Database = "",
) -> None:
    """Make a technician, or give one a new name."""
    with opened(data, db) as office:
        try:
            with office.database.writing() as c:
                new = people.add_technician(c, region, technician, name)
        except people.Unknown as e:
            fail(f"There is {e}: technicians stay in their region.")
    emit_json({"technician": technician, "new": new})


@admin_app.command("enrolment-code")
def enrolment_code(technician: str, data: Folder = None, db: Database = "") -> None:
    """Make a code that enrols one laptop of a technician within a day."""
    with opened(data, db) as office:
        try:
            with office.database.writing() as c:
                code = people.new_enrolment_code(office, c, technician)
        except people.Unknown as e:
            fail(f"There is {e}. Make the technician first.")
    emit_json({"code": code})


@admin_app.command()
def withdraw(laptop: str, data: Folder = None, db: Database = "") -> None:
    """Give a laptop no data any more; what it still delivers is kept for a person.

    Says which meters' keys are on it. Those keys are to be changed; once new ones were imported
    the meter is not named any more.
    """
    with opened(data, db) as office, office.database.writing() as c:
        known = laptops.withdraw(office, c, laptop)
        exposed = [] if known is None else meter_keys.to_change(office, c, known)
    if known is None:
        fail(f"There is no laptop {laptop}. `server-admin laptops` lists them.")
    emit_json({"withdrawn": laptop, "meter_keys_to_change": exposed})


@admin_app.command()
def erase(
    visit: str,
    region: Region,
    data: Folder = None,
    db: Database = "",
    *,
    before: Annotated[
        bool, typer.Option("--before", help="Also of who was its holder before.")
    ] = False,
) -> None:
    """Erase the key of a visit's connection holder: nobody can read their data again.

    A visit may have had another holder, or the same one under another name: `holders_before`.
    """
    with opened(data, db) as office:
        others = erasure.holders_before(office, region, visit)
        erased = erasure.erase_holder_of(office, region, visit)
        gone = [one for one in others if before and erasure.erase_holder(office, region, one)]
    if erased is None and not gone:
        fail(f"There is no visit {visit} in this region, or its holder was erased before.")
    left = [one for one in others if one not in gone]
    emit_json({"erased": erased, "erased_before": gone, "holders_before": left})


@admin_app.command("erasures")
def list_erasures(data: Folder = None, db: Database = "") -> None:
    """List whose keys were erased, by pseudonym: to be kept apart from every backup."""
    with opened(data, db, known=True) as office:
        for row in register.every_erasure(office):
            emit_json(row)


@admin_app.command("erase-again")
def erase_again(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    data: Folder = None,
    db: Database = "",
) -> None:
    """Erase what `erasures` listed and a restored database brought back."""
    with opened(data, db, known=True) as office:
        try:
            listed = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            keys = [(str(one["region"]), str(one["holder"])) for one in listed]
        except (ValueError, KeyError, TypeError):
            fail(
                f"{file.name} is no list that `server-admin erasures` made. Nothing was erased."
            )
        erased = sum(erasure.erase_holder(office, *key) for key in keys)
    emit_json({"listed": len(keys), "erased_again": erased})


@admin_app.command("import")
def import_rows(
    what: Importable,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every row, change nothing.")
    ] = False,
    data: Folder = None,
    db: Database = "",
) -> None:
    """Import rows from a CSV or JSON file; the same file again changes nothing."""
    with opened(data, db) as office:
        try:
            done = _IMPORTS[what](office, file, dry_run=dry_run)
        except RowFault as e:
            fail(f"{file.name}: {e}. Mend the file; nothing was changed.")
    for fault in done.faults:
        emit_json({"kind": "fault", "row": fault.row, "reason": fault.reason})
    counts = {
        "new": done.new,
        "changed": done.changed,
        "known": done.known,
        "faults": len(done.faults),
    }
    emit_json({"kind": "import", "what": what.value, **counts, "dry_run": dry_run})
    if done.faults:
        fail("Some rows were left out. Mend them and import the file again.")


@set_app.command("originals")
def set_originals(
    chosen: Annotated[Originals, typer.Argument(help="Over which connections.")],
    data: Folder = None,
    db: Database = "",
) -> None:
    """Let laptops send photos and captures in full over any connection, or unmetered ones.

    A laptop knows it from its next contact on. Nothing waits longer than three days for it.
    """
    with opened(data, db) as office:
        choose_originals(office, chosen)
    emit_json({"originals": chosen.value})


@admin_app.command()
def status(data: Folder = None, db: Database = "", *, as_json: Json = False) -> None:
    """Count what is stored."""
    with opened(data, db) as office:
        counted = register.status(office)
    if as_json:
        emit_json(counted)
        return
    for name, number in counted.items():
        emit_line(f"{number:>8}  {name}")


@admin_app.command("operations")
def list_operations(data: Folder = None, db: Database = "", *, as_json: Json = False) -> None:
    """List every operation that the office holds."""
    with opened(data, db) as office:
        for row in register.every_operation(office):
            _show(row, as_json=as_json)


@admin_app.command("visits")
def list_visits(data: Folder = None, db: Database = "", *, as_json: Json = False) -> None:
    """List every visit and how far it is."""
    with opened(data, db) as office:
        for row in register.every_visit(office):
            _show(row, as_json=as_json)


@admin_app.command("laptops")
def list_laptops(data: Folder = None, db: Database = "", *, as_json: Json = False) -> None:
    """List every laptop, whose it is and when it was last heard."""
    with opened(data, db) as office:
        for row in register.every_laptop(office):
            _show(row, as_json=as_json)


def _show(row: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        emit_json(row)
    else:
        emit_line(
            "  ".join("-" if value in {None, ""} else str(value) for value in row.values())
        )


@audit_app.command("verify")
def verify_audit(data: Folder = None, db: Database = "") -> None:
    """Check every chain: the audit trail and the laptops' signed operations."""
    with opened(data, db) as office:
        found = verification.verify(office)
    broken = [{"chain": one.chain, "number": one.number} for one in found.broken]
    emit_json({"chains": found.chains, "broken": broken})
    if broken:
        fail(f"{len(broken)} of {found.chains} chains are broken. Keep a copy of the database.")


@admin_app.command()
def migrate(data: Folder = None, db: Database = "") -> None:
    """Bring the database to the schema of this version."""
    with opened(data, db):
        emit_json({"schema": schema.SCHEMA})


@admin_app.command("backup")
def back_up_office(
    folder: Annotated[Path, typer.Argument(file_okay=False, metavar="DIR")],
    data: Folder = None,
    db: Database = "",
    files: Files = "",
    *,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="On PostgreSQL: pg_dump copies the database.")
    ] = False,
) -> None:
    """Copy a running office on SQLite: its database at one moment, and its files.

    The office key is not copied: keep it apart from every copy of the data.
    """
    with opened(data, db, files, known=True) as office:
        try:
            copied = backup.back_up(office, folder, files_only=files_only)
        except (backup.NoBackup, OSError) as e:
            fail(f"There is no new backup: {e}. An older one in that folder is as it was.")
    emit_json(
        {
            "database_bytes": copied.database,
            "files_new": copied.new_files,
            "files_known": copied.known_files,
        }
    )


@admin_app.command()
def restored(data: Folder = None, db: Database = "", files: Files = "") -> None:
    """Take an office into service whose database or files were put back from a backup.

    To be run before the server starts: laptops then send again what the backup lacks.
    """
    with opened(data, db, files, known=True) as office:
        expected = restoring.note_restored(office)
    emit_json({"files_expected_again": expected})
