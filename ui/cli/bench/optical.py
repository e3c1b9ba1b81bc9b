"""`fieldapp bench optical`: what the optical port costs, beside what the line itself costs.

In come the line and the security; out come figures of each task at each turnaround, and those
of other clients at the same simulated meter in the same run, where their environment is there.
Exit status 1 where an aim is missed. Rule: every meter and every peer is a fresh process, and
what the line takes by its octets and turnarounds stands beside every figure.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from fieldapp.settings import ENVIRONMENT
from hardware.drivers.optical_line import Oblivion, OpticalOptions
from hardware.errors import HardwareError
from hardware.hdlc.parameters import DEFAULT, MAX_INFO
from ui.cli.optical_options import CONNECTION, AuthName, FramingName, Reach
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.wanted import Entry
from ui.demo.processes import DemoFailed, end, lines, start
from ui.proof.optical_aims import SLOW_MS, aims_of
from ui.proof.optical_peers import PEERS, Asked, is_present, run_peer
from ui.proof.optical_tasks import (
    AGAIN,
    EACH,
    STATE,
    Figures,
    Place,
    attributes,
    first_tasks,
    measure,
    middle,
)

_METER = "E0044007382246019"
_LOG_DAYS = 400
_OPENINGS = 3
_KEYS = {
    "password": b"00000001",
    "encryption_key": bytes(range(16)),
    "authentication_key": bytes(range(0xD0, 0xE0)),
    "hls_secret": bytes(range(0x40, 0x50)),
    "system_title": b"FLD00001",
}
_PEER_COUNTER = 1_000_000
"""Far above what our own client has used on the same meter."""

Row = dict[str, Any]


def optical(  # noqa: PLR0913 - the options of one command
    *,
    turnaround_ms: Annotated[
        list[int] | None, typer.Option(min=0, help="Once for each; 20 and 200.")
    ] = None,
    baud: Annotated[int, typer.Option(min=300, help="The line is throttled to it.")] = 9600,
    security: Annotated[AuthName, typer.Option(help="What the meter demands.")] = AuthName.LLS,
    max_info: Annotated[
        int, typer.Option(min=128, max=MAX_INFO, help="Largest HDLC information it grants.")
    ] = DEFAULT.receive,
    window: Annotated[int, typer.Option(min=1, max=7, help="HDLC frames it grants.")] = 1,
    with_peers: Annotated[bool, typer.Option("--peers/--no-peers")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The optical port's tasks on a throttled line, beside the line's own limit."""
    bench = _Bench(baud, security, max_info, window)
    rows: list[Row] = []
    try:
        for turnaround in turnaround_ms or [20, SLOW_MS]:
            with _own_folder() as folder:
                asyncio.run(bench.fill(rows, turnaround, folder, with_peers=with_peers))
    except (DemoFailed, HardwareError, OSError, TimeoutError) as e:
        fail(f"This can't be measured here. {type(e).__name__}: {e}")
    _show(rows, as_json=as_json)


def _show(rows: list[Row], *, as_json: bool) -> None:
    aims = aims_of(rows)
    if as_json:
        for row in rows:
            emit_json(row)
        emit_json({"kind": "optical", "aims": aims})
    else:
        for row in rows:
            emit_line("  ".join(f"{name} {value}" for name, value in row.items()))
    missed = [aim for aim, met in aims.items() if not met]
    if missed:
        fail(f"Missed: {', '.join(missed)}. Close other programs and measure again.")


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A data folder of the bench's own: heads, constants and counters start at nothing."""
    before = os.environ.get(ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[ENVIRONMENT] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop(ENVIRONMENT)
            if before is not None:
                os.environ[ENVIRONMENT] = before


@dataclass(frozen=True, slots=True)
class _Bench:
    """One run: the line, and what the meter demands and grants."""

    baud: int
    security: AuthName
    max_info: int
    window: int

    async def fill(
        self, rows: list[Row], turnaround: int, folder: Path, *, with_peers: bool
    ) -> None:
        """Measure everything at one turnaround into `rows`."""
        keys = folder / "keys.toml"
        keys.write_text("".join(f'{name} = "{key.hex()}"\n' for name, key in _KEYS.items()))
        async with self._meter(keys, turnaround, FramingName.HDLC) as source:
            place = self._place(keys, source, turnaround, FramingName.HDLC)
            rows += [_row("fieldapp", turnaround, asdict(f)) for f in await _own(place)]
            if with_peers:
                rows += await self._peers(source, turnaround)
        if sys.platform != "win32":
            async with self._meter(keys, turnaround, FramingName.MODE_E) as source:
                place = self._place(keys, source, turnaround, FramingName.MODE_E)
                opened = middle([(await measure(place, ()))[0] for _ in range(_OPENINGS)])
                rows.append(_row("fieldapp", turnaround, {**asdict(opened), "task": "mode_e"}))

    async def _peers(self, source: str, turnaround: int) -> list[Row]:
        host, _, port = source.removeprefix("socket://").rpartition(":")
        rows: list[Row] = []
        for at, peer in enumerate(PEERS, 1):
            if not is_present(peer):
                rows.append({"kind": "absent", "client": peer})
                continue
            asked = Asked(
                host,
                int(port),
                self.security.value,
                _KEYS,
                at * _PEER_COUNTER,
                self.max_info,
                attributes(),
            )
            rows += [_row(peer, turnaround, told) for told in await run_peer(peer, asked)]
        return rows

    def _place(self, keys: Path, source: str, turnaround: int, framing: FramingName) -> Place:
        options = self._options(keys, source, framing)
        return Place(source, options, turnaround / 1000, _METER)

    def _options(self, keys: Path, source: str, framing: FramingName) -> OpticalOptions:
        """As the command line would make them, so that what is measured is what is used."""
        typed = {name: default for name, (_, default) in CONNECTION.items()}
        own = {"client": 1, "auth": self.security, "keys_file": keys, "framing": framing}
        reach = Reach(source=source, **{**typed, **own, "baud": self.baud})
        return reach.secured(reach.options(), Entry())

    @asynccontextmanager
    async def _meter(
        self, keys: Path, turnaround: int, framing: FramingName
    ) -> AsyncIterator[str]:
        """A fresh simulated meter: TCP for all clients alike, a pseudo-terminal for mode E."""
        on_pty = framing is FramingName.MODE_E
        words = ["--pty"] if on_pty else ["--listen", "127.0.0.1:0"]
        words += ["--baud", str(self.baud), "--turnaround-ms", str(turnaround)]
        words += ["--framing", framing.value, "--security", self.security.value]
        words += ["--max-info", str(self.max_info), "--window", str(self.window)]
        words += ["--keys-file", str(keys), "--log-days", str(_LOG_DAYS), "--still"]
        words += ["--meter", _METER]
        process = await start("simulate", "optical", *words)
        try:
            async for line in lines(process):
                yield line["ready"]
                return
            _, err = await process.communicate()
            raise DemoFailed("simulate optical", err.decode(errors="replace"))
        finally:
            await end(process)


async def _own(place: Place) -> list[Figures]:
    """One session that knows nothing, the first with this make of meter, and a later one."""
    blank = replace(place, options=replace(place.options, constants=Oblivion()))
    connects: list[Figures] = []
    found: list[Figures] = []
    sessions = ((blank, EACH), (blank, STATE), (place, first_tasks()), (place, AGAIN))
    for where, tasks in sessions:
        connected, *rest = await measure(where, tasks)
        connects.append(connected)
        found += rest
    return [middle(connects), *found]


def _row(client: str, turnaround_ms: int, figures: Row) -> Row:
    return {"kind": "task", "client": client, "turnaround_ms": turnaround_ms, **figures}
