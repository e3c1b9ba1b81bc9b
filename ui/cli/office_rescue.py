"""`server-admin recovery-key`, `recover-laptop` and `rescue`: what a broken laptop still holds.

In come files: the private half of a recovery key, a laptop's folder, a rescue file; out comes
one JSON object a line. Rule: the private half is read for one command and is nowhere else, and
`recover-laptop` needs no office: it is for the machine where that half lies.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.clock import SystemClock
from fieldapp.domain.recovery import store_key_binding
from fieldapp.errors import StoreCorrupt
from fieldapp.store import recovery, salvage
from fieldapp.store.database import Database as Store
from fieldapp.work.rescue import Rescued, Wish, export
from sync.server import recovery_keys
from sync.server.recovery_file import KeyFileFault, PrivateHalf, read, write
from sync.server.rescue import Outcomes, import_rescue
from sync.server.rescue_file import RescueFault
from sync.server.rescue_file import opened as opened_rescue
from sync.server.vault import Unreadable
from ui.cli.office_options import Database, Files, Folder, opened
from ui.cli.output import emit_json, fail, progress, warn
from ui.cli.passphrase import first_line
from ui.wiring import STORE_FILE

key_app = typer.Typer(help="The office's recovery key.", no_args_is_help=True)

_FAULTS = {
    "unreadable": "The file can't be read.",
    "no_rescue_file": "This is no rescue file.",
    "needs_key": "The file is sealed to a recovery key. Give its private half with --key.",
    "needs_passphrase": "The file is behind a passphrase. Give it with --passphrase-file.",
    "other_key": "The file is sealed to another recovery key than this one.",
    "changed": "The file was changed on the way, or the passphrase is another one.",
    "cut_short": "The file is not whole: its end is missing. Copy it again.",
    "malformed": "The file is not what a rescue file must be.",
    "bad_signature": "The file was not signed by the laptop that it names.",
    "other_office": "The file is of a laptop of another office.",
    "unknown_laptop": "This office knows no such laptop.",
}
Key = Annotated[
    Path | None, typer.Option("--key", help="The private half of the recovery key.")
]
KeyPassphrase = Annotated[
    Path | None,
    typer.Option(
        "--key-passphrase-file", help="File with the passphrase of that private half."
    ),
]


def add_rescue(admin: typer.Typer) -> None:
    """Add the commands."""
    admin.add_typer(key_app, name="recovery-key")
    admin.command("recover-laptop")(recover_laptop)
    admin.command("rescue")(rescue)


@key_app.command("new")
def new_key(  # noqa: PLR0913  one parameter for each option
    file: Annotated[Path, typer.Argument(help="Where the private half goes; keep it offline.")],
    *,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File with a passphrase to put it behind.")
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="The private half of the key before, which vouches for this one."),
    ] = None,
    previous_passphrase_file: Annotated[Path | None, typer.Option()] = None,
    data: Folder = None,
    db: Database = "",
) -> None:
    """Make a recovery key: the private half in a file, the public half in the office."""
    typed = "" if passphrase_file is None else first_line(passphrase_file)
    with opened(data, db) as office:
        before = None if previous is None else _half(previous, previous_passphrase_file)
        half = PrivateHalf.new(office.vault.office)
        with office.database.reading() as c:
            present = recovery_keys.present(c)
        if before is not None and (present is None or before.id != present.id):
            fail("That is not the private half of the key that holds now.")
        try:
            write(file, half, typed)
        except KeyFileFault as e:
            fail(f"{e}. Nothing was made.")
        with office.database.writing() as c:
            recovery_keys.add(office, c, half.public(before))
    emit_json({"recovery_key": half.id, "file": file.name, "vouched": before is not None})
    if present is not None and before is None:
        warn(
            "Nobody vouches for this key: laptops that know the one before ask their "
            "technician to compare it by phone. With --previous they take it by themselves."
        )


@key_app.command("list")
def list_keys(data: Folder = None, db: Database = "") -> None:
    """List every generation; `holds` is the one that laptops are told."""
    with opened(data, db) as office, office.database.reading() as c:
        found = recovery_keys.every(c)
    for one in found:
        emit_json(asdict(one))


@key_app.command("retire")
def retire_key(key_id: str, data: Folder = None, db: Database = "") -> None:
    """Tell a key to no laptop any more; files that are sealed to it still open with it."""
    with opened(data, db) as office, office.database.writing() as c:
        done = recovery_keys.retire(office, c, key_id)
    if not done:
        fail(f"There is no recovery key {key_id} in use. `recovery-key list` names them.")
    emit_json({"retired": key_id})


def recover_laptop(
    folder: Annotated[Path, typer.Argument(help="The data folder of the broken laptop.")],
    key: Annotated[Path, typer.Option("--key", help="The private half of the recovery key.")],
    key_passphrase_file: KeyPassphrase = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write a rescue file; else only count.")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also files that the office has confirmed.")
    ] = False,
) -> None:
    """Open a broken laptop's store whose own key is gone; nothing in its folder is changed."""
    half = _half(key, key_passphrase_file)
    store = folder / STORE_FILE
    try:
        copy = recovery.copy_beside(store)
    except StoreCorrupt:
        fail(f"{folder} holds no copy of a laptop's key that is sealed to a recovery key.")
    if copy.recovery != half.id:
        fail(
            f"The laptop's key is sealed to the recovery key {copy.recovery}, not to this one."
        )
    try:
        opens = half.open(
            copy.sealed, store_key_binding(copy.office, copy.laptop, copy.recovery)
        )
    except Unreadable:
        fail("The copy of the laptop's key was changed: it does not open.")
    with tempfile.TemporaryDirectory(prefix="fieldapp-") as place:
        for name in (STORE_FILE, f"{STORE_FILE}-wal"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, Path(place) / name)
        files = store.with_suffix(".files")
        wish = None if to is None else Wish(to, everything=everything)
        counted, done = asyncio.run(_recovered(Path(place) / STORE_FILE, opens, files, wish))
    emit_json({"kind": "laptop", "laptop": copy.laptop, **counted})
    if done is not None and to is not None:
        emit_json({"kind": "rescue", "file": to.name, **asdict(done)})


async def _recovered(
    store: Path, key: bytes, files: Path, wish: Wish | None
) -> tuple[dict[str, object], Rescued | None]:
    db = await Store.open_damaged(store, key, files)
    try:
        counted = await _counted(db)
        done = None if wish is None else await export(db, SystemClock(), wish)
    finally:
        await db.close()
    return counted, done


async def _counted(db: Store) -> dict[str, object]:
    states: Counter[str] = Counter()
    async for item in salvage.outbox_items(db):
        states["unreadable" if isinstance(item, salvage.Unreadable) else item.state] += 1
    files: Counter[str] = Counter()
    async for file in salvage.files(db):
        if isinstance(file, salvage.Unreadable):
            files["unreadable"] += 1
        else:
            files["waiting" if file.about.delivered_at is None else "delivered"] += 1
    return {"operations": dict(states), "files": dict(files)}


def rescue(  # noqa: PLR0913  one parameter for each option
    file: Annotated[Path, typer.Argument(help="The rescue file of a laptop.")],
    *,
    key: Key = None,
    key_passphrase_file: KeyPassphrase = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File with the passphrase of a file that has one.")
    ] = None,
    data: Folder = None,
    db: Database = "",
    files: Files = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken; change nothing.")
    ] = False,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Take photos that the laptop could not sign for.")
    ] = False,
) -> None:
    """Take a laptop's rescue file in; the same file again changes nothing."""
    half = None if key is None else _half(key, key_passphrase_file)
    typed = "" if passphrase_file is None else first_line(passphrase_file)
    with opened(data, db, files) as office:
        try:
            with opened_rescue(file, half, typed) as found:
                done = import_rescue(
                    office, found, dry_run=dry_run, unsigned=unsigned, tell=_tell
                )
        except RescueFault as e:
            fail(f"{file.name}: {_FAULTS[e.reason]} Nothing was taken. {e.detail}")
    progress("")
    emit_json(_shape(done))
    _warn(done)


def _half(path: Path, passphrase_file: Path | None) -> PrivateHalf:
    try:
        return read(path, "" if passphrase_file is None else first_line(passphrase_file))
    except KeyFileFault as e:
        fail(f"{e}. Nothing was done.")


def _tell(done: int, total: int) -> None:
    progress(f"{done} of {total} octets")


def _shape(done: Outcomes) -> dict[str, object]:
    found = done.found
    return {
        "kind": "rescue",
        "laptop": done.laptop,
        "technician": done.technician,
        "withdrawn": done.withdrawn,
        "made_at": found.manifest.made_at,
        "signed": done.signed,
        "operations": found.operations,
        "repeats": done.repeats,
        "verdicts": dict(sorted(done.verdicts.items())),
        "reasons": dict(sorted(done.reasons.items())),
        "files": dict(sorted(done.files.items())),
        "lost_operations": found.lost_operations,
        "lost_files": list(found.lost_files),
        "missing_files": list(done.missing_files),
        "dry_run": done.dry_run,
    }


def _warn(done: Outcomes) -> None:
    if done.verdicts["held"] or done.found.lost_operations:
        warn(
            f"{done.found.lost_operations} operations were lost on the laptop and "
            f"{done.verdicts['held']} wait for one that is missing."
        )
    if done.files["unsigned"]:
        warn(
            "The laptop could not sign this file, so its photos were left out. See --unsigned."
        )
    if done.missing_files:
        warn(f"{len(done.missing_files)} photos or signatures are named and not here.")
