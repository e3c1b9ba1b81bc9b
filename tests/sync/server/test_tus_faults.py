from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.server.problems import ProblemError
from sync.server.uploads import Uploads
from tests.sync.server.phone import (
    Child,
    Phone,
    b64,
    raw_patch,
    stored,
    wait_for_writer,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Running


def test_only_the_newest_of_several_goes_on() -> None:
    async def run() -> list[str]:
        uploads, told = Uploads(), []

        async def write(name: str) -> None:
            try:
                async with uploads.turn("f"):
                    told.append(f"{name} writes")
                    await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append(f"{name} leaves")
            except ProblemError as e:
                told.append(f"{name} {e.name}")

        tasks = [asyncio.create_task(write(name)) for name in ("one", "two", "three")]
        await asyncio.wait(tasks[:2])
        tasks[-1].cancel()
        await asyncio.wait(tasks)
        assert uploads.busy() == 0
        return told

    assert asyncio.run(run()) == [
        "one writes",
        "one upload-superseded",
        "two upload-superseded",
        "three writes",
        "three leaves",
    ]


def test_a_writer_that_does_not_stop_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.server.uploads._TAKE_OVER_S", 0.01)

    async def run() -> None:
        uploads = Uploads()
        async with uploads.turn("f"):
            with pytest.raises(ProblemError, match="busy"):
                async with uploads.turn("f"):
                    raise AssertionError("two writers")

    with pytest.raises(ProblemError, match="superseded"):
        asyncio.run(run())


def test_silence_ends_a_turn(
    running: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.uploads.IDLE_S", 0.05)
    with raw_patch(running, phone, 100) as stale:
        assert b" 408 " in stale.recv(200).split(b"\r\n")[0]
    assert phone.offset() == 0


def test_a_broken_connection_keeps_nothing_of_a_checked_piece(
    running: Running, phone: Phone
) -> None:
    checksum = f"Upload-Checksum: sha256 {b64(bytes(32))}\r\n"
    with raw_patch(running, phone, 100_000, checksum) as line:
        wait_for_writer(running)
        line.sendall(phone.content[:50_000])
    assert phone.send(0, 100_000).status_code == 204
    assert stored(running, phone) == phone.content


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_good_order(tmp_path: Path, how: signal.Signals) -> None:
    with Child(tmp_path) as child:
        with child.client() as http:
            assert http.get("/v1/health").status_code == 200
        assert child.end(how) == 0
