"""`fieldapp simulate optical`: a simulated meter on a pseudo-terminal or a TCP port.

Options go in; `{"ready": SOURCE}` is the first line out, then the meter answers until it is
interrupted. Rule: the keys file is the client's, used for the other side.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hardware.dsmr.objects import Version, catalogue
from hardware.errors import HardwareError
from hardware.simulators.hosting import host
from hardware.simulators.optical import OPENING_BAUD, Framing, OpticalSimulator
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_history import with_full_logs
from hardware.simulators.optical_life import Life
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from ui.cli.optical_options import (
    AuthName,
    FramingName,
    Table,
    parameters,
    read_password,
    typed,
)
from ui.cli.output import emit_json, fail
from ui.messages import explain

_NEWCOMER = "G0039001936990625"
_OPTIONS: Table = {
    "listen": (Annotated[str | None, typer.Option(metavar="HOST:PORT")], None),
    "pty": (Annotated[bool, typer.Option("--pty", help="On a pseudo-terminal.")], False),
    "profile": (Annotated[Version, typer.Option(help="Version of the meter.")], Version.SMR500),
    "security": (Annotated[AuthName, typer.Option(help="What it demands.")], AuthName.NONE),
    "framing": (Annotated[FramingName, typer.Option()], FramingName.MODE_E),
    "baud": (Annotated[int | None, typer.Option(min=300, help="Throttle to this rate.")], None),
    "turnaround_ms": (Annotated[int, typer.Option(min=0, help="Pause before answers.")], 0),
    "fault": (Annotated[list[Fault] | None, typer.Option(help="What goes wrong.")], None),
    "keys_file": (Annotated[Path | None, typer.Option(help="The client's keys.")], None),
    "meter": (Annotated[str, typer.Option(help="Equipment identifier.")], "E0044007382246019"),
    "phases": (Annotated[int, typer.Option(min=1, max=3, help="1 or 3.")], 3),
    "still": (Annotated[bool, typer.Option("--still", help="Values that do not move.")], False),
    "full_logs": (Annotated[bool, typer.Option("--full-logs", help="Every log full.")], False),
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
    if values["framing"] is FramingName.WRAPPER:
        fail("The wrapper is not available yet; use --framing hdlc or mode-e.")
    if values["security"] not in {AuthName.NONE, AuthName.LLS}:
        fail(f"--security {values['security']} is not available yet; use none or lls.")
    framing = Framing.HDLC if values["framing"] is FramingName.HDLC else Framing.MODE_E
    line = Line.named(values["fault"] or (), values["turnaround_ms"])
    try:
        return OpticalSimulator(_meter(values), framing, line, values["baud"] or OPENING_BAUD)
    except KeyError:
        fail(f"Mode E has no sign for {values['baud']} baud; use --framing hdlc.")


def _meter(values: dict[str, Any]) -> OpticalMeter:
    now = datetime.now(UTC)
    meter = OpticalMeter(
        values["meter"],
        lambda: datetime.now(UTC),
        values["profile"],
        phases=values["phases"],
        needs_password=values["security"] is AuthName.LLS,
        life=None if values["still"] else Life(now),
        refused=_names(values["refuse"]),
        absent=_names(values["absent"]),
    )
    password = read_password(values["keys_file"]) if values["keys_file"] else None
    meter.password = password or meter.password
    furnished(meter)
    for number in values["in_reach"] or ():
        meter.bus.in_reach.append(GasMeter(number, 12_000, now))
    if values["appears"] is not None:
        due = now + timedelta(seconds=values["appears"])
        meter.bus.appearing.append((due, GasMeter(_NEWCOMER, 12_000, now)))
    return with_full_logs(meter) if values["full_logs"] else meter


def _names(given: list[str] | None) -> frozenset[str]:
    """Names of the catalogue.

    Raises:
        typer.BadParameter: one that it does not have.
    """
    unknown = set(given or ()) - {entry.name for entry in catalogue()}
    if unknown:
        raise typer.BadParameter(f"no object is called {', '.join(sorted(unknown))}")
    return frozenset(given or ())


simulate_optical = typed(_simulate, parameters(_OPTIONS))
"""The command function for `simulate optical`."""
