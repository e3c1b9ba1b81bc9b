"""`fieldapp diagnose`: which ports there are, and what is on one of them.

Options in; one line a port, or what was found and what to do about it, out. Rule: finding uses
no key and writes to no meter; it is a contact all the same and goes through `door` first. The
words are those of the Diagnose page.
"""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Annotated

import typer

import resources
from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from fieldapp.work.optical_port import PUBLIC_ACCESS
from hardware.adapters import adapter_of, likely_first
from hardware.drivers.optical import OpticalSession
from hardware.drivers.p1_tuner import Patience
from hardware.drivers.port_search import Finding, Kind, Place, find
from hardware.dsmr.identity import same_meter
from hardware.errors import HardwareError
from hardware.p1.identity import equipment_id
from hardware.p1.telegram import Telegram
from hardware.serial_port import PortInfo, list_ports, open_port
from ui.cli.output import emit_json, emit_line, fail, warn
from ui.cli.p1_line import keep_line, known_line
from ui.cli.wanted import Door, Wanted, unwatched
from ui.messages import sentence

diagnose_app = typer.Typer(help="Ports, and what is on them.", no_args_is_help=True)
door: Door = unwatched
"""What every contact goes through; `ui.cli.meters` puts the noting one here."""

_LANGUAGE = "en"
_FOUND = {Kind.P1, Kind.OPTICAL}
_CHANCES = {
    "named": "a P1 cable by its name",
    "could_be": "could be a P1 cable or an optical head",
    "unknown": "",
    "unlikely": "hardly a meter's",
}


@diagnose_app.callback()
def diagnose() -> None:
    """Ports, and what is on them."""


@diagnose_app.command()
def ports(
    *, json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """Which serial ports this machine has, and which could be a cable to a meter."""
    for port in likely_first(list_ports()):
        if json:
            emit_json(_port_object(port))
        else:
            emit_line(_port_line(port))


@diagnose_app.command("find")
def find_out(  # noqa: PLR0913 - typer reads the options from the signature
    source: Annotated[str, typer.Argument(help="Serial device or pyserial URL.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    purpose: Annotated[str | None, typer.Option(help="Why a meter is touched.")] = None,
    visit: Annotated[str | None, typer.Option(help="The visit it is for.")] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="File with the passphrase of this laptop in its first line."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for a whole telegram.")] = 25.0,
) -> None:
    """What is on SOURCE: a customer port, an optical port, or what is wrong with the line."""
    action = MeterAction.IDENTIFY
    wanted = Wanted(action, source, purpose, visit, passphrase_file=passphrase_file)
    try:
        found = asyncio.run(_contact(wanted, timeout, quiet=json))
    except (HardwareError, FieldAppError) as error:
        fail(sentence(error, _LANGUAGE))
    if json:
        emit_json(finding_object(source, found))
    if found.kind not in _FOUND or found.other_meter:
        fail(told(found))
    if not json:
        emit_line(told(found))


async def _contact(wanted: Wanted, timeout_s: float, *, quiet: bool) -> Finding:
    async with door(wanted) as entry:
        place = Place(
            lambda: open_port(wanted.source),
            PUBLIC_ACCESS,
            Patience.within(timeout_s),
            known_line(wanted.source),
            lambda line: keep_line(wanted.source, line),
        )
        return await find(place, _silent if quiet else _notice, _Comparison(entry.meter))


class _Comparison:
    """Holds what answers to the meter of the visit, where there is one."""

    def __init__(self, expected: str | None) -> None:
        self._expected = expected

    async def telegram(self, telegram: Telegram) -> tuple[str, bool]:
        """See `Comparison.telegram`."""
        number = equipment_id(telegram) or ""
        return number, telegram.crc != "bad" and self._is_other(number)

    async def session(self, _session: OpticalSession, number: str) -> tuple[str, bool]:
        """See `Comparison.session`."""
        return number, self._is_other(number)

    def _is_other(self, number: str) -> bool:
        return self._expected is not None and not same_meter(number, self._expected)


def _silent(step: str) -> None:
    del step


def _notice(step: str) -> None:
    warn(_words()[f"step_{step}"])


def told(found: Finding) -> str:
    """A finding in words: what, why, what to do."""
    words, base = _words(), found.kind.value
    if found.other_meter:
        base = "other"
    elif found.kind is Kind.OPTICAL and found.detail:
        base = "refused"
    plain = "_plain" if found.kind is Kind.P1 and not found.version else ""
    why = words[f"finding_{base}_why{plain if base == 'p1' else ''}"].format(
        version=found.version,
        baud=found.baud,
        form=found.form,
        meter=found.meter or "-",
        detail=found.detail,
    )
    # Where a meter was found the page only says which page comes next.
    do = "" if base in _FOUND else words[f"finding_{base}_do"]
    lines = (words[f"finding_{base}"], why, do, _request(found))
    return " ".join(line for line in lines if line)


def _request(found: Finding) -> str:
    return _words().get(f"request_{found.kind.value}_{found.request}", "")


def _words() -> dict[str, str]:
    return tomllib.loads(resources.read_text(f"words/{_LANGUAGE}/diagnose.toml"))


def finding_object(source: str, found: Finding) -> dict[str, object]:
    """The JSON object of a finding."""
    return {
        "kind": "finding",
        "source": source,
        "found": found.kind.value,
        "baud": found.baud or None,
        "form": found.form or None,
        "version": found.version or None,
        "meter": found.meter or None,
        "other_meter": found.other_meter,
        "request": found.request,
        "detail": found.detail or None,
    }


def _port_object(port: PortInfo) -> dict[str, object]:
    adapter, line = adapter_of(port), known_line(port.device)
    return {
        "kind": "port",
        "source": port.device,
        "description": port.description,
        "manufacturer": port.manufacturer,
        "serial_number": port.serial_number,
        "usb_id": port.usb_id,
        "chip": adapter.chip,
        "chance": adapter.chance.value,
        "heard_at": None if line is None else str(line),
    }


def _port_line(port: PortInfo) -> str:
    adapter, line = adapter_of(port), known_line(port.device)
    parts = [
        adapter.chip or port.description,
        port.serial_number and f"no. {port.serial_number}",
        _CHANCES[adapter.chance.value],
        "" if line is None else f"last heard at {line}",
    ]
    return f"{port.device:<16} {', '.join(part for part in parts if part)}".rstrip()
