"""Finds out what is on a port: listens, asks as the public client, listens longer.

In come a way to open the port and what to compare a meter with; out comes a frozen `Finding`.
Rule: no key is used and nothing is written to a meter; what can't be told apart from here is
one kind, so that a finding never says more than was heard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.p1_tuner import PATIENT, Patience, Verdict
from hardware.drivers.p1_tuning import Tuned, listen
from hardware.errors import MeterError, PortTimeout, RemoteProtocolError
from hardware.p1.cause import Cause
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port

LISTEN, LISTEN_LONG, ASK = "listen", "listen_long", "ask"
"""The steps of finding out, as `notice` hears them."""
SHORT_S = 2.4
"""Longer than two telegrams of a DSMR 5 meter, which sends one a second (P1 5.0.2, 5.1)."""

_P1_WAIT_S = 0.2
_PUBLIC_CLIENT = 16


class Kind(StrEnum):
    """What a port turned out to be."""

    P1 = "p1"
    OPTICAL = "optical"
    SEALED = "sealed"  # encrypted telegrams
    PUSH = "push"  # binary frames that nobody asked for
    INVERTED = "inverted"  # telegrams through a cable that does not turn the line round
    SPEED = "speed"  # another speed, on a port whose speed is set elsewhere
    DATA = "data"
    LOW = "low"  # the line stands still at the level of a break
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        baud: the rate at which it speaks.
        version: of the telegram, or of the meter's firmware.
        meter: the number it gave, in the visit's spelling or its own.
        other_meter: in a visit: it is not the visit's meter.
        detail: what unreadable octets look like, or how the meter refused.
        form: of the characters, `8N1` or `7E1`; empty where none were understood.
        request: how the request line of P1 was held: `held`, `released` or `both` (held and
            let go), `unknown` where this port has nothing to hold it with.
    """

    kind: Kind
    baud: int = 0
    version: str = ""
    meter: str = ""
    other_meter: bool = False
    detail: str = ""
    form: str = ""
    request: str = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """The port, and what is known about it.

    Attributes:
        open_port: opens it, each time anew.
        options: how to ask an optical port; only the line of them is used.
        patience: for a customer port.
        known: where it was heard before.
        heard: told where a telegram was heard.
    """

    open_port: Callable[[], Awaitable[Port]]
    options: OpticalOptions
    patience: Patience = PATIENT
    known: LineSettings | None = None
    heard: Callable[[LineSettings], None] = lambda _: None


class Comparison(Protocol):
    """Holds a meter that answers to the one expected: the other's number, else None."""

    async def telegram(self, telegram: Telegram) -> tuple[str, bool]:
        """The number of the meter that sent it, and whether it is another meter."""
        ...

    async def session(self, session: OpticalSession, number: str) -> tuple[str, bool]:
        """The number of the meter that answers, and whether it is another meter."""
        ...


async def find(place: Place, notice: Callable[[str], None], compare: Comparison) -> Finding:
    """Find out what is on the port; it is closed at the end.

    Raises:
        PortError: no such port, or it went away.
    """
    notice(LISTEN)
    short_s = min(SHORT_S, place.patience.silent_s)
    short = replace(place.patience, silent_s=short_s, lets_go=False)
    found = await _listened(place, short, compare)
    if found.kind not in _UNDECIDED:
        return found
    notice(ASK)
    asked = await _asked(place, compare)
    if asked is not None:
        return asked
    notice(LISTEN_LONG)
    return await _listened(place, place.patience, compare)


async def _listened(place: Place, patience: Patience, compare: Comparison) -> Finding:
    port = await place.open_port()
    try:
        found = await listen(port, place.known, patience)
    finally:
        await port.close()
    if isinstance(found, Verdict):
        return finding_of(found)
    return await _customer_port(place, found, compare)


async def _customer_port(place: Place, heard: Tuned, compare: Comparison) -> Finding:
    telegram, verdict = heard.telegram, heard.verdict
    place.heard(verdict.line)
    number, is_other = await compare.telegram(telegram)
    return Finding(
        Kind.P1,
        verdict.line.baud,
        telegram.version or "",
        number,
        is_other,
        form=verdict.form,
        request=verdict.request if verdict.line.request else "released",
    )


def finding_of(verdict: Verdict) -> Finding:
    """What a line without telegrams is."""
    kind = _KINDS.get(verdict.cause, Kind.DATA)
    baud = 0 if kind in {Kind.SILENT, Kind.LOW} else verdict.line.baud
    detail = str(verdict.cause) if kind is Kind.DATA else ""
    return Finding(kind, baud, detail=detail, request=verdict.request)


async def _asked(place: Place, compare: Comparison) -> Finding | None:
    """Ask as the public client; None where nothing answers."""
    port = await place.open_port()
    try:
        async with open_optical(port, _public(place.options)) as session:
            identity = await session.identify()
            number, is_other = await compare.session(session, identity.equipment_id)
            firmware = identity.firmware.get("core", "")
            return Finding(Kind.OPTICAL, port.line.baud, firmware, number, is_other)
    except (PortTimeout, RemoteProtocolError):
        return None  # whatever speaks here answers no sign-on
    except MeterError as e:
        return Finding(Kind.OPTICAL, port.line.baud, detail=str(e))


def _public(options: OpticalOptions) -> OpticalOptions:
    """The public client, on a line opened as `options` open lines; no key is tried."""
    return replace(
        options,
        client=_PUBLIC_CLIENT,
        auth=Authentication.NONE,
        password=b"",
        p1_wait_s=_P1_WAIT_S,
    )


_UNDECIDED = {Kind.DATA, Kind.LOW, Kind.SILENT}
_KINDS: dict[Cause | None, Kind] = {
    Cause.NOTHING: Kind.SILENT,
    Cause.LOW: Kind.LOW,
    Cause.INVERTED: Kind.INVERTED,
    Cause.WRONG_SPEED: Kind.SPEED,
    Cause.ENCRYPTED: Kind.SEALED,
    Cause.HDLC: Kind.PUSH,
    Cause.PUSH: Kind.PUSH,
}
