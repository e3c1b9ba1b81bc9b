from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hardware.drivers.optical_access import Authentication
from hardware.dsmr.objects import Version
from hardware.simulators.hosting import host
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter, furnished
from tests.hardware.optical.secured import demands

ROOT = Path(__file__).parents[3]
PEERS = Path(__file__).parent / "peers"
PYTHON = ROOT / ".venv-interop-dlms" / "bin" / "python"
REQUIRED = "FIELDAPP_INTEROP"
"""Set by `make interop`: without the other libraries it then fails."""


@pytest.fixture(scope="session")
def peer() -> Path:
    if not PYTHON.exists():
        if os.environ.get(REQUIRED):
            pytest.fail("the other libraries are missing: make interop")
        pytest.skip("other libraries: make interop")
    return PYTHON


Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def ask(peer: Path) -> Ask:
    """Let another library's client read: its script and what to read."""

    def run(script: str, asked: dict[str, Any]) -> dict[str, Any]:
        words = [str(peer), str(PEERS / script), json.dumps(asked)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert isinstance(told, dict)
        return told

    async def asked(script: str, **words: Any) -> dict[str, Any]:
        return await asyncio.to_thread(run, script, words)

    return asked


Serve = Callable[[list[str], list[tuple[int, int, str]]], str]


@pytest.fixture
def pydlms(peer: Path) -> Iterator[Serve]:
    """Start pydlms-client's meter with keys and clients; answers where."""
    running: list[subprocess.Popen[str]] = []

    def serve(keys: list[str], clients: list[tuple[int, int, str]]) -> str:
        asked = json.dumps({"keys": keys, "clients": clients})
        process = subprocess.Popen(
            [peer, PEERS / "pydlms_meter.py", asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["ready"]
        return f"socket://{address[0]}:{address[1]}"

    yield serve
    for process in running:
        process.communicate(timeout=10)


@pytest.fixture
def meter() -> OpticalMeter:
    """Of before SMR 5, so that a client may begin with any counter."""
    made = OpticalMeter("E0044007382246019", lambda: datetime.now(UTC), Version.DSMR422)
    return furnished(made)


Listen = Callable[[Authentication], Awaitable[tuple[str, int]]]


@pytest.fixture
async def listen(meter: OpticalMeter) -> AsyncIterator[Listen]:
    """Put our simulated meter on TCP, demanding this; answers host and port."""
    tasks: list[asyncio.Task[None]] = []

    async def start(auth: Authentication) -> tuple[str, int]:
        meter.needs_password = auth is Authentication.LLS
        meter.security = demands(auth) if auth.is_high else None
        if meter.security is not None and auth is not Authentication.HLS5:
            meter.security.keys = None
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = host(
            OpticalSimulator(meter, Framing.HDLC).serve,
            listen="127.0.0.1:0",
            pty=False,
            throttle_baud=None,
            on_ready=ready.set_result,
        )
        tasks.append(asyncio.create_task(serving))
        name, _, port = (await ready).removeprefix("socket://").partition(":")
        return name, int(port)

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
