"""`fieldapp p1 read`: reads and decodes the telegrams of a customer port or a recording.

A source and options in; one line of JSON for each telegram and each piece of noise out, or a
table for people. Rule: reading a file or `-` is no meter contact, so no purpose is asked and
nothing is recorded; a port is one and goes through `door` first, and with a visit another
meter's telegrams are never shown. Damage never changes the exit status: 1 only where nothing
could be opened or no telegram was found.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from hardware.drivers.p1 import BinarySource, P1Driver, looks_like, read_source
from hardware.dsmr.identity import same_meter
from hardware.errors import (
    HardwareError,
    PortError,
    PortTimeout,
    RemoteProtocolError,
    WrongMeter,
)
from hardware.p1.encrypted import Keys
from hardware.p1.framer import Noise
from hardware.p1.identity import equipment_id
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings
from hardware.serial_port import open_port
from ui.cli.output import fail, warn
from ui.cli.p1_output import show_json, show_table
from ui.cli.p1_simulate import simulate_p1
from ui.cli.wanted import Door, Entry, Wanted, unwatched
from ui.messages import sentence

__all__ = ["door", "p1_app", "simulate_p1"]

p1_app = typer.Typer(help="The customer port (P1).", no_args_is_help=True)

_PORT = re.compile(r"COM\d+|/dev/.*|[a-z0-9+]+://.*", re.IGNORECASE)
_LANGUAGE = "en"


door: Door = unwatched
"""What every contact goes through; `ui.cli.meters` puts the noting one here."""


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
    purpose: Annotated[str | None, typer.Option(help="Why a meter is read.")] = None,
    visit: Annotated[str | None, typer.Option(help="The visit it is read for.")] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="File with the passphrase of this laptop in its first line."),
    ] = None,
    baud: Annotated[int, typer.Option(help="9600 for DSMR 2.2 and 3.0.")] = 115200,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for a telegram.")] = 25.0,
) -> None:
    """Read and decode the telegrams of SOURCE."""
    keys = None if key_file is None else _keys_of(key_file)
    wish = _Wish(source, follow, keys, LineSettings(baud), timeout)
    show = show_json if json else show_table
    tally = _Tally(show)
    if _is_port(source):
        action = MeterAction.READ_REGISTERS
        wanted = Wanted(action, source, purpose, visit, passphrase_file=passphrase_file)
        _read_port(wish, tally, wanted)
    else:
        _read_file(wish, tally)
    if not tally.telegrams:
        fail(f"{source} holds no telegram{tally.instead()}. {tally.advice()}")


class _Tally:
    """Passes events on and remembers whether any was a telegram.

    Attributes:
        expected: the meter whose telegrams are shown; None: anybody's.
        is_live: a line, on which noise may look like a telegram of which nothing is left.
        telegrams: how many came.
    """

    def __init__(self, show: Callable[[Telegram | Noise], None]) -> None:
        self._show = show
        self._sample = b""
        self._damaged = 0
        self.expected: str | None = None
        self.is_live = False
        self.telegrams = 0

    def take(self, event: Telegram | Noise) -> None:
        """Show one event.

        Raises:
            WrongMeter: a telegram of another meter than the expected one; it is not shown.
        """
        if isinstance(event, Noise):
            self._sample = self._sample or event.sample
        elif not self._is_expected(event):
            self._damaged += 1
            return
        elif not self.is_live or _is_left_of(event):
            self.telegrams += 1
        self._show(event)

    def _is_expected(self, telegram: Telegram) -> bool:
        """False where the number is another one and may be damaged."""
        found = equipment_id(telegram) or ""
        if self.expected is None or same_meter(found, self.expected):
            return True
        if telegram.crc == "bad":
            return False
        raise WrongMeter(self.expected, found)

    @property
    def heard(self) -> bool:
        """Whether anything came at all."""
        return bool(self._sample or self._damaged or self.telegrams)

    def instead(self) -> str:
        """What was found, if anything, to be put behind `no telegram`."""
        if self._damaged:
            return f" of meter {self.expected} that is undamaged"
        return f" but {looks_like(self._sample)}" if self._sample else ", it is empty"

    def advice(self) -> str:
        """What to do about it."""
        if self._sample and looks_like(self._sample) == "encrypted telegrams":
            return "Give the meter's own key with --key-file."
        if self.is_live:
            return "Check the cable and the speed (--baud) and try again."
        return "Check that it was recorded from a customer port, at the right speed."


def _is_left_of(telegram: Telegram) -> bool:
    """Whether a telegram is more than noise between two marks."""
    return telegram.crc != "bad" or bool(telegram.readings or telegram.unknown)


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


class NoTelegram(Exception):
    """The time was up before a telegram came that counts; `read` says what came instead."""


def _read_port(wish: _Wish, tally: _Tally, wanted: Wanted) -> None:
    try:
        with suppress(KeyboardInterrupt, NoTelegram):
            asyncio.run(_contact(wish, tally, door(wanted)))
    except (HardwareError, FieldAppError) as error:
        words = sentence(error, _LANGUAGE)
        if not tally.telegrams or not isinstance(error, PortError):
            fail(words)
        warn(words)


async def _contact(
    wish: _Wish, tally: _Tally, contact: AbstractAsyncContextManager[Entry]
) -> None:
    async with contact as entry:
        tally.expected, tally.is_live = entry.meter, True
        port = await open_port(wish.source, wish.line)
        try:
            await _listen(P1Driver(port, line=wish.line, keys=wish.keys), wish, tally)
        finally:
            await port.close()


async def _listen(driver: P1Driver, wish: _Wish, tally: _Tally) -> None:
    """Read until the first telegram, or with `follow` until the port goes.

    Raises:
        NoTelegram: none within twice the time.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(None if wish.follow else 2 * wish.timeout_s):
            while wish.follow or not tally.telegrams:
                await _take_next(driver, wish.timeout_s, tally)
    if not tally.telegrams:
        raise NoTelegram


async def _take_next(driver: P1Driver, timeout_s: float, tally: _Tally) -> None:
    """Take one event; a meter that was heard before may fall silent and come back."""
    try:
        tally.take(await driver.next_event(timeout_s))
    except PortTimeout as error:
        if tally.heard and not tally.telegrams:
            raise NoTelegram from error
        if not tally.telegrams:
            raise
    except RemoteProtocolError:
        if not tally.telegrams:
            raise
