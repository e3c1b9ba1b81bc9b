"""The line of the sync bench, and the day that crosses it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from fieldapp.domain.facts import Fact
from fieldapp.domain.operation import decode_payload, encode_payload
from sync.server.dayfile import DayFile
from tests.fieldapp.store.released.save import visit
from ui.cli.main import app
from ui.proof import long_day
from ui.proof.slow_link import Line, Turned, slow_link


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100_000):
        writer.write(data * 2)
    writer.close()
    await writer.wait_closed()


async def test_it_counts_openings_questions_and_octets() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with slow_link("127.0.0.1", port, Line(0.002, 1e9)) as link:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(link.url.rpartition(":")[2])
        )
        for question in (b"one", b"x" * 20_000):
            writer.write(question)
            assert await reader.readexactly(2 * len(question)) == question * 2
        writer.close()
        assert await reader.read() == b""
        await writer.wait_closed()
        passed = link.passed
    server.close()
    assert (passed.connections, passed.turns, passed.round_trips) == (1, 2, 3)
    assert (passed.up, passed.down) == (20_003, 40_006)


async def test_each_octet_takes_its_time_and_each_way_half_the_round_trip() -> None:
    """What the line took is told by its own reckoning, not by a clock."""
    async with slow_link("127.0.0.1", 1, Line(0.3, 256_000)) as link:
        free = link._free_s
        free["up"] = 1e9
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        reader = asyncio.StreamReader()
        reader.feed_data(b"x" * 3200)
        reader.feed_eof()
        await link._take("up", reader, way, 0.0, Turned())
        moment, data = way.get_nowait()
    assert len(data) == 3200
    assert moment - 1e9 == pytest.approx(0.1 + 0.15)


def test_the_day_is_twelve_visits_of_forty_facts() -> None:
    rows = long_day.rows("M-01")
    file = DayFile.model_validate({"date": "2026-11-23", "visits": rows})
    assert len({row.number for row in file.visits}) == long_day.VISITS == 12
    facts = long_day.facts(visit(1), datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert len(facts) == long_day.FACTS == 40
    for fact in facts:
        assert isinstance(fact, Fact)
        assert decode_payload(encode_payload(fact, bytes(16))).fact == fact


@pytest.mark.torture
def test_the_bench_measures_a_day_on_a_quick_line() -> None:
    words = ["bench", "sync", "--json", "--round-trip-ms", "100", "--bits-per-s", "10000000"]
    result = CliRunner().invoke(app, words)
    told = json.loads(result.stdout.splitlines()[0])
    assert told["preload_visits"] == 12
    assert (told["preload_round_trips"], told["push_round_trips"]) == (3, 3)
    assert told["push_up"] < told["push_up_as_protocol_1"]
