"""`fieldapp diagnose trace|replay|translate`: record a line, show a recording, read octets.

In come a source, a file or hex; out comes one line a message, with its meaning. Rule: recording
is a meter contact for a purpose, and noted before the port is opened; what is kept is written
message by message as it comes, without passwords and keys, so that a kill costs the last one at
most; with a visit another meter's telegrams are not kept. Reading a file is no contact.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.clock import SystemClock
from fieldapp.domain.privacy import MeterAction, Purpose
from fieldapp.settings import data_folder
from hardware.drivers.loose_octets import messages_of
from hardware.port import LineSettings
from hardware.trace import HEADER
from ui.cli.diagnose_output import show_row
from ui.cli.diagnose_recording import Recording, Wish
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.wanted import Wanted
from ui.presenters.trace_file import read
from ui.presenters.trace_rows import TraceRow, row_of

_OPTICAL_AT_REST = 300
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_BETWEEN = re.compile(r"0x|[\s:,;-]", re.IGNORECASE)
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the `diagnose` app."""
    app.command()(trace)
    app.command()(replay)
    app.command()(translate)


def trace(  # noqa: PLR0913 - typer reads the options from the signature
    source: Annotated[str, typer.Argument(help="Serial device or pyserial URL.")],
    file: Annotated[Path, typer.Argument(help="Where to keep it; must not be there yet.")],
    *,
    baud: Annotated[int, typer.Option(help="300 (7E1) for an optical port.")] = 115200,
    seconds: Annotated[float, typer.Option(help="How long; 0: until interrupted.")] = 0.0,
    purpose: Annotated[str | None, typer.Option(help="Why it is kept.")] = None,
    visit: Annotated[str | None, typer.Option(help="The visit it is kept for.")] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="File with the passphrase of this laptop in its first line."),
    ] = None,
    json: Json = False,
) -> None:
    """Record what is on the line of SOURCE in FILE, and show it; nothing is sent."""
    from ui.cli.contact import noted_contact  # noqa: PLC0415 - reading a file needs no laptop

    action = MeterAction.EXPORT_TRACE
    wanted = Wanted(action, source, purpose, visit, passphrase_file=passphrase_file)
    line = LineSettings(baud, seven_even=baud == _OPTICAL_AT_REST)
    why = purpose or ("visit" if visit else Purpose.WORKSHOP)
    show = partial(show_row, as_json=json)
    recording = Recording(Wish(source, line, file, seconds, why), SystemClock(), show)
    with suppress(KeyboardInterrupt):
        asyncio.run(recording.run(noted_contact(data_folder(None), wanted)))
    if json:
        emit_json({"kind": "trace", "messages": recording.kept, "masked": recording.masked})
    else:
        emit_line(f"{recording.kept} messages kept in {file}, {recording.masked} masked.")
    if not recording.kept:
        fail(f"Nothing was heard on {source}. Check the cable and the speed (--baud).")


def replay(
    file: Annotated[Path, typer.Argument(help="A trace.")], *, json: Json = False
) -> None:
    """Show the messages of a trace with their meaning."""
    for row in _rows(file):
        show_row(row, as_json=json)


def translate(
    octets: Annotated[
        str, typer.Argument(metavar="HEX|FILE", help="Octets, or a file of them.")
    ],
    *,
    json: Json = False,
) -> None:
    """Say what octets mean, layer by layer: frames, APDUs, lines of text."""
    for row in _rows_of(octets):
        show_row(row, as_json=json, layers=True)


def _rows(file: Path) -> Iterator[TraceRow]:
    for piece in read(str(file)):
        yield from piece.rows


def _rows_of(text: str) -> Iterator[TraceRow]:
    path = Path(text)
    with suppress(OSError):  # a long row of digits is no name of a file
        if path.is_file():
            yield from _rows_in(path)
            return
    yield from _said((_octets(text),))


def _rows_in(path: Path) -> Iterator[TraceRow]:
    content = path.read_bytes()
    if content.startswith(HEADER.encode("ascii")):
        yield from _rows(path)
        return
    try:
        lines = [line for line in content.decode("ascii").splitlines() if line.strip()]
        yield from _said(_octets(line) for line in lines if not line.startswith("#"))
    except (UnicodeDecodeError, typer.BadParameter):
        yield from _said((content,))  # no hex: the octets themselves


def _said(pieces: Iterable[bytes]) -> Iterator[TraceRow]:
    found = (message for octets in pieces for message in messages_of(octets))
    for number, message in enumerate(found, 1):
        yield row_of(message, number, _NO_TIME)


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(_BETWEEN.sub("", text))
    except ValueError as e:
        raise typer.BadParameter("neither a file nor hexadecimal octets") from e
