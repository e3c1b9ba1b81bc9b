"""`fieldapp enrol` and `fieldapp sync`: the laptop's end of the line without a screen.

In come an address and a code, or nothing at all; out comes one line (or one JSON object) for
each thing that went or came, and at the end what still waits. Rule: a code is spent only when
its laptop can keep a key; whatever fails says what waits, because nothing of it is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fieldapp.errors import NotEnrolled, StoreError
from fieldapp.settings import data_folder
from fieldapp.store import outbox
from fieldapp.store.device import Device, device
from fieldapp.store.keys import KeySource, PracticeSource, key_kind
from sync.client.address import NOT_AN_ADDRESS, PLAIN_HTTP
from sync.client.engine import RETRIED
from sync.client.http import NO_CA_FILE
from sync.client.report import Event, FileSent, SyncReport
from sync.errors import Refused, SyncError
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.passphrase import PassphraseFile, source_of
from ui.cli.sync_lines import line, shape, summary, waits
from ui.enrolment import Enrolment
from ui.enrolment import enrol as enrol_laptop
from ui.messages import explain
from ui.wiring import Laptop, Outside, is_laptop, machine, open_laptop

PATIENCE_S = 25.0
"""How long a sync goes on trying without any progress."""

_LANGUAGE = "en"
_OURS = {
    PLAIN_HTTP: "Plain http goes to this machine only. Give an https address.",
    NOT_AN_ADDRESS: "That is no address of an office. Give one like https://office.example.",
    NO_CA_FILE: "There is no such file with a certificate authority. Name another file.",
}
"""What this side refuses before the office is asked."""

CaFile = Annotated[
    Path | None, typer.Option(help="The office's own certificate authority, as a PEM file.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("enrol")(enrol)
    app.command("sync")(sync)


def enrol(
    url: Annotated[str, typer.Argument(help="The office's address.")],
    code: Annotated[str, typer.Argument(help="The one-time code that the office gave.")],
    *,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
    practice: Annotated[
        bool, typer.Option("--practice", help="A laptop for practice; its key lies open.")
    ] = False,
) -> None:
    """Tie this laptop to a technician."""
    folder = data_folder(None)
    new_practice = practice and passphrase_file is None and key_kind(folder) is None
    source = PracticeSource() if new_practice else source_of(folder, passphrase_file)
    made = asyncio.run(_enrol(folder, source, Enrolment(url, code, ca_file, practice)))
    emit_line(f"This laptop is {made.technician_name}'s ({made.technician}, {made.region}).")


async def _enrol(folder: Path, source: KeySource, asked: Enrolment) -> Device:
    laptop = await open_laptop(folder, source)
    try:
        await _check_free(laptop)
        return await enrol_laptop(laptop, asked)
    except Refused as error:
        _fail_ours(error)
        raise
    finally:
        await laptop.close()


async def _check_free(laptop: Laptop) -> None:
    """A store serves one laptop: the chain in its outbox is signed by that one's key."""
    known = await laptop.db.read(device)
    if known is None:
        return
    counts = await laptop.db.read(outbox.counts)
    left = waits(counts.waiting, counts.files_waiting)
    fail(f"This folder is {known.technician_name}'s already; {left}. Name another with --data.")


def sync(
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    server: Annotated[str, typer.Option(help="The office's address, for this run only.")] = "",
    patience: Annotated[
        float | None,
        typer.Option(min=0, metavar="S", help="Seconds to go on without any progress [25]."),
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="Go on until stopped, as the window does.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """One whole sync, push and pull; or one whenever there is something, until stopped."""
    folder = data_folder(None)
    if not is_laptop(folder):
        raise NotEnrolled
    source = source_of(folder, passphrase_file)
    wanted = replace(machine(), server_url=server)
    patience_s = PATIENCE_S if patience is None else patience
    tell = _teller(json=json)

    async def whole(laptop: Laptop) -> SyncReport:
        await laptop.owner()
        if stay:
            await _stay(laptop, tell)
        return await laptop.engine.sync_once(tell, patience_s=patience_s)

    try:
        report = asyncio.run(_with_laptop(folder, source, wanted, whole))
    except KeyboardInterrupt:
        return
    if json:
        emit_json(summary(report))
    elif report.error is None:
        emit_line(_in_words(report))
    if report.error is not None:
        _fail(report, report.error)


async def _stay(laptop: Laptop, tell: Callable[[Event], None]) -> NoReturn:
    """Sync and listen by itself until it is cancelled."""
    laptop.background.progress = tell
    await asyncio.gather(laptop.background.run(), laptop.listening.run())
    raise AssertionError  # neither ends by itself


async def _with_laptop(
    folder: Path,
    source: KeySource,
    outside: Outside,
    work: Callable[[Laptop], Awaitable[SyncReport]],
) -> SyncReport:
    laptop = await open_laptop(folder, source, outside)
    try:
        return await work(laptop)
    finally:
        await laptop.close()


def _teller(*, json: bool) -> Callable[[Event], None]:
    """Prints each event that is of use to whoever reads along; pieces of a file are not."""

    def tell(event: Event) -> None:
        if isinstance(event, FileSent) and not event.delivered:
            return
        if json:
            emit_json(shape(event))
        else:
            emit_line(line(event))

    return tell


def _in_words(report: SyncReport) -> str:
    refused = f" {report.refused} for a person to look at." if report.refused else ""
    return (
        f"Sent {report.sent}, received {report.received}, files sent {report.files_sent}; "
        f"{waits(report.waiting, report.files_waiting)}.{refused}"
    )


def _fail(report: SyncReport, error: SyncError | StoreError) -> NoReturn:
    if isinstance(error, Refused):
        _fail_ours(error)
    said = explain(error, _LANGUAGE)
    left = waits(report.waiting, report.files_waiting)
    do = "Sync again later." if isinstance(error, RETRIED) else said.do
    fail(f"{said.what} On this laptop {left}. {do}")


def _fail_ours(error: Refused) -> None:
    """End the command where it was this side that refused."""
    words = _OURS.get(error.problem)
    if words is not None:
        fail(words)
