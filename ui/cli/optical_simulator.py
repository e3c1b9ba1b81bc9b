"""`fieldapp simulate optical`: a simulated meter on a pseudo-terminal or a TCP port.

Options go in; `{"ready": SOURCE}` is the first line out, then the meter answers until it is
interrupted. Rule: the keys file is the client's, used for the other side.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from fieldapp.clock import SystemClock
from hardware.dlms.acse import Mechanism
from hardware.dlms.security import TITLE_SIZE
from hardware.dsmr.objects import Version
from hardware.errors import HardwareError
from hardware.hdlc.parameters import DEFAULT, MAX_INFO, Parameters
from hardware.simulators.hosting import host
from hardware.simulators.optical import OPENING_BAUD, Framing, OpticalSimulator
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_history import filled
from hardware.simulators.optical_security import MeterSecurity
from hardware.simulators.optical_state import OpticalMeter, furnished
from ui.cli.keys_file import KeysFile, read_keys
from ui.cli.optical_options import (
    AuthName,
    FramingName,
    Table,
    parameters,
    typed,
)
from ui.cli.output import emit_json, fail
from ui.messages import explain

_MAKER = b"SIm"
_MECHANISMS = {
    AuthName.HLS3: Mechanism.HLS_MD5,
    AuthName.HLS4: Mechanism.HLS_SHA1,
    AuthName.HLS5: Mechanism.HLS_GMAC,
}
_OPTIONS: Table = {
    "listen": (Annotated[str | None, typer.Option(metavar="HOST:PORT")], None),
    "pty": (Annotated[bool, typer.Option("--pty", help="On a pseudo-terminal.")], False),
    "profile": (Annotated[Version, typer.Option(help="Version of the meter.")], Version.SMR500),
    "security": (Annotated[AuthName, typer.Option(help="What it demands.")], AuthName.NONE),
    "framing": (Annotated[FramingName, typer.Option()], FramingName.MODE_E),
    "baud": (Annotated[int | None, typer.Option(min=300, help="Throttle to this rate.")], None),
    "turnaround_ms": (Annotated[int, typer.Option(min=0, help="Pause before answers.")], 0),
    "max_info": (
        Annotated[
            int, typer.Option(min=128, max=MAX_INFO, help="Largest HDLC information it grants.")
        ],
        DEFAULT.receive,
    ),
    "window": (
        Annotated[int, typer.Option(min=1, max=7, help="Most HDLC frames it grants at once.")],
        1,
    ),
    "seed": (Annotated[int, typer.Option(help="Of faults that come by chance.")], 0),
    "fault": (Annotated[list[Fault] | None, typer.Option(help="What goes wrong.")], None),
    "keys_file": (Annotated[Path | None, typer.Option(help="The client's keys.")], None),
    "full_logs": (
        Annotated[
            int | None,
            typer.Option(min=1, metavar="DAYS", help="All logs full, over so many days."),
        ],
        None,
    ),
    "meter": (Annotated[str, typer.Option(help="Equipment identifier.")], "E0044007382246019"),
}


def _simulate(**values: Any) -> None:
    """Answer as a Dutch meter behind an optical head, until interrupted."""
    if (values["listen"] is None) is not values["pty"]:
        raise typer.BadParameter("give one of --listen and --pty")
    simulator = _simulator(values)

    async def run() -> None:
        await host(
            simulator.serve,
            listen=values["listen"],
            pty=values["pty"],
            throttle_baud=values["baud"],
            on_ready=lambda source: emit_json({"ready": source}),
        )

    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(run())
    except HardwareError as e:
        message = explain(e, "en")
        fail(f"{message.what} {message.do} ({message.detail})")


def _simulator(values: dict[str, Any]) -> OpticalSimulator:
    asked = values["framing"]
    framing = Framing.MODE_E if asked is FramingName.AUTO else Framing(asked)
    size, window = values["max_info"], values["window"]
    line = replace(
        Line.named(values["fault"] or (), values["turnaround_ms"], values["seed"]),
        grants=Parameters(size, size, window, window),
    )
    try:
        return OpticalSimulator(_meter(values), framing, line, values["baud"] or OPENING_BAUD)
    except KeyError:
        fail(f"Mode E has no sign for {values['baud']} baud; use --framing hdlc.")


def _meter(values: dict[str, Any]) -> OpticalMeter:
    held = read_keys(values["keys_file"]) if values["keys_file"] else KeysFile()
    meter = OpticalMeter(
        values["meter"],
        lambda: datetime.now(UTC),
        values["profile"],
        needs_password=values["security"] is AuthName.LLS,
        security=_security(values, held),
    )
    meter.password = held.password or meter.password
    furnished(meter)
    days = values["full_logs"]
    return meter if days is None else filled(meter, timedelta(days=days))


def _security(values: dict[str, Any], held: KeysFile) -> MeterSecurity | None:
    mechanism = _MECHANISMS.get(values["security"])
    if mechanism is None:
        return None
    if mechanism is Mechanism.HLS_GMAC and held.keys is None:
        fail("hls5 needs encryption_key and authentication_key in a --keys-file.")
    if mechanism is not Mechanism.HLS_GMAC and held.hls_secret is None:
        fail(f"{values['security']} needs hls_secret in a --keys-file.")
    chance = SystemClock().random_bytes
    title = _MAKER + sha256(values["meter"].encode()).digest()[: TITLE_SIZE - len(_MAKER)]
    return MeterSecurity(mechanism, chance, held.keys, held.hls_secret or b"", title)


simulate_optical = typed(_simulate, parameters(_OPTIONS))
"""The command function for `simulate optical`."""
