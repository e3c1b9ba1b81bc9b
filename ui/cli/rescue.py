"""`fieldapp rescue`: the whole outbox in one encrypted file, for the office to take in.

In come a path and perhaps a passphrase; out comes the file, and in words what is in it and what
could not be read. Rule: it needs no office, opens a damaged store too, and marks nothing: what
waits still waits.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.clock import SystemClock
from fieldapp.domain.recovery import grouped
from fieldapp.errors import NotEnrolled, StoreError
from fieldapp.settings import data_folder
from fieldapp.store import recovery
from fieldapp.store.database import Database
from fieldapp.store.keys import KeySource, load_or_create_key
from fieldapp.work.rescue import Rescued, Wish, export
from ui.cli.output import emit_json, emit_line, fail, progress, warn
from ui.cli.passphrase import PassphraseFile, first_line, source_of
from ui.wiring import STORE_FILE, is_laptop


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("rescue")(rescue)


def rescue(  # noqa: PLR0913  one parameter for each option
    file: Annotated[Path | None, typer.Argument(help="The file to write, on a stick.")] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also files that the office has confirmed.")
    ] = False,
    lock: Annotated[
        Path | None,
        typer.Option(
            "--lock-with",
            help="File with a passphrase for the rescue file, where the office has no key.",
        ),
    ] = None,
    accept_key: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Take this recovery key; compare it with the office by phone."
        ),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write everything that the office may not have yet to one encrypted file."""
    folder = data_folder(None)
    if not is_laptop(folder):
        raise NotEnrolled
    if file is None and not accept_key:
        raise typer.BadParameter("a file is missing", param_hint="FILE")
    typed = first_line(lock) if lock is not None else ""
    source = source_of(folder, passphrase_file)

    async def work() -> Rescued | None:
        db = await _opened(folder, source)
        try:
            if accept_key:
                await _accept(db, "".join(accept_key.split()).lower())
            if file is None:
                return None
            return await export(db, SystemClock(), Wish(file, everything, typed), _tell)
        finally:
            await db.close()

    done = asyncio.run(work())
    progress("")
    if done is None or file is None:
        return
    _say(file, done, as_json=json)


async def _opened(folder: Path, source: KeySource) -> Database:
    """The store, also where it is damaged, or the disk reads badly or has no room left."""
    key = await asyncio.to_thread(load_or_create_key, folder, source)
    try:
        return await Database.open(folder / STORE_FILE, key)
    except StoreError as error:
        if not error.readable:
            raise
        return await Database.open_damaged(folder / STORE_FILE, key)


async def _accept(db: Database, key_id: str) -> None:
    taken = await db.write(lambda c: recovery.trust(c, key_id), touched=frozenset({"device"}))
    if not taken:
        fail("The office offers no recovery key with that number. Sync, and compare it again.")
    emit_line(f"This laptop seals to the recovery key {grouped(key_id)} from now on.")


def _tell(done: Rescued) -> None:
    progress(f"{done.octets} of {done.total or '?'} octets")


def _say(file: Path, done: Rescued, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "kind": "rescue",
                "file": file.name,
                "operations": done.operations,
                "files": done.files,
                "octets": done.octets,
                "lost_operations": done.lost_operations,
                "lost_files": done.lost_files,
                "recovery": done.recovery or None,
                "signed": done.signed,
            }
        )
    else:
        locked = "the office's recovery key" if done.recovery else "the passphrase"
        emit_line(
            f"{file.name} holds {done.operations} operations and {done.files} files; only "
            f"{locked} opens it. Bring it to the office. Nothing left this laptop's outbox."
        )
    if done.lost_operations or done.lost_files:
        warn(
            f"{done.lost_operations} operations and {done.lost_files} files could not be read: "
            "the store is damaged. Keep this laptop and its folder as they are."
        )
