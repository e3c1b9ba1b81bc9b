"""The stage: a Monday in the Westland, half past ten, everything real but the customers.

In comes a folder; out come open laptops (a technician in the middle of the day, a dispatcher, a
workshop), the office they talk to, and the street of meters. Rule: what is on the stage came
there through presenters, sync and the office, so that a picture never shows what can't be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from fieldapp.domain.facts import ComplaintRecorded, VisitCorrected
from fieldapp.store import planner
from fieldapp.store.keys import PracticeSource
from fieldapp.work.tools import Tools
from hardware.pump import Timing
from hardware.serial_port import open_port
from ui.demo.hands import Hands
from ui.demo.plan import Script, load_scripts
from ui.demo.world import Street, street
from ui.enrolment import Enrolment, enrol
from ui.presenters.metering import Sources
from ui.presenters.visit_page import Action
from ui.proof.stage_bench import bench_access
from ui.proof.stage_clock import StageClock
from ui.proof.stage_office import StageOffice, running
from ui.proof.stage_relief import TECHNICIAN, Relief
from ui.proof.stage_relief import day as relief_day
from ui.wiring import Laptop, Outside, open_laptop

MONDAY = datetime(2026, 11, 23, 7, 40, tzinfo=ZoneInfo("Europe/Amsterdam"))
_FIRST, _SECOND, _UNREACHED = "V-1001", "V-1002", "V-2282"
IN_HAND = "E0044007382311125"
_PATIENT_S = 600.0
"""A head that was moved away is waited for, for a picture."""
_WORKSHOP = "workshop"
_COLLEAGUES = ("M-02", "M-03", "M-04")
_NEWCOMER, _IDLE, _HOME = "M-07", "M-08", "M-09"


class _Enough(Exception):
    """The technician got as far as the picture wants."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is there.

    Attributes:
        technician: has one visit behind and one in hand; both cables are in that meter.
        visit: the id of the visit in hand.
        relief: stands at any point of a visit that a picture wants.
        newcomer: has not loaded the day yet; `idle` has no visits, `home` is through.
    """

    clock: StageClock
    office: StageOffice
    street: Street
    technician: Laptop
    dispatcher: Laptop
    workshop: Laptop
    visit: str
    relief: Relief
    newcomer: Laptop
    idle: Laptop
    home: Laptop


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works this morning."""

    technician: Laptop
    colleague: Laptop
    third: Laptop
    fourth: Laptop


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Set the stage, and clear it at the end.

    Raises:
        PortGone: no pseudo-terminals on this machine.
        SyncError, Stuck: the day did not go as it does.
    """
    clock = StageClock(MONDAY)
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(street(clock))
        office = stack.enter_context(running(folder / "office", clock))
        office.import_keys()
        office.import_stock(TECHNICIAN)
        office.designate()
        office.plan(MONDAY.date())
        laptops = {}
        others = (TECHNICIAN, _NEWCOMER, _IDLE, _HOME)
        for name in ("technician", "dispatcher", _WORKSHOP, *_COLLEAGUES, *others):
            laptops[name] = await _laptop(folder / name, clock, here)
            stack.push_async_callback(laptops[name].close)
        await _enrol(laptops["technician"], office, "M-01")
        for name in _COLLEAGUES:
            await _enrol(laptops[name], office, name)
        relief = await _other_region(laptops, office, here)
        crew = Crew(laptops["technician"], *(laptops[name] for name in _COLLEAGUES))
        visit = await _morning(crew, clock, here)
        await _disagree(crew, office)
        await _sit_down(laptops["dispatcher"], office)
        shop = laptops[_WORKSHOP]
        await shop.keep(msgspec.structs.replace(shop.settings, role="workshop"))
        yield Stage(
            clock,
            office,
            here,
            laptops["technician"],
            laptops["dispatcher"],
            shop,
            visit,
            relief,
            laptops[_NEWCOMER],
            laptops[_IDLE],
            laptops[_HOME],
        )


async def _laptop(folder: Path, clock: StageClock, here: Street) -> Laptop:
    access = bench_access(folder, clock) if folder.name == _WORKSHOP else None
    tools = Tools(open_port, access, timing=Timing(response_s=_PATIENT_S))
    outside = Outside(clock, tools)
    laptop = await open_laptop(folder, PracticeSource(), outside)
    ports = {"p1": here.p1, "optical": here.optical}
    await laptop.keep(msgspec.structs.replace(laptop.settings, ports=ports))
    return laptop


async def _other_region(
    laptops: Mapping[str, Laptop], office: StageOffice, here: Street
) -> Relief:
    """Four technicians: at any point of a visit, not loaded, without visits, and through."""
    lonely = [row | {"number": "V-3101", "technician": _IDLE} for row in relief_day()[:1]]
    last = [row | {"number": "V-3102", "technician": _HOME} for row in relief_day()[:1]]
    office.publish([*relief_day(), *lonely, *last], MONDAY.date())
    office.cancel("V-3101")
    for name in (TECHNICIAN, _IDLE, _HOME):
        await _enrol(laptops[name], office, name)
    newcomer = Enrolment(office.url, office.code(_NEWCOMER), practice=True)
    await enrol(laptops[_NEWCOMER], newcomer)
    home = await _route_of(laptops[_HOME])
    await _work(laptops[_HOME], here, home["V-3102"], Script(nobody_home=True))
    await sync(laptops[_HOME])
    return Relief(laptops[TECHNICIAN], here, await _route_of(laptops[TECHNICIAN]))


async def _enrol(laptop: Laptop, office: StageOffice, technician: str) -> None:
    await enrol(laptop, Enrolment(office.url, office.code(technician), practice=True))
    await sync(laptop)


async def sync(laptop: Laptop) -> None:
    """One whole sync.

    Raises:
        SyncError: it did not go.
    """
    report = await laptop.engine.sync_once(patience_s=20)
    if report.error is not None:
        raise report.error


async def _morning(crew: Crew, clock: StageClock, here: Street) -> str:
    """One visit done, another in hand; what was done since then has not gone out yet.

    A colleague found nobody home, stands at the next door, and the office knows. The others
    leave something behind.
    """
    scripts, visits = load_scripts(), await _route_of(crew.technician)
    doors = list((await _route_of(crew.colleague)).values())
    clock.leap_to(_at(8, 4))
    await _work(crew.technician, here, visits[_FIRST], scripts[_FIRST])
    clock.leap_to(_at(8, 12))
    await _work(crew.colleague, here, doors[0], Script(nobody_home=True))
    clock.leap_to(_at(8, 41))
    await sync(crew.technician)
    clock.leap_to(_at(8, 58))
    await _hand_over(crew.third, here)
    await _leave_to_prove(crew.fourth, here)
    clock.leap_to(_at(9, 6))
    until = Action.APPLY_PREFERENCE
    await _work(crew.technician, here, visits[_SECOND], scripts[_SECOND], until=until)
    here.plug(IN_HAND)
    clock.leap_to(_at(10, 12))
    await _work(crew.colleague, here, doors[1], Script(), until="connection_and_meter")
    clock.leap_to(_at(10, 29))
    await sync(crew.colleague)
    clock.leap_to(_at(10, 31))
    return visits[_SECOND]


async def _disagree(crew: Crew, office: StageOffice) -> None:
    """Office and site change the same note; and what a withdrawn laptop brings waits."""
    number, visit = list((await _route_of(crew.colleague)).items())[2]
    office.change(number, MONDAY.date(), access_note="Bel twee keer, de sleutel ligt beneden")
    note = VisitCorrected(
        at=crew.colleague.clock.now(),
        field="access_note",
        old="",
        new="Achterom, de voordeur klemt",
        reason="ter plaatse gezien",
        by="M-02",
    )
    await crew.colleague.visits.record(visit, note)
    await sync(crew.colleague)
    owner = await crew.third.owner()
    office.withdraw(owner.laptop)
    begun = next(iter((await _route_of(crew.third)).values()))
    heard = ComplaintRecorded(at=crew.third.clock.now(), text="Er is nog niemand geweest")
    await crew.third.visits.record(begun, heard)
    await sync(crew.third)


async def _hand_over(laptop: Laptop, here: Street) -> None:
    """Work is begun, and other tools turn out to be needed."""
    visit = next(iter((await _route_of(laptop)).values()))
    await _work(laptop, here, visit, Script(), until="switch_off")
    page = laptop.visit_presenter(visit)
    await page.open()
    await page.hand_over("other_tools")
    page.close()
    await sync(laptop)


async def _leave_to_prove(laptop: Laptop, here: Street) -> None:
    """The meter can't be reached, so the office sets the choice; and something is dangerous."""
    visit = (await _route_of(laptop))[_UNREACHED]
    await _work(laptop, here, visit, Script(), until=Action.APPLY_PREFERENCE)
    page = laptop.visit_presenter(visit)
    meters = laptop.meter_presenter(visit, Sources(p1=here.p1, p0=here.optical))
    await page.open()
    assert page.state.choice is not None
    await meters.defer_preference("write_preference", page.state.choice.preference, "no_key")
    await _work(laptop, here, visit, Script())
    await page.report_danger("danger")
    page.close()
    await sync(laptop)


async def _route_of(laptop: Laptop) -> dict[str, str]:
    """The day's visits in order: number to id."""
    day = laptop.day_presenter(MONDAY.date())
    await day.open()
    day.close()
    return {row.number: row.id for row in day.state.visits}


async def _work(
    laptop: Laptop, here: Street, visit: str, script: Script, until: str = ""
) -> None:
    """Work a visit to its end, or up to the step or the action `until`."""
    page = laptop.visit_presenter(visit)
    meters = laptop.meter_presenter(visit, Sources(p1=here.p1, p0=here.optical))
    await page.open()

    def tell(**_done: str) -> None:
        primary = page.state.primary
        if until and primary is not None and until in {primary.step, primary.action}:
            raise _Enough

    try:
        await Hands(page, meters, script, _hand(here), tell).work()
    except _Enough:
        pass
    finally:
        page.close()


def _hand(here: Street) -> Callable[[str], None]:
    """Puts the cables into a meter; those that are not in the street stay unplugged."""

    def plug(number: str) -> None:
        here.plug(number)

    return plug


async def _sit_down(laptop: Laptop, office: StageOffice) -> None:
    who = planner.Planner(server_url=office.url, token=office.token)
    await laptop.db.write(
        lambda c: planner.store_planner(c, who), touched=frozenset({"device"})
    )


def _at(hour: int, minute: int) -> datetime:
    return datetime.combine(MONDAY.date(), time(hour, minute), MONDAY.tzinfo)
