from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.errors import PurposeRefused
from fieldapp.work.diagnosis import Diagnosis, Kind
from fieldapp.work.errand import Line
from fieldapp.work.refusals import WorkshopNotGranted
from hardware.drivers import port_search
from hardware.drivers.trace_reader import TraceReader
from hardware.errors import PortGone
from hardware.port import Port
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.trace import Direction, Record

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E = "E0044007382246019"
OTHER = "E0099000000000126"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_search, "SHORT_S", 0.05)


def _diagnosis(site: Site, patience_s: float = 0.05) -> Diagnosis:
    return Diagnosis(site.db, site.clock, site.bench.tools(patience_s))


def _octets(records: list[Record], direction: Direction) -> bytes:
    return b"".join(record.data for record in records if record.direction is direction)


async def test_a_customer_port_is_found_by_listening(site: Site) -> None:
    target = await site.begin("reading_preference")
    whole = site.telegram()
    site.bench.meters["p1"] = site.sends(whole)
    records: list[Record] = []
    steps: list[str] = []
    found = await _diagnosis(site).find(Line("p1", steps.append), records.append)
    assert (found.kind, found.baud, found.version) == (Kind.P1, 115200, "50")
    assert (found.meter, found.other_meter) == (OLD_E, False)
    assert steps == ["listen"]
    assert _octets(records, Direction.SENT) == b""
    assert _octets(records, Direction.RECEIVED) == whole
    assert [type(fact) for fact in await site.facts(target)] == [f.MeterContacted]
    assert await site.bench.all_closed()


async def test_an_optical_port_is_asked_as_the_public_client_and_with_no_key(
    site: Site,
) -> None:
    await site.begin("fault")
    simulator = site.optical()
    site.bench.meters["p0"] = simulator.serve
    records: list[Record] = []
    found = await _diagnosis(site).find(Line("p0"), records.append)
    assert (found.kind, found.meter, found.baud) == (Kind.OPTICAL, OLD_E, 9600)
    assert found.version == "5.0.17"
    assert site.bench.options.password not in _octets(records, Direction.SENT)
    assert simulator.meter.sessions == 0
    assert "fraud" not in simulator.meter.logs or not any(
        row.code == 46 for row in simulator.meter.logs["fraud"]
    )
    reader = TraceReader()
    kinds = [m.meaning.kind for record in records for m in reader.take(record)]
    assert {"snrm", "ua", "aarq", "aare", "get_response"} <= set(kinds)
    assert "broken" not in kinds


async def test_mode_e_shows_its_sign_on(site: Site) -> None:
    await site.begin("fault")
    site.bench.options = replace(site.bench.options, framing=site.bench.options.framing.MODE_E)
    meter = furnished(OpticalMeter(OLD_E, site.clock.now), None)
    site.bench.meters["p0"] = OpticalSimulator(meter, Framing.MODE_E).serve
    records: list[Record] = []
    found = await _diagnosis(site).find(Line("p0"), records.append)
    assert found.kind is Kind.OPTICAL
    reader = TraceReader()
    kinds = [m.meaning.kind for record in records for m in reader.take(record)]
    assert {"sign_on", "identification", "option", "snrm"} <= set(kinds)
    assert [r.offset_s for r in records] == sorted(r.offset_s for r in records)


async def test_another_meter_than_the_visits_is_said(site: Site) -> None:
    target = await site.begin("fault")
    site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
    found = await _diagnosis(site).find(Line("p1"), lambda _: None)
    assert (found.meter, found.other_meter) == (OTHER, True)
    contact = (await site.facts(target))[0]
    assert isinstance(contact, f.MeterContacted)
    assert not contact.matches
    site.bench.meters["p0"] = site.optical(OTHER).serve
    optical = await _diagnosis(site).find(Line("p0"), lambda _: None)
    assert (optical.kind, optical.other_meter) == (Kind.OPTICAL, True)


async def test_silence_is_found_after_every_way(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p1"] = site.sends()
    steps: list[str] = []
    found = await _diagnosis(site).find(Line("p1", steps.append), lambda _: None)
    assert found.kind is Kind.SILENT
    assert steps == ["listen", "ask", "listen_long"]
    assert await site.bench.all_closed()


async def test_octets_that_are_no_meter_are_named(site: Site) -> None:
    await site.begin("fault")

    async def serve(port: Port) -> None:
        while True:
            await port.write(b"AT+CREG?\r\n" * 100)
            await asyncio.sleep(0.005)

    site.bench.meters["x"] = serve
    found = await _diagnosis(site).find(Line("x"), lambda _: None)
    assert (found.kind, found.detail) == (Kind.DATA, "unknown text")


async def test_a_meter_that_refuses_is_still_an_optical_port(site: Site) -> None:
    await site.begin("fault", "G")  # the public client may not read the M-Bus channels
    site.bench.meters["p0"] = site.optical().serve
    found = await _diagnosis(site).find(Line("p0"), lambda _: None)
    assert found.kind is Kind.OPTICAL


async def test_a_meter_without_rights_for_us_says_so(site: Site) -> None:
    await site.begin("fault")
    simulator = site.optical()
    simulator.meter.locked_until = site.clock.now() + timedelta(hours=1)
    site.bench.meters["p0"] = simulator.serve
    found = await _diagnosis(site).find(Line("p0"), lambda _: None)
    assert found.kind in {Kind.OPTICAL, Kind.SILENT}
    assert found.kind is not Kind.OPTICAL or found.detail


async def test_without_a_reason_no_port_is_opened(site: Site) -> None:
    site.bench.meters["p1"] = site.sends(site.telegram())
    with pytest.raises(WorkshopNotGranted):
        await _diagnosis(site).find(Line("p1"), lambda _: None)
    assert site.bench.opened == []


async def test_listening_writes_nothing_and_ends_when_stopped(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p1"] = site.sends(b"/ABC5\r\n")
    records: list[Record] = []
    heard = asyncio.Event()

    def take(record: Record) -> None:
        records.append(record)
        if record.direction is Direction.RECEIVED:
            heard.set()

    task = asyncio.create_task(_diagnosis(site).listen(Line("p1"), 9600, take))
    await heard.wait()
    task.cancel()
    await asyncio.wait({task})
    assert _octets(records, Direction.SENT) == b""
    assert [r.data for r in records if r.direction is Direction.LINE][-1] == b"9600 8N1"
    assert await site.bench.all_closed()


async def test_listening_needs_a_purpose_that_reads(site: Site) -> None:
    await site.begin("reading_preference")
    with pytest.raises(PurposeRefused):
        await _diagnosis(site).listen(Line("p1"), 115200, lambda _: None)


async def test_a_port_that_is_not_there_is_an_error(site: Site) -> None:
    await site.begin("fault")
    with pytest.raises(PortGone):
        await _diagnosis(site).find(Line("nowhere"), lambda _: None)
