"""`fieldapp simulate p1`: a simulated customer port on a pseudo-terminal or a TCP port.

Options in; telegrams on the line out until it is stopped. Rule: the first line printed is
`{"ready": SOURCE}`, and SOURCE is what `p1 read` takes.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hardware.errors import PortError
from hardware.simulators.hosting import Serve, host
from hardware.simulators.p1 import MeterSpec, P1Meter, Recording, TelegramSource, serve
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.p1_faults import FAULTS, Faulty
from hardware.simulators.p1_wire import WIRE_FAULTS, Wire
from ui.cli.output import emit_json, fail
from ui.cli.p1_keys import keys_of
from ui.messages import sentence

_LANGUAGE = "en"
_LOOPBACK = "127.0.0.1:0"
_FAULTS = sorted(FAULTS | WIRE_FAULTS)


def simulate_p1(  # noqa: PLR0913 - typer reads the options from the signature
    *,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT; port 0 takes a free one.")
    ] = None,
    pty: Annotated[bool, typer.Option("--pty", help="A pseudo-terminal.")] = False,
    version: Annotated[str, typer.Option(help=", ".join(RECIPES))] = "5.0",
    interval: Annotated[
        float | None, typer.Option(help="Seconds between telegrams; default the version's.")
    ] = None,
    phases: Annotated[int, typer.Option(help="1 or 3.")] = 1,
    gas: Annotated[bool, typer.Option("--gas", help="With a gas meter.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated: {', '.join(_FAULTS)}.")
    ] = None,
    baud: Annotated[
        int | None, typer.Option(help="Speed of the meter; default the version's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Chooses loads, readings and damage.")] = 0,
    meter: Annotated[str | None, typer.Option(help="Equipment number.")] = None,
    play: Annotated[Path | None, typer.Option(help="Play the telegrams of this file.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="TOML as for p1 read: seals the telegrams.")
    ] = None,
) -> None:
    """Simulate a customer port until stopped."""
    if pty and listen is not None:
        raise typer.BadParameter("either --listen or --pty")
    try:
        keys = None if key_file is None else keys_of(key_file)
        spec = MeterSpec(version=version, phases=phases, gas=gas, seed=seed, keys=keys)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    source = _played(play) if play is not None else _metered(spec, meter)
    recipe = RECIPES[version]
    faults = {name for named in fault or [] for name in named.split(",")}
    run = partial(
        serve,
        source=_damaged(source, faults - WIRE_FAULTS, seed),
        interval_s=recipe.interval_s if interval is None else interval,
        clock=lambda: datetime.now(UTC),
        wire=Wire.of(baud or recipe.baud, faults & WIRE_FAULTS),
    )
    _host(run, listen=listen, pty=pty)


def _metered(spec: MeterSpec, number: str | None) -> P1Meter:
    simulated = P1Meter(spec)
    if number is not None:
        simulated.meter_number = number
    return simulated


def _played(path: Path) -> Recording:
    try:
        return Recording.of(path.read_bytes())
    except OSError as error:
        fail(f"{path} can't be read: {error.strerror}. Name a recording of a customer port.")
    except ValueError:
        fail(f"{path} holds no telegram. Name a recording of a customer port.")


def _damaged(source: TelegramSource, faults: set[str], seed: int) -> TelegramSource:
    try:
        return Faulty(source, faults, seed) if faults else source
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _host(run: Serve, *, listen: str | None, pty: bool) -> None:
    terminal = pty or (listen is None and sys.platform != "win32")
    where = None if terminal else listen or _LOOPBACK
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(host(run, listen=where, pty=terminal, on_ready=_say_ready))
    except PortError as error:
        fail(sentence(error, _LANGUAGE))


def _say_ready(source: str) -> None:
    emit_json({"ready": source})
