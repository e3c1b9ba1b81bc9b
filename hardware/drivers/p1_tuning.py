"""Listens to a customer port until its settings are known, or why they can't be.

An open `Port` comes in, and where it was heard before; out comes a `Tuned`: the verdict and,
where a telegram came, the driver that goes on from there. Rule: nothing is written, and the
request line is held for as long as the port is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hardware.drivers.p1 import P1Driver
from hardware.drivers.p1_tuner import PATIENT, Patience, Tuner, Verdict
from hardware.errors import (
    BinaryPush,
    HardwareError,
    LineHeldLow,
    LineInverted,
    NoTelegrams,
    RemoteProtocolError,
    TelegramsSealed,
    WrongPort,
    WrongSpeed,
)
from hardware.p1.cause import Cause
from hardware.p1.encrypted import Keys
from hardware.p1.framer import NEED_DATA, Noise
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port

_QUIET_S = 0.2


@dataclass(frozen=True, slots=True)
class Tuned:
    """A port that was tuned in.

    Attributes:
        verdict: the settings.
        driver: goes on behind the telegram.
        events: what came at those settings, the telegram last.
    """

    verdict: Verdict
    driver: P1Driver
    events: tuple[Telegram | Noise, ...]

    @property
    def telegram(self) -> Telegram:
        """The telegram by which it was known."""
        return next(event for event in self.events[::-1] if isinstance(event, Telegram))


async def tune(
    port: Port,
    known: LineSettings | None = None,
    patience: Patience = PATIENT,
    *,
    keys: Keys | None = None,
) -> Tuned:
    """Find the settings of a customer port; it stays open.

    Raises:
        NoTelegrams, LineHeldLow: nothing comes.
        LineInverted: the cable does not turn the line round.
        WrongSpeed: another speed, and that of this port is set elsewhere.
        WrongPort, BinaryPush: another protocol speaks here.
        TelegramsSealed: encrypted, and no key.
        RemoteProtocolError: octets come, and no telegram.
        PortGone: the port was closed or unplugged.
    """
    found = await listen(port, known, patience, keys=keys)
    if isinstance(found, Verdict):
        raise error_of(found, port.name)
    return found


async def listen(
    port: Port,
    known: LineSettings | None = None,
    patience: Patience = PATIENT,
    *,
    keys: Keys | None = None,
) -> Tuned | Verdict:
    """As `tune`; the verdict in place of an error.

    Raises:
        PortGone: the port was closed or unplugged.
    """
    tuner = Tuner(port.control, known, patience, has_keys=keys is not None)
    now = asyncio.get_running_loop().time
    while True:
        if port.line != tuner.line:
            await port.configure(tuner.line)
        stream, events, began = TelegramStream(keys), list[Telegram | Noise](), now()
        step = None
        while step is None:
            octets = await port.read(min(_QUIET_S, patience.silent_s))
            step = tuner.take(octets, now() - began)
            if _follow(stream, octets, events):
                verdict = tuner.telegram()
                driver = P1Driver(port, line=verdict.line, stream=stream)
                return Tuned(verdict, driver, tuple(events))
        if isinstance(step, Verdict):
            return step


def _follow(stream: TelegramStream, octets: bytes, events: list[Telegram | Noise]) -> bool:
    """Whether the octets complete a telegram; what comes behind it stays in the stream."""
    if octets:
        stream.feed(octets)
    else:
        stream.settle()
    while (event := stream.next_event()) is not NEED_DATA:
        events.append(event)
        if isinstance(event, Telegram) and (event.readings or event.unknown):
            return True
    return False


def error_of(verdict: Verdict, port: str) -> HardwareError:
    """The verdict as an error, for those who want a telegram and nothing else."""
    make = _ERRORS.get(verdict.cause)
    if make is not None:
        return make(port, verdict)
    return RemoteProtocolError(f"{port}: no P1 telegram but {verdict.cause}")


_ERRORS: dict[Cause | None, Callable[[str, Verdict], HardwareError]] = {
    Cause.NOTHING: lambda port, verdict: NoTelegrams(port, verdict.request),
    Cause.LOW: lambda port, _: LineHeldLow(port, "line held low"),
    Cause.INVERTED: lambda port, verdict: LineInverted(port, verdict.text),
    Cause.WRONG_SPEED: lambda port, verdict: WrongSpeed(port, f"not {verdict.line.baud} baud"),
    Cause.ENCRYPTED: lambda port, _: TelegramsSealed(f"{port}: encrypted telegrams"),
    Cause.HDLC: lambda port, _: WrongPort(f"{port}: {Cause.HDLC}"),
    Cause.PUSH: lambda port, _: BinaryPush(f"{port}: {Cause.PUSH}"),
    Cause.OPTICAL: lambda port, _: WrongPort(f"{port}: {Cause.OPTICAL}"),
}
