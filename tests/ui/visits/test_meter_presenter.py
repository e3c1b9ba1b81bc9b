from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fieldapp.domain import facts as f
from fieldapp.domain.preference import CONFIGURATION_CHANGED, Preference
from fieldapp.domain.work_order import Visit
from ui.presenters.metering import MeterState, Sources
from ui.presenters.visit_page import Action, Primary
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Street
    from tests.ui.visits.conftest import MakeRobot
    from tests.ui.visits.robot import Robot


async def _started(laptop: Laptop, robot: MakeRobot, number: str = "V-1001") -> Robot:
    worker = await robot(laptop, number)
    for _ in range(4):
        await worker.press()
    return worker


async def _at_writing(laptop: Laptop, robot: MakeRobot) -> Robot:
    worker = await robot(laptop, "V-1001")
    while worker.page.state.primary != Primary(
        Action.APPLY_PREFERENCE, step="write_preference"
    ):
        assert await worker.press()
    return worker


async def test_a_contact_shows_its_steps_and_its_outcome(
    laptop: Laptop, robot: MakeRobot
) -> None:
    meter = (await _started(laptop, robot)).meter
    shown: list[MeterState] = []
    meter.subscribe(shown.append)
    assert await meter.identify("connection_and_meter", f.Channel.P1)
    assert shown[0].running
    assert meter.state.steps == (
        "open_port",
        "wait_telegram",
        "identify",
        "compare",
        "keep",
    )
    assert [state.steps[-1:] for state in shown if state.running][1:3] == [
        ("open_port",),
        ("wait_telegram",),
    ]
    assert not meter.state.running
    assert meter.state.contact is not None
    assert meter.state.contact.matches


async def test_the_value_before_and_after_and_what_the_write_leaves(
    laptop: Laptop, robot: MakeRobot, visits: dict[str, Visit], street: Street
) -> None:
    meter = (await _at_writing(laptop, robot)).meter
    assert await meter.read_preference("write_preference")
    assert meter.state.value_now == 2
    assert meter.state.foretold(Preference.OFF) == (CONFIGURATION_CHANGED,)
    assert meter.state.foretold(Preference.ON) == ()
    assert await meter.apply_preference("write_preference", Preference.OFF)
    assert meter.state.applied is not None
    assert (meter.state.applied.before, meter.state.applied.after) == (2, 1)
    assert meter.state.foretold(Preference.OFF) == ()
    connection = visits["V-1001"].connections[0]
    assert connection.meter is not None
    assert [row.code for row in street.meter(connection.meter.number).logs["fraud"]] == [47]
    assert not await meter.apply_preference("write_preference", Preference.ON)
    assert meter.state.problem is not None
    assert "remote reading off" in meter.state.problem.what


async def test_an_error_is_told_and_the_next_try_starts_clean(
    laptop: Laptop, robot: MakeRobot, street: Street
) -> None:
    meter = (await _started(laptop, robot)).meter
    street.dead = True
    assert not await meter.identify("connection_and_meter", f.Channel.P0)
    assert meter.state.problem is not None
    assert "p0" in meter.state.problem.what
    assert (meter.state.running, meter.state.stopped) == (False, False)
    street.dead = False
    assert await meter.identify("connection_and_meter", f.Channel.P0)
    assert meter.state.problem is None


async def test_a_contact_can_be_stopped_and_only_one_runs(
    laptop: Laptop, robot: MakeRobot, street: Street
) -> None:
    meter = (await _at_writing(laptop, robot)).meter
    street.plug("")
    waiting = asyncio.Event()

    def watch(state: MeterState) -> None:
        if state.steps[-1:] == ("connect",):
            waiting.set()

    meter.subscribe(watch)
    meter.stop()
    first = asyncio.create_task(meter.read_preference("write_preference"))
    await waiting.wait()
    assert not await meter.identify("connection_and_meter", f.Channel.P1)
    meter.stop()
    assert not await first
    assert (meter.state.stopped, meter.state.running, meter.state.problem) == (
        True,
        False,
        None,
    )
    street.plug("E0044007382246019")
    assert await meter.read_preference("write_preference")
    assert not meter.state.stopped


async def test_whoever_leaves_takes_the_contact_along(
    laptop: Laptop, robot: MakeRobot, street: Street
) -> None:
    meter = (await _at_writing(laptop, robot)).meter
    street.plug("")
    waiting = asyncio.Event()
    meter.subscribe(lambda state: waiting.set() if "connect" in state.steps else None)
    first = asyncio.create_task(meter.read_preference("write_preference"))
    await waiting.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert (meter.state.running, meter.state.stopped) == (False, True)


async def test_a_closed_laptop_contacts_nothing(laptop: Laptop, robot: MakeRobot) -> None:
    meter = (await _at_writing(laptop, robot)).meter
    await laptop.tasks.close()
    assert not await meter.read_preference("write_preference")
    assert not meter.state.running


async def test_the_ports_are_those_chosen(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot)
    meter = laptop.meter_presenter(worker.page.state.id)
    assert meter.state.sources == Sources()
    assert not await meter.identify("connection_and_meter", f.Channel.P1)
    meter.use(Sources("p1", "p0"))
    assert await meter.identify("connection_and_meter", f.Channel.P1)


async def test_deferring_needs_no_contact(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _at_writing(laptop, robot)
    assert await worker.meter.defer_preference("write_preference", Preference.OFF, "closed")
    progress = (await laptop.visits.stored(worker.page.state.id)).progress
    assert progress.of(f.PreferenceDeferred)[0].reason == "closed"
    assert worker.meter.state.steps == ("keep",)


async def test_the_state_that_was_read_is_shown(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot, "V-1003")
    meter = worker.meter
    assert await meter.retrieve_state("state_before", "before")
    assert meter.state.retrieved is not None
    assert meter.state.retrieved.moment == "before"
    assert meter.state.steps[-2:] == ("logs", "keep")
