from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.errors import PurposeRefused
from fieldapp.store import audit
from fieldapp.store.database import Database
from fieldapp.work.errand import Errands, Line
from fieldapp.work.live import Heard, LivePort
from fieldapp.work.refusals import WorkshopNotGranted
from hardware.errors import (
    HardwareError,
    PortTimeout,
    RemoteProtocolError,
    WrongMeter,
    WrongPort,
)
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port
from hardware.simulators.p1_wire import Wire

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OTHER = "E0099000000000126"


def _live(site: Site, patience_s: float = 2.0) -> LivePort:
    return LivePort(site.db, site.clock, site.bench.tools(patience_s))


async def _follow(
    site: Site, source: str, wanted: int, patience_s: float = 2.0
) -> tuple[list[Heard], list[str]]:
    """Listen until this much was heard, then stop."""
    heard: list[Heard] = []
    steps: list[str] = []
    enough = asyncio.Event()

    def take(one: Heard) -> None:
        heard.append(one)
        if len(heard) >= wanted:
            enough.set()

    live = _live(site, patience_s)
    task = asyncio.create_task(live.follow(Line(source, steps.append), take))
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return heard, steps


async def test_telegrams_are_handed_out_and_nothing_of_them_is_kept(site: Site) -> None:
    target = await site.begin("fault")
    telegrams = [site.telegram() for _ in range(3)]
    site.bench.meters["p1"] = site.sends(*telegrams)
    heard, steps = await _follow(site, "p1", 3)
    assert [one.event.crc for one in heard if isinstance(one.event, Telegram)] == ["ok"] * 3
    assert {one.baud for one in heard} == {115200}
    assert steps == ["open_port", "wait_telegram"]
    kept = await site.facts(target)
    assert [type(fact) for fact in kept] == [f.MeterContacted]
    assert await site.outcomes() == [
        ("read_registers", "begun"),
        ("read_registers", "CancelledError"),
    ]
    assert await site.bench.all_closed()


async def test_another_meter_ends_it_before_anything_is_shown(site: Site) -> None:
    target = await site.begin("fault")
    site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
    heard: list[Heard] = []
    with pytest.raises(WrongMeter):
        await _live(site).follow(Line("p1"), heard.append)
    assert heard == []
    contact = (await site.facts(target))[0]
    assert isinstance(contact, f.MeterContacted)
    assert contact.found == OTHER
    assert await site.bench.all_closed()


async def test_a_cable_that_moves_to_another_meter_is_noticed(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p1"] = site.sends(
        site.telegram(), site.telegram(), site.telegram(meter_number=OTHER)
    )
    heard: list[Heard] = []
    with pytest.raises(WrongMeter):
        await _live(site).follow(Line("p1"), heard.append)
    assert len(heard) == 2


async def test_damage_counts_and_is_not_compared(site: Site) -> None:
    target = await site.begin("fault")
    whole = site.telegram()
    damaged = site.telegram(meter_number=OTHER).replace(b"1-0:1.8.1(", b"1-0:1.8.1(9", 1)
    site.bench.meters["p1"] = site.sends(whole, damaged, site.telegram())
    heard, _ = await _follow(site, "p1", 3)
    marks = [one.event.crc for one in heard if isinstance(one.event, Telegram)]
    assert marks == ["ok", "bad", "ok"]
    assert len(await site.facts(target)) == 1


async def test_a_purpose_without_live_values_opens_no_port(site: Site) -> None:
    await site.begin("reading_preference")
    site.bench.meters["p1"] = site.sends(site.telegram())
    with pytest.raises(PurposeRefused):
        await _live(site).follow(Line("p1"), lambda _: None)
    assert site.bench.opened == []
    assert (await site.outcomes())[-1] == ("read_registers", "PurposeRefused")


async def test_an_owned_laptop_without_a_visit_opens_no_port(site: Site) -> None:
    site.bench.meters["p1"] = site.sends(site.telegram())
    with pytest.raises(WorkshopNotGranted):
        await _live(site).follow(Line("p1"), lambda _: None)
    assert site.bench.opened == []


async def test_silence_is_named_and_the_port_closed(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p1"] = site.sends()
    with pytest.raises(PortTimeout):
        await _live(site, 0.05).follow(Line("p1"), lambda _: None)
    assert await site.bench.all_closed()


async def test_an_optical_port_is_named(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p1"] = site.sends(bytes.fromhex("7ea0070321930f017e"))
    with pytest.raises(WrongPort):
        await _live(site, 0.05).follow(Line("p1"), lambda _: None)


async def test_the_older_rate_is_tried_where_the_newer_gives_nothing(site: Site) -> None:
    await site.begin("fault")
    whole = site.telegram()

    async def serve(port: Port) -> None:
        """Speaks at 9600; at another rate the reader sees something else."""
        near = site.bench.opened[-1]
        while near.line.baud != 9600:
            await port.write(b"\xf0\x81\x99")
            await asyncio.sleep(0.005)
        await port.write(whole)
        await asyncio.Event().wait()

    site.bench.meters["p1"] = serve
    heard, _ = await _follow(site, "p1", 1, patience_s=0.15)
    telegrams = [one for one in heard if isinstance(one.event, Telegram)]
    assert [one.baud for one in telegrams] == [9600]


async def test_where_a_port_was_heard_is_remembered_for_the_next_time(site: Site) -> None:
    await site.begin("fault")
    whole, wire = site.telegram(), Wire(9600)
    spoiled: list[bytes] = []

    async def serve(port: Port) -> None:
        near = site.bench.opened[-1]
        while True:
            octets = wire.heard(whole, near.line.baud)
            spoiled.append(octets)
            await port.write(octets)
            await asyncio.sleep(0.02)

    site.bench.meters["p1"] = serve
    kept: dict[str, LineSettings] = {}
    tools = replace(site.bench.tools(), known_line=kept.get, keep_line=kept.__setitem__)
    await _hear_once(LivePort(site.db, site.clock, tools))
    assert kept == {"p1": LineSettings(9600)}
    spoiled.clear()
    await _hear_once(LivePort(site.db, site.clock, tools))
    # At most what was said before the port was set; nothing had to be worked out.
    assert sum(octets != whole for octets in spoiled) <= 1
    assert await site.bench.all_closed()


async def _hear_once(live: LivePort) -> None:
    heard = asyncio.Event()
    task = asyncio.create_task(live.follow(Line("p1"), lambda _: heard.set()))
    await heard.wait()
    task.cancel()
    await asyncio.wait({task})


async def test_nothing_readable_at_either_rate_is_an_error(site: Site) -> None:
    await site.begin("fault")

    async def serve(port: Port) -> None:
        while True:
            await port.write(b"\xf0\x81\x99")
            await asyncio.sleep(0.005)

    site.bench.meters["p1"] = serve
    with pytest.raises(RemoteProtocolError):
        await _live(site, 0.05).follow(Line("p1"), lambda _: None)


async def test_a_meter_that_fell_silent_may_come_back(site: Site) -> None:
    await site.begin("fault")

    async def serve(port: Port) -> None:
        await port.write(site.telegram())
        await asyncio.sleep(0.15)
        await port.write(site.telegram())
        await asyncio.Event().wait()

    site.bench.meters["p1"] = serve
    heard, _ = await _follow(site, "p1", 2, patience_s=0.05)
    assert len(heard) == 2


async def test_a_gas_visit_is_held_to_the_gas_meter_behind(site: Site) -> None:
    target = await site.begin("fault", "G")
    site.bench.meters["p1"] = site.sends(site.telegram())
    heard, _ = await _follow(site, "p1", 1)
    assert len(heard) == 1
    contact = (await site.facts(target))[0]
    assert isinstance(contact, f.MeterContacted)
    assert contact.matches
    site.bench.meters["p1"] = site.sends(site.telegram(gas_number="G0099000000000226"))
    with pytest.raises(WrongMeter):
        await _live(site).follow(Line("p1"), lambda _: None)


async def test_unplugging_ends_it(site: Site) -> None:
    await site.begin("fault")

    async def serve(port: Port) -> None:
        await port.write(site.telegram())
        await port.close()

    site.bench.meters["p1"] = serve
    with pytest.raises(HardwareError):
        await _live(site).follow(Line("p1"), lambda _: None)


async def test_the_errand_of_now(site: Site) -> None:
    errands = Errands(site.db, site.clock, site.bench.tools())
    none = await errands.current()
    assert (none.purpose, none.visit, none.meter) == (None, "", "")
    target = await site.begin("placement", "E+G")
    found = await errands.current()
    assert found.purpose == "placement"
    assert (found.visit, found.step) == (target.visit, "connection_and_meter")
    assert found.meter == "E0044007382246019"
    assert found.place == "Herenstraat 1, Naaldwijk"
    assert found.choice is not None
    await site.work.record(target.visit, f.VisitPaused(at=site.clock.now()))
    assert (await errands.current()).purpose is None


async def test_a_visit_without_any_meter_known_has_nothing_to_compare(site: Site) -> None:
    plan = site.plan("fault")
    bare = tuple(
        type(connection)(
            ean=connection.ean,
            commodity=connection.commodity,
            capacity=connection.capacity,
        )
        for connection in plan.connections
    )
    await site.begin("fault", connections=bare)
    errand = await Errands(site.db, site.clock, site.bench.tools()).current()
    assert errand.expected is None


async def test_a_laptop_without_owner_is_a_workshop(site: Site, tmp_path: Path) -> None:
    db = await Database.open(tmp_path / "bench" / "store.db", bytes(range(32)))
    try:
        tools = site.bench.tools()
        errand = await Errands(db, site.clock, tools).current()
        assert (errand.purpose, errand.meter) == ("workshop", "")
        site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
        heard = asyncio.Event()
        live = LivePort(db, site.clock, tools)
        task = asyncio.create_task(live.follow(Line("p1"), lambda _: heard.set()))
        await heard.wait()
        task.cancel()
        await asyncio.wait({task})
        entries = await db.read(audit.entries)
        assert [(e.purpose, e.action) for e in entries] == [("workshop", "read_registers")] * 2
    finally:
        await db.close()
