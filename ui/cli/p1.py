"""`fieldapp p1 read`: reads and decodes the telegrams of a customer port or a recording.

A source and options in; one line of JSON for each telegram and each piece of noise out, or a
table for people. Rule: reading a file or `-` is no meter contact, so no purpose is asked and
nothing is recorded; a port is one, and `before_contact` hears of it first. Damage never
changes the exit status: 1 only where nothing could be opened or no telegram was found.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from hardware.drivers.p1 import BinarySource, P1Driver, looks_like, read_source
from hardware.errors import HardwareError, PortTimeout, RemoteProtocolError
from hardware.p1.encrypted import Keys
from hardware.p1.framer import Noise
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings
from hardware.serial_port import open_port
from ui.cli.output import fail, warn
from ui.cli.p1_output import show_json, show_table
from ui.cli.p1_simulate import simulate_p1
from ui.messages import sentence

__all__ = ["before_contact", "p1_app", "simulate_p1"]

p1_app = typer.Typer(help="The customer port (P1).", no_args_is_help=True)

ContactHook = Callable[[str, str | None, str], None]

_PORT = re.compile(r"COM\d+|/dev/.*|[a-z0-9+]+://.*", re.IGNORECASE)
_LANGUAGE = "en"


def _unrecorded(_purpose: str, _visit: str | None, _source: str) -> None:
    """Where no audit trail was wired in."""


before_contact: ContactHook = _unrecorded
"""Called with purpose, visit and source before a port is opened; may end the command."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line asked for."""

    source: str
    follow: bool
    keys: Keys | None
    line: LineSettings
    timeout_s: float


@p1_app.callback()
def p1() -> None:
    """The customer port (P1)."""


@p1_app.command()
def read(  # noqa: PLR0913 - typer reads the options from the signature
    source: Annotated[str, typer.Argument(help="Serial device, pyserial URL, file or -.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Keep reading a port until interrupted."),
    ] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(help="TOML with encryption_key and authentication_key (hex)."),
    ] = None,
    purpose: Annotated[str, typer.Option(help="Why a meter is read.")] = "workshop",
    visit: Annotated[str | None, typer.Option(help="The visit it is read for.")] = None,
    baud: Annotated[int, typer.Option(help="9600 for DSMR 2.2 and 3.0.")] = 115200,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for a telegram.")] = 25.0,
) -> None:
    """Read and decode the telegrams of SOURCE."""
    keys = None if key_file is None else _keys_of(key_file)
    wish = _Wish(source, follow, keys, LineSettings(baud), timeout)
    show = show_json if json else show_table
    tally = _Tally(show)
    if _is_port(source):
        before_contact(purpose, visit, source)
        _read_port(wish, tally)
    else:
        _read_file(wish, tally)
    if not tally.telegrams:
        fail(f"{source} holds no telegram{tally.instead()}. {tally.advice()}")


class _Tally:
    """Passes events on and remembers whether any was a telegram."""

    def __init__(self, show: Callable[[Telegram | Noise], None]) -> None:
        self._show = show
        self._sample = b""
        self.telegrams = 0

    def take(self, event: Telegram | Noise) -> None:
        """Show one event."""
        self._show(event)
        if isinstance(event, Telegram):
            self.telegrams += 1
        else:
            self._sample = self._sample or event.sample

    def instead(self) -> str:
        """What was found, if anything, to be put behind `no telegram`."""
        return f" but {looks_like(self._sample)}" if self._sample else ", it is empty"

    def advice(self) -> str:
        """What to do about it."""
        if self._sample and looks_like(self._sample) == "encrypted telegrams":
            return "Give the meter's own key with --key-file."
        return "Check that it was recorded from a customer port, at the right speed."


def _is_port(source: str) -> bool:
    return bool(_PORT.fullmatch(source)) or Path(source).is_char_device()


def _keys_of(path: Path) -> Keys:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        named = {
            name: bytes.fromhex(table[name])
            for name in ("encryption_key", "authentication_key")
            if name in table
        }
        return Keys(**named)
    except (OSError, ValueError, TypeError) as error:
        fail(f"The key file {path} can't be used: {_reason(error)}. Name another one.")


def _reason(error: Exception) -> str:
    """Why a file can't be used; never what stands in it."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, TypeError):
        return "it has no encryption_key, or a key is not a text"
    return "it is no TOML with keys of 32 hexadecimal digits"


def _read_file(wish: _Wish, tally: _Tally) -> None:
    try:
        for event in _file_events(wish):
            tally.take(event)
    except OSError as error:
        fail(f"{wish.source} can't be read: {error.strerror}. Check the name of the source.")


def _file_events(wish: _Wish) -> Iterator[Telegram | Noise]:
    if wish.source == "-":
        standard_input = cast("BinarySource", sys.stdin.buffer)  # buffered: it has read1
        yield from read_source(standard_input, wish.keys)
        return
    with Path(wish.source).open("rb") as recording:
        yield from read_source(recording, wish.keys)


def _read_port(wish: _Wish, tally: _Tally) -> None:
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_listen(wish, tally))
    except HardwareError as error:
        words = sentence(error, _LANGUAGE)
        if not tally.telegrams:
            fail(words)
        warn(words)


async def _listen(wish: _Wish, tally: _Tally) -> None:
    """Read until the first telegram, or with `follow` until the port goes."""
    port = await open_port(wish.source, wish.line)
    driver = P1Driver(port, line=wish.line, keys=wish.keys)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if wish.follow else 2 * wish.timeout_s):
                while wish.follow or not tally.telegrams:
                    await _take_next(driver, wish.timeout_s, tally)
    finally:
        await port.close()


async def _take_next(driver: P1Driver, timeout_s: float, tally: _Tally) -> None:
    """Take one event; a meter that was heard before may fall silent and come back."""
    try:
        tally.take(await driver.next_event(timeout_s))
    except (PortTimeout, RemoteProtocolError):
        if not tally.telegrams:
            raise
