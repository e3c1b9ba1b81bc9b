"""`fieldapp simulate optical`: a simulated meter on a pseudo-terminal or a TCP port.

Options go in; `{"ready": SOURCE}` is the first line out, then the meter answers until it is
interrupted. Rule: the keys file is the client's, used for the other side.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hardware.dsmr.objects import Version
from hardware.errors import HardwareError
from hardware.hdlc.parameters import DEFAULT, MAX_INFO, Parameters
from hardware.simulators.hosting import host
from hardware.simulators.optical import OPENING_BAUD, Framing, OpticalSimulator
from hardware.simulators.optical_faults import Fault, Line
from ui.cli.optical_options import (
    AuthName,
    FramingName,
    Table,
    parameters,
    typed,
)
from ui.cli.optical_simulated import simulated_meter
from ui.cli.output import emit_json, fail
from ui.messages import explain

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
    "meter": (Annotated[str, typer.Option(help="Equipment identifier.")], "E0044007382246019"),
    "phases": (Annotated[int, typer.Option(min=1, max=3, help="1 or 3.")], 3),
    "still": (Annotated[bool, typer.Option("--still", help="Values that do not move.")], False),
    "full_logs": (Annotated[bool, typer.Option("--full-logs", help="Every log full.")], False),
    "log_days": (
        Annotated[
            int | None,
            typer.Option(min=1, metavar="N", help="Every log full, over so many days."),
        ],
        None,
    ),
    "appears": (
        Annotated[
            int | None,
            typer.Option(min=0, metavar="S", help="A gas meter appears after S seconds."),
        ],
        None,
    ),
    "in_reach": (
        Annotated[
            list[str] | None,
            typer.Option(metavar="NUMBER", help="A gas meter that can be coupled."),
        ],
        None,
    ),
    "refuse": (
        Annotated[
            list[str] | None,
            typer.Option(metavar="NAME", help="An object that it keeps to itself."),
        ],
        None,
    ),
    "absent": (
        Annotated[list[str] | None, typer.Option(metavar="NAME", help="One that it lacks.")],
        None,
    ),
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
        return OpticalSimulator(
            simulated_meter(values), framing, line, values["baud"] or OPENING_BAUD
        )
    except KeyError:
        fail(f"Mode E has no sign for {values['baud']} baud; use --framing hdlc.")


simulate_optical = typed(_simulate, parameters(_OPTIONS))
"""The command function for `simulate optical`."""
