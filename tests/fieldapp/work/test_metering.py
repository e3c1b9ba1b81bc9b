from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

import msgspec
import pytest

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import is_met, missing_registers
from fieldapp.domain.reading import NotAReading
from fieldapp.domain.work_order import Commodity, Visit
from fieldapp.errors import IdentifierError, IllegalTransition, PurposeRefused
from fieldapp.store import attachments, audit, outbox
from fieldapp.store.database import Database
from fieldapp.work.contact import Target, Tools
from fieldapp.work.metering import HandReading, Metering
from fieldapp.work.optical_port import public_access
from fieldapp.work.refusals import (
    ChoiceDiffers,
    GasMeterAbsent,
    NoMeterHere,
    NoSuchRegister,
    PhotoRequired,
    PreferenceNotApplied,
    RegistersAbsent,
)
from fieldapp.work.visit import Picture, VisitWork
from hardware.drivers.optical_line import OpticalOptions
from hardware.errors import (
    AccessDenied,
    PortGone,
    PortTimeout,
    RemoteProtocolError,
    WrongMeter,
    WrongPort,
)
from hardware.port import Port
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.simulators.p1 import MeterSpec, P1Meter

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"
OTHER = "E0099000000000126"

Plan = Callable[..., Visit]
Store = Callable[[Visit], Awaitable[str]]
Begin = Callable[..., Awaitable[Target]]


class BenchLike(Protocol):
    meters: dict[str, Callable[[Port], Awaitable[None]]]
    opened: list[object]
    options: OpticalOptions

    def tools(self, p1_patience_s: float = 2.0) -> Tools: ...

    async def all_closed(self) -> bool: ...


@pytest.fixture
def work(db: Database, clock: Clock) -> VisitWork:
    return VisitWork(db, clock)


@pytest.fixture
def begin(plan: Plan, store_visit: Store, work: VisitWork, clock: Clock) -> Begin:
    async def run(kind: str, variant: str = "E", *, step: str = "", **more: object) -> Target:
        visit = plan(kind, variant, **more)
        await store_visit(visit)
        await work.record(
            visit.id,
            f.VisitAccepted(at=clock.now()),
            f.VisitTravelling(at=clock.now()),
            f.VisitArrived(at=clock.now()),
        )
        answers = {question.code: "yes" for question in visit.lmra.questions}
        await work.start(visit.id, answers, "T1")
        return Target(visit.id, step or visit.steps[0].code)

    return run


@dataclass
class Site:
    begin: Begin
    metering: Metering
    bench: BenchLike
    clock: Clock
    work: VisitWork
    db: Database


@pytest.fixture
def site(begin: Begin, bench: BenchLike, clock: Clock, work: VisitWork, db: Database) -> Site:
    return Site(begin, Metering(db, clock, bench.tools()), bench, clock, work, db)


def telegram(clock: Clock, spec: MeterSpec) -> bytes:
    return P1Meter(spec).telegram(clock.now())


def sends(*pieces: bytes) -> Callable[[Port], Awaitable[None]]:
    async def serve(port: Port) -> None:
        for piece in pieces:
            await port.write(piece)
        await asyncio.Event().wait()

    return serve


SPEC = MeterSpec(version="5.0", phases=3, meter_number=OLD_E, gas_number=OLD_G, seed=7)


def optical(
    clock: Clock, number: str = OLD_E, gas: str | None = OLD_G, line: Line | None = None
) -> OpticalSimulator:
    meter = furnished(OpticalMeter(number, clock.now), gas)
    return OpticalSimulator(meter, Framing.HDLC, line or Line())


async def outcomes(db: Database) -> list[tuple[str, str]]:
    return [
        (entry.action, entry.outcome)
        for entry in await db.read(audit.entries)
        if entry.action != "look"
    ]


async def facts_of(work: VisitWork, target: Target) -> tuple[f.AnyFact, ...]:
    stored = await work.stored(target.visit)
    return tuple(fact for fact in stored.progress.facts[5:])


async def test_a_meter_is_known_by_its_own_number_over_p1(site: Site) -> None:
    target = replace(await site.begin("reading_preference"), source="p1")
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    fact = await site.metering.identify(target, f.Channel.P1)
    assert fact.matches
    assert (fact.channel, fact.purpose) == (f.Channel.P1, "reading_preference")
    stored = await site.work.stored(target.visit)
    step = stored.visit.steps[0]
    assert is_met(stored.visit, stored.progress, step.code, step.needs[0])
    assert await outcomes(site.db) == [("identify", "begun"), ("identify", "done")]
    entry = (await site.db.read(audit.entries))[-1]
    assert entry.visit == target.visit
    assert OLD_E not in entry.meter
    assert entry.meter == await site.db.read(lambda c: audit.pseudonym(c, OLD_E))
    assert await site.bench.all_closed()


async def test_a_meter_is_known_by_its_own_number_over_p0_with_the_public_client(
    site: Site,
) -> None:
    target = replace(await site.begin("reading_preference"), source="p0")
    simulator = optical(site.clock)
    site.bench.meters["p0"] = simulator.serve
    public = replace(site.bench.options, client=16, auth=public_access("").auth, password=b"")
    tools = replace(site.bench.tools(), access=lambda _: public)
    fact = await Metering(site.db, site.clock, tools).identify(target, f.Channel.P0)
    assert fact.matches
    assert simulator.meter.logs["fraud"] == furnished(OpticalMeter(OLD_E, site.clock.now)).logs[
        "fraud"
    ][:0] or all(row.code != 46 for row in simulator.meter.logs["fraud"])
    assert await site.bench.all_closed()


@pytest.mark.parametrize("channel", [f.Channel.P0, f.Channel.P1])
async def test_another_meter_is_kept_as_a_contact_and_refused(
    site: Site, channel: f.Channel
) -> None:
    target = replace(await site.begin("reading_preference"), source="port")
    site.bench.meters["port"] = (
        optical(site.clock, OTHER).serve
        if channel is f.Channel.P0
        else sends(telegram(site.clock, replace(SPEC, meter_number=OTHER)))
    )
    with pytest.raises(WrongMeter) as caught:
        await site.metering.identify(target, channel)
    assert (caught.value.expected, caught.value.found) == (OLD_E, OTHER)
    (fact,) = await facts_of(site.work, target)
    assert isinstance(fact, f.MeterContacted)
    assert (fact.found, fact.matches) == (OTHER, False)
    assert await outcomes(site.db) == [("identify", "begun"), ("identify", "WrongMeter")]
    stored = await site.work.stored(target.visit)
    step = stored.visit.steps[0]
    assert not is_met(stored.visit, stored.progress, step.code, step.needs[0])


async def test_the_gas_meter_is_identified_through_the_electricity_meter(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="connection_and_meter_gas")
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    site.bench.meters["p0"] = optical(site.clock).serve
    over_p1 = await site.metering.identify(replace(target, source="p1"), f.Channel.P1)
    over_p0 = await site.metering.identify(replace(target, source="p0"), f.Channel.P0)
    assert over_p1.matches
    assert over_p0.matches
    assert over_p1.expected == OLD_G
    site.bench.meters["p1"] = sends(telegram(site.clock, replace(SPEC, gas=False)))
    with pytest.raises(WrongMeter) as caught:
        await site.metering.identify(replace(target, source="p1"), f.Channel.P1)
    assert (caught.value.expected, caught.value.found) == (OLD_G, "")


async def test_a_typed_number_is_compared_too(site: Site) -> None:
    target = await site.begin("fault")
    with pytest.raises(IdentifierError):
        await site.metering.identify_by_nameplate(target, "?")
    assert await facts_of(site.work, target) == ()
    with pytest.raises(WrongMeter):
        await site.metering.identify_by_nameplate(target, OTHER)
    fact = await site.metering.identify_by_nameplate(target, f" {OLD_E.lower()} ")
    assert fact.matches
    assert fact.channel is f.Channel.NAMEPLATE
    assert site.bench.opened == []


async def test_final_readings_come_from_one_telegram(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings")
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    notices: list[str] = []
    target = replace(target, source="p1", notice=notices.append)
    taken = await site.metering.readings_over_p1(target, "final")
    assert [reading.obis for reading in taken] == [
        "1-0:1.8.1",
        "1-0:1.8.2",
        "1-0:2.8.1",
        "1-0:2.8.2",
    ]
    gas = await site.metering.readings_over_p1(
        replace(target, step="final_readings_gas"), "final"
    )
    assert [(r.meter, r.unit, r.ean) for r in gas] == [(OLD_G, "m3", "871687000000200027")]
    for reading in (*taken, *gas):
        assert reading.value == Decimal(reading.digits)
        assert reading.settlement == int(reading.value)
        assert reading.channel is f.Channel.P1
        assert str(reading.value.as_tuple().exponent) == "-3"
    stored = await site.work.stored(target.visit)
    assert missing_registers(stored.visit, stored.progress, "final.E") == ()
    assert missing_registers(stored.visit, stored.progress, "final.G") == ()
    assert notices[:3] == ["open_port", "wait_telegram", "compare"]


async def test_an_implausible_reading_is_flagged_and_kept(site: Site) -> None:
    target = await site.begin("placement", step="final_readings")
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    taken = await site.metering.readings_over_p1(replace(target, source="p1"), "final")
    assert (taken[0].value, taken[0].doubt) == (Decimal("2580.829"), "lower_than_previous")
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.ReadingTaken) == taken


async def test_readings_of_another_meter_are_not_kept(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings")
    site.bench.meters["p1"] = sends(telegram(site.clock, replace(SPEC, meter_number=OTHER)))
    site.bench.meters["p0"] = optical(site.clock, OTHER).serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(WrongMeter):
            await read(replace(target, source=source), "final")
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.ReadingTaken) == ()
    assert [c.found for c in stored.progress.of(f.MeterContacted)] == [OTHER, OTHER]


async def test_a_gas_reading_needs_both_meters_to_be_the_visits(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings_gas")
    site.bench.meters["p1"] = sends(telegram(site.clock, replace(SPEC, gas_number=NEW_G)))
    site.bench.meters["p0"] = optical(site.clock, OLD_E, NEW_G).serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(GasMeterAbsent) as caught:
            await read(replace(target, source=source), "final")
        assert (caught.value.expected, caught.value.found) == (OLD_G, (NEW_G,))
    assert await facts_of(site.work, target) == ()
    site.bench.meters["p1"] = sends(telegram(site.clock, replace(SPEC, meter_number=OTHER)))
    with pytest.raises(WrongMeter):
        await site.metering.readings_over_p1(replace(target, source="p1"), "final")


async def test_a_register_that_is_not_there_keeps_no_reading(site: Site, plan: Plan) -> None:
    connection = plan("placement").connections[0]
    assert connection.meter is not None
    strange = msgspec.structs.replace(connection.meter.registers[0], obis="1-0:1.8.9")
    odd = msgspec.structs.replace(connection.meter.registers[1], obis="telwerk 3")
    meter = msgspec.structs.replace(
        connection.meter, registers=(*connection.meter.registers, strange, odd)
    )
    connections = (msgspec.structs.replace(connection, meter=meter),)
    target = await site.begin("placement", step="final_readings", connections=connections)
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    site.bench.meters["p0"] = optical(site.clock).serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(RegistersAbsent) as caught:
            await read(replace(target, source=source), "final")
        assert caught.value.absent == ("1-0:1.8.9", "telwerk 3")
    assert await facts_of(site.work, target) == ()


async def test_optical_readings_are_watt_hours_kept_as_exact_kilowatt_hours(site: Site) -> None:
    target = replace(await site.begin("placement", "E+G", step="final_readings"), source="p0")
    simulator = optical(site.clock)
    site.bench.meters["p0"] = simulator.serve
    taken = await site.metering.readings_over_p0(target, "final")
    first = taken[0]
    assert first.digits.isdigit()
    assert first.value == Decimal(first.digits) / 1000
    assert str(first.value) == f"{int(first.digits) // 1000}.{int(first.digits) % 1000:03}"
    assert first.channel is f.Channel.P0
    gas = await site.metering.readings_over_p0(
        replace(target, step="final_readings_gas"), "final"
    )
    assert [(r.digits, r.value) for r in gas] == [("1284.305", Decimal("1284.305"))]


async def test_a_damaged_telegram_is_passed_over(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p1")
    good = telegram(site.clock, SPEC)
    damaged = good.replace(b"(", b"[", 1)
    site.bench.meters["p1"] = sends(b"\x00noise\r\n", damaged, good)
    assert (await site.metering.identify(target, f.Channel.P1)).matches


async def test_what_a_bad_line_gives_is_an_error_with_its_cause(site: Site) -> None:
    metering = Metering(site.db, site.clock, site.bench.tools(p1_patience_s=0.3))
    target = replace(await site.begin("fault"), source="p1")
    site.bench.meters["p1"] = sends()
    with pytest.raises(PortTimeout):
        await metering.identify(target, f.Channel.P1)
    site.bench.meters["p1"] = sends(b"\x81\x03\xff garbage \x00" * 40)
    with pytest.raises(RemoteProtocolError):
        await metering.identify(target, f.Channel.P1)
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC).replace(b"(", b"[", 1))
    with pytest.raises(RemoteProtocolError, match="1 damaged"):
        await metering.identify(target, f.Channel.P1)

    async def unplugged(port: Port) -> None:
        await port.write(telegram(site.clock, SPEC)[:100])
        await port.close()

    site.bench.meters["p1"] = unplugged
    with pytest.raises(PortGone):
        await metering.identify(target, f.Channel.P1)
    with pytest.raises(PortGone) as caught:
        await metering.identify(replace(target, source="COM9"), f.Channel.P1)
    assert caught.value.port == "COM9"
    assert await facts_of(site.work, target) == ()
    assert [outcome for _, outcome in (await outcomes(site.db))[1::2]] == [
        "PortTimeout",
        "RemoteProtocolError",
        "RemoteProtocolError",
        "PortGone",
        "PortGone",
    ]
    assert await site.bench.all_closed()
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    assert (await metering.identify(target, f.Channel.P1)).matches


async def test_a_p1_cable_where_the_head_should_be_is_told(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p0")

    async def serve(port: Port) -> None:
        while True:
            await port.write(telegram(site.clock, SPEC))
            await asyncio.sleep(0.05)

    site.bench.meters["p0"] = serve
    with pytest.raises(WrongPort):
        await site.metering.identify(target, f.Channel.P0)
    assert await facts_of(site.work, target) == ()


async def test_a_silent_or_failing_head_keeps_nothing(site: Site) -> None:
    target = replace(await site.begin("fault", step="state_before"), source="p0")
    line = Line(frozenset({Fault.STOPS_HALFWAY}), stop_after=9)
    site.bench.meters["p0"] = optical(site.clock, line=line).serve
    with pytest.raises(PortTimeout):
        await site.metering.retrieve_state(target, "before")
    assert await facts_of(site.work, target) == ()
    assert await site.bench.all_closed()
    site.bench.meters["p0"] = optical(site.clock).serve
    fact = await site.metering.retrieve_state(target, "before")
    assert fact.meter == OLD_E


async def test_readings_by_hand_come_with_their_photo(site: Site) -> None:
    target = await site.begin("placement", step="final_readings")
    typed = HandReading(
        "final",
        Commodity.ELECTRICITY,
        {"1-0:1.8.1": "003456,7", "1-0:2.8.1": "000000"},
        Picture(b"display"),
    )
    taken = await site.metering.readings_by_hand(target, typed)
    assert [(r.obis, r.digits, r.value, r.settlement) for r in taken] == [
        ("1-0:1.8.1", "003456,7", Decimal("3456.7"), Decimal(3456)),
        ("1-0:2.8.1", "000000", Decimal(0), Decimal(0)),
    ]
    (file,) = await site.db.read(attachments.waiting)
    assert {reading.photo for reading in taken} == {file.sha256}
    assert {reading.channel for reading in taken} == {f.Channel.DISPLAY}
    stored = await site.work.stored(target.visit)
    assert missing_registers(stored.visit, stored.progress, "final.E") == (
        "1-0:1.8.2",
        "1-0:2.8.2",
    )
    assert [evidence.sha256 for evidence in stored.progress.of(f.EvidenceAdded)] == [
        file.sha256
    ]
    assert site.bench.opened == []


@pytest.mark.parametrize(
    ("digits", "photo", "error"),
    [
        ({"1-0:1.8.1": "12a"}, b"x", NotAReading),
        ({"1-0:9.9.9": "12"}, b"x", NoSuchRegister),
        ({"1-0:1.8.1": "12"}, b"", PhotoRequired),
    ],
)
async def test_bad_hand_readings_keep_nothing(
    site: Site, digits: dict[str, str], photo: bytes, error: type[Exception]
) -> None:
    target = await site.begin("placement", step="final_readings")
    hand = HandReading("final", Commodity.ELECTRICITY, digits, Picture(photo))
    with pytest.raises(error):
        await site.metering.readings_by_hand(target, hand)
    assert await facts_of(site.work, target) == ()
    assert await site.db.read(attachments.waiting) == ()


async def test_the_whole_state_is_kept_as_plain_values(site: Site) -> None:
    notices: list[str] = []
    target = await site.begin("fault", step="state_before")
    site.bench.meters["p0"] = optical(site.clock).serve
    target = replace(target, source="p0", notice=notices.append)
    fact = await site.metering.retrieve_state(target, "before")
    stored = await site.work.stored(target.visit)
    (kept,) = stored.progress.of(f.StateRetrieved)
    assert kept == fact
    state = kept.state
    assert state["identity"]["equipment_id"] == OLD_E
    assert state["registers"][0]["unit"] == "Wh"
    assert {"obis", "value", "name", "time", "unit"} == set(state["registers"][0])
    assert state["mbus"][0]["equipment_id"] == OLD_G
    assert state["mbus"][0]["register"]["value"] == "1284.305"
    assert state["mbus"][1]["register"] is None
    assert state["preference"]["name"] == "on"
    assert state["logs"]["fraud"] == []
    assert "profile" not in str(state.keys())
    assert notices[:4] == ["open_port", "connect", "compare", "read_state"]
    assert {"registers", "logs"} <= set(notices)


async def test_the_choice_is_written_read_back_and_kept_as_proof(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    simulator = optical(site.clock)
    site.bench.meters["p0"] = simulator.serve
    assert await site.metering.read_preference(target) == 2
    fact = await site.metering.apply_preference(target, Preference.OFF)
    assert (fact.before, fact.requested, fact.after) == (2, Preference.OFF, 1)
    assert simulator.meter.administrative_status == 1
    again = await site.metering.apply_preference(target, Preference.OFF)
    assert (again.before, again.after) == (1, 1)
    assert [row.code for row in simulator.meter.logs["fraud"]][-1] == 47
    stored = await site.work.stored(target.visit)
    requirement = next(s for s in stored.visit.steps if s.code == "write_preference").needs[0]
    assert is_met(stored.visit, stored.progress, "write_preference", requirement)
    assert (await outcomes(site.db))[2:4] == [
        ("write_preference", "begun"),
        ("write_preference", "done"),
    ]


async def test_nothing_is_written_to_another_meter(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    simulator = optical(site.clock, OTHER)
    site.bench.meters["p0"] = simulator.serve
    with pytest.raises(WrongMeter):
        await site.metering.apply_preference(target, Preference.OFF)
    with pytest.raises(WrongMeter):
        await site.metering.read_preference(target)
    assert simulator.meter.administrative_status == 2
    assert all(row.code != 47 for row in simulator.meter.logs["fraud"])
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.PreferenceApplied) == ()


async def test_only_the_choice_in_force_is_written(site: Site) -> None:
    target = await site.begin("reading_preference", step="write_preference")
    with pytest.raises(ChoiceDiffers) as caught:
        await site.metering.apply_preference(target, Preference.ON)
    assert (caught.value.requested, caught.value.chosen) == ("on", "off")
    with pytest.raises(ChoiceDiffers):
        await site.metering.defer_preference(target, Preference.ON, "no_access")
    assert site.bench.opened == []
    now = site.clock.now()
    choice = Choice(
        preference=Preference.ON,
        by=Requester.HOLDER,
        verified="at_door",
        channel="site",
        made_at=now,
    )
    await site.work.record(target.visit, f.ChoiceRecorded(at=now, step="choice", choice=choice))
    progress = await site.metering.defer_preference(target, Preference.ON, "no_access")
    (deferred,) = progress.of(f.PreferenceDeferred)
    assert (deferred.requested, deferred.reason) == (Preference.ON, "no_access")


async def test_without_any_choice_nothing_is_written(site: Site) -> None:
    target = await site.begin("reading_preference", step="write_preference", choices=())
    with pytest.raises(ChoiceDiffers) as caught:
        await site.metering.apply_preference(target, Preference.OFF)
    assert caught.value.chosen == ""


class _Stubborn(OpticalMeter):
    def write_status(self, value: int) -> None:
        del value


async def test_a_value_that_does_not_hold_is_kept_and_told(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    site.bench.meters["p0"] = OpticalSimulator(
        _Stubborn(OLD_E, site.clock.now), Framing.HDLC
    ).serve
    with pytest.raises(PreferenceNotApplied) as caught:
        await site.metering.apply_preference(target, Preference.OFF)
    assert caught.value.after == 2
    stored = await site.work.stored(target.visit)
    assert [fact.after for fact in stored.progress.of(f.PreferenceApplied)] == [2]
    requirement = next(s for s in stored.visit.steps if s.code == "write_preference").needs[0]
    assert not is_met(stored.visit, stored.progress, "write_preference", requirement)


async def test_a_write_that_breaks_off_can_be_tried_again(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    meter = furnished(OpticalMeter(OLD_E, site.clock.now))
    answers = 3
    while meter.administrative_status == 2:
        line = Line(frozenset({Fault.STOPS_HALFWAY}), stop_after=answers)
        site.bench.meters["p0"] = OpticalSimulator(meter, Framing.HDLC, line).serve
        with pytest.raises(PortTimeout):
            await site.metering.apply_preference(target, Preference.OFF)
        answers += 1
    assert await facts_of(site.work, target) == ()
    site.bench.meters["p0"] = OpticalSimulator(meter, Framing.HDLC).serve
    fact = await site.metering.apply_preference(target, Preference.OFF)
    assert (fact.before, fact.after) == (1, 1)


async def test_the_public_client_may_not_read_registers(site: Site) -> None:
    target = replace(await site.begin("placement", step="final_readings"), source="p0")
    site.bench.meters["p0"] = optical(site.clock).serve
    public = replace(site.bench.options, client=16, auth=public_access("").auth, password=b"")
    tools = replace(site.bench.tools(), access=lambda _: public)
    with pytest.raises(AccessDenied):
        await Metering(site.db, site.clock, tools).readings_over_p0(target, "final")
    assert await facts_of(site.work, target) == ()


async def test_a_purpose_that_does_not_allow_it_stops_before_the_port(site: Site) -> None:
    target = replace(await site.begin("reading_preference"), source="p1")
    with pytest.raises(PurposeRefused):
        await site.metering.readings_over_p1(target, "check")
    assert site.bench.opened == []
    assert await outcomes(site.db) == [
        ("read_registers", "begun"),
        ("read_registers", "PurposeRefused"),
    ]


async def test_a_visit_that_is_not_under_way_touches_no_meter(
    site: Site, plan: Plan, store_visit: Store
) -> None:
    visit_id = await store_visit(plan("fault"))
    target = Target(visit_id, "connection_and_meter", "p1")
    for attempt in (
        site.metering.identify(target, f.Channel.P1),
        site.metering.retrieve_state(target, "before"),
        site.metering.apply_preference(target, Preference.OFF),
        site.metering.readings_over_p0(target, "check"),
        site.metering.identify_by_nameplate(target, OLD_E),
    ):
        with pytest.raises(IllegalTransition):
            await attempt
    assert site.bench.opened == []
    assert await outcomes(site.db) == []


async def test_stopping_a_contact_closes_the_port_and_is_noted(site: Site) -> None:
    waiting = asyncio.Event()

    def notice(step: str) -> None:
        if step == "wait_telegram":
            waiting.set()

    target = replace(await site.begin("fault"), source="p1", notice=notice)
    site.bench.meters["p1"] = sends()
    task = asyncio.create_task(site.metering.identify(target, f.Channel.P1))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await site.bench.all_closed()
    assert await outcomes(site.db) == [("identify", "begun"), ("identify", "CancelledError")]
    assert await facts_of(site.work, target) == ()


async def test_start_readings_are_of_the_meter_that_was_placed(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="start_readings")
    await site.work.record(
        target.visit,
        f.MeterPlaced(
            at=site.clock.now(),
            step="mount",
            ean="871687000000200010",
            number=NEW_E,
            meter_kind=(await site.work.stored(target.visit)).visit.meter_kind,
        ),
    )
    site.bench.meters["old"] = sends(telegram(site.clock, SPEC))
    site.bench.meters["new"] = sends(telegram(site.clock, replace(SPEC, meter_number=NEW_E)))
    with pytest.raises(WrongMeter):
        await site.metering.readings_over_p1(replace(target, source="old"), "start")
    taken = await site.metering.readings_over_p1(replace(target, source="new"), "start")
    assert {reading.meter for reading in taken} == {NEW_E}
    final = replace(target, step="final_readings", source="old")
    assert {r.meter for r in await site.metering.readings_over_p1(final, "final")} == {OLD_E}


async def test_a_gas_only_visit_goes_by_the_gas_meters_number(site: Site) -> None:
    target = replace(await site.begin("placement", "G", step="final_readings_gas"), source="p1")
    site.bench.meters["p1"] = sends(telegram(site.clock, replace(SPEC, meter_number=OTHER)))
    (reading,) = await site.metering.readings_over_p1(target, "final")
    assert reading.meter == OLD_G
    assert (await site.work.stored(target.visit)).progress.of(f.MeterContacted) == ()


async def test_a_visit_without_meters_has_nothing_to_read(site: Site, plan: Plan) -> None:
    bare = tuple(msgspec.structs.replace(c, meter=None) for c in plan("placement").connections)
    target = await site.begin("placement", step="elsewhere", connections=bare)
    with pytest.raises(NoMeterHere):
        await site.metering.readings_over_p1(target, "check")
    with pytest.raises(NoMeterHere):
        await site.metering.identify(target, f.Channel.P1)
    assert site.bench.opened == []


async def test_every_kept_fact_is_an_operation(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p1")
    site.bench.meters["p1"] = sends(telegram(site.clock, SPEC))
    await site.metering.identify(target, f.Channel.P1)
    items = await site.db.read(outbox.items)
    assert [item.kind for item in items][-1] == "meter_contacted"
    assert [item.sequence for item in items] == list(range(1, len(items) + 1))
