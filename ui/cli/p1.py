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
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from hardware.drivers.p1 import P1_LINE, P1Driver
from hardware.errors import HardwareError, PortError, PortTimeout, RemoteProtocolError
from hardware.p1.encrypted import Keys
from hardware.port import LineSettings, Port
from hardware.serial_port import open_port
from ui.cli.output import fail, warn
from ui.cli.p1_keys import keys_of
from ui.cli.p1_line import tuned_in
from ui.cli.p1_output import show_json, show_table
from ui.cli.p1_recording import read_recording
from ui.cli.p1_tally import Tally
from ui.cli.wanted import Door, Entry, Wanted, unwatched
from ui.messages import sentence

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
    line: LineSettings | None
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
    baud: Annotated[
        int | None, typer.Option(help="Listen at this speed only; found out where not given.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for a telegram.")] = 25.0,
) -> None:
    """Read and decode the telegrams of SOURCE."""
    keys = None if key_file is None else keys_of(key_file)
    line = None if baud is None else LineSettings(baud)
    wish = _Wish(source, follow, keys, line, timeout)
    show = show_json if json else show_table
    tally = Tally(show)
    if _is_port(source):
        action = MeterAction.READ_REGISTERS
        wanted = Wanted(action, source, purpose, visit, passphrase_file=passphrase_file)
        _read_port(wish, tally, wanted)
        if follow and tally.telegrams:
            tally.followed.say(json=json)
    else:
        read_recording(source, keys, tally)
    if not tally.telegrams:
        fail(f"{source} holds no telegram{tally.instead()}. {tally.advice(keys)}")


def _is_port(source: str) -> bool:
    return bool(_PORT.fullmatch(source)) or Path(source).is_char_device()


class NoTelegram(Exception):
    """The time was up before a telegram came that counts; `read` says what came instead."""


def _read_port(wish: _Wish, tally: Tally, wanted: Wanted) -> None:
    try:
        with suppress(KeyboardInterrupt, NoTelegram):
            asyncio.run(_contact(wish, tally, door(wanted)))
    except (HardwareError, FieldAppError) as error:
        words = sentence(error, _LANGUAGE)
        if not tally.telegrams or not isinstance(error, PortError):
            fail(words)
        warn(words)


async def _contact(
    wish: _Wish, tally: Tally, contact: AbstractAsyncContextManager[Entry]
) -> None:
    async with contact as entry:
        tally.expected, tally.is_live = entry.meter, True
        port = await open_port(wish.source, wish.line or P1_LINE)
        try:
            await _listen(port, wish, tally)
        finally:
            await port.close()


async def _listen(port: Port, wish: _Wish, tally: Tally) -> None:
    """Read until the first telegram, or with `follow` until the port goes.

    Raises:
        NoTelegram: none within twice the time.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(None if wish.follow else 2 * wish.timeout_s):
            driver = await _driver(port, wish, tally)
            while wish.follow or not tally.telegrams:
                await _take_next(driver, wish.timeout_s, tally)
    if not tally.telegrams:
        raise NoTelegram


async def _driver(port: Port, wish: _Wish, tally: Tally) -> P1Driver:
    """At the speed that was asked for, else at the one at which the port speaks."""
    if wish.line is not None:
        return P1Driver(port, line=wish.line, keys=wish.keys)
    driver, events = await tuned_in(port, wish.source, wish.keys, wish.timeout_s)
    for event in events:
        tally.take(event)
    tally.followed.take(events[-1], driver.raw)
    return driver


async def _take_next(driver: P1Driver, timeout_s: float, tally: Tally) -> None:
    """Take one event; a meter that was heard before may fall silent and come back."""
    try:
        event = await driver.next_event(timeout_s)
        tally.followed.take(event, driver.raw)
        tally.take(event)
    except PortTimeout as error:
        if tally.heard and not tally.telegrams:
            raise NoTelegram from error
        if not tally.telegrams:
            raise
    except RemoteProtocolError:
        if not tally.telegrams:
            raise
