"""The line of a customer port on the command line: as asked, or found out and remembered.

An open port and what was asked come in; out come the driver and what was heard while the
settings were found. Rule: where a port was heard before is a convenience of `settings.json`;
that it can't be read or written stops nothing.
"""

from __future__ import annotations

from contextlib import suppress

from fieldapp import settings
from hardware.drivers.p1 import P1Driver
from hardware.drivers.p1_tuner import Patience
from hardware.drivers.p1_tuning import Tuned, tune
from hardware.p1.encrypted import Keys
from hardware.p1.framer import Noise
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port

Events = tuple[Telegram | Noise, ...]


def known_line(source: str) -> LineSettings | None:
    """Where this port was heard the last time; None: never, or nobody knows."""
    with suppress(OSError):
        return settings.load(settings.data_folder(None)).line_of(source)
    return None


def keep_line(source: str, line: LineSettings) -> None:
    """Remember where this port was heard."""
    folder = settings.data_folder(None)
    with suppress(OSError):
        kept = settings.load(folder)
        if kept.line_of(source) != line:
            settings.save(folder, kept.with_line(source, line))


async def tuned_in(
    port: Port, source: str, keys: Keys | None, timeout_s: float
) -> tuple[P1Driver, Events]:
    """The driver at the settings at which the port speaks, and what it said meanwhile.

    Raises:
        PortError, RemoteProtocolError: see `tune`.
    """
    patience = Patience.within(timeout_s)
    heard: Tuned = await tune(port, known_line(source), patience, keys=keys)
    keep_line(source, heard.verdict.line)
    return heard.driver, heard.events
