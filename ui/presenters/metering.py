"""Meter: one contact at a time with a meter of a visit, as named steps, with its outcome.

In come intents (identify, read, write the choice, retrieve the state, stop); out comes a State
with the step of the contact that runs, what the meter last told, and the choice before and
after with its proof. Rule: one contact at a time; stopping leaves the port closed, nothing
half-kept, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference, foretold
from fieldapp.work.contact import Target
from fieldapp.work.errand import Line
from fieldapp.work.metering import HandReading, Metering
from fieldapp.work.upkeep import Upkeep
from hardware.drivers.optical_answers import MbusChannel
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_proofs import AlarmProof, AlarmState, CouplingProof
from ui.messages import Lang, Message
from ui.presenters.presenter import Presenter, attempt
from ui.tasks import Tasks

__all__ = ["HandReading", "MeterPresenter", "MeterState", "MeterWork", "Sources"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sources:
    """The ports in use, as SOURCE texts; empty where none is chosen."""

    p1: str = ""
    p0: str = ""


@dataclass(frozen=True, slots=True)
class MeterWork:
    """The work rooms behind the page: readings and proofs, and what is set."""

    metering: Metering
    upkeep: Upkeep


@dataclass(frozen=True, slots=True)
class MeterState:
    """What the page shows.

    Attributes:
        running: a contact is under way.
        steps: codes of the contact's steps so far; the last one is under way while running.
        stopped: the last contact was stopped by the technician.
        contact: the last number that a meter told, and whether it is the visit's.
        readings: those of the last contact that kept any.
        retrieved: the last state that was read.
        value_now: the administrative status as last read, or None.
        applied: the last write of the choice, with its proof.
        alarms: what was set in the alarm and error registers when they were last shown.
        channels: the M-Bus channels as they were last shown.
    """

    visit: str
    sources: Sources
    running: bool = False
    steps: tuple[str, ...] = ()
    stopped: bool = False
    contact: f.MeterContacted | None = None
    readings: tuple[f.ReadingTaken, ...] = ()
    retrieved: f.StateRetrieved | None = None
    value_now: int | None = None
    applied: f.PreferenceApplied | None = None
    alarms: AlarmState | None = None
    channels: tuple[MbusChannel, ...] = ()
    problem: Message | None = None

    def foretold(self, preference: Preference) -> tuple[str, ...]:
        """What writing this choice will leave in the meter, to be said beforehand."""
        return foretold(self.value_now, preference)


class MeterPresenter(Presenter[MeterState]):
    """Contacts the meters of one visit."""

    def __init__(
        self, rooms: MeterWork, tasks: Tasks, visit_id: str, sources: Sources, lang: Lang
    ) -> None:
        """Contact the meters of `visit_id` over `sources`."""
        super().__init__(MeterState(visit_id, sources))
        self._metering = rooms.metering
        self._upkeep = rooms.upkeep
        self._tasks = tasks
        self._lang = lang
        self._task: asyncio.Task[Any] | None = None

    def use(self, sources: Sources) -> None:
        """Use other ports from the next contact on."""
        self._show(replace(self.state, sources=sources))

    async def identify(self, step: str, channel: f.Channel) -> bool:
        """Read the meter's own number over this port and compare it with the visit's."""
        target = self._target(step, channel)

        def kept(contact: f.MeterContacted) -> MeterState:
            return replace(self.state, contact=contact)

        return await self._run(self._metering.identify(target, channel), kept)

    async def identify_by_nameplate(self, step: str, number: str) -> bool:
        """Compare a typed or scanned number."""
        target = self._target(step, f.Channel.NAMEPLATE)

        def kept(contact: f.MeterContacted) -> MeterState:
            return replace(self.state, contact=contact)

        return await self._run(self._metering.identify_by_nameplate(target, number), kept)

    async def read(self, step: str, moment: str, channel: f.Channel) -> bool:
        """Take the readings that the step asks for over this port."""
        target = self._target(step, channel)
        take = self._metering.readings_over_p1
        if channel is f.Channel.P0:
            take = self._metering.readings_over_p0
        return await self._run(take(target, moment), self._with_readings)

    async def read_by_hand(self, step: str, hand: HandReading) -> bool:
        """Keep typed readings with their photo."""
        target = self._target(step, f.Channel.DISPLAY)
        return await self._run(
            self._metering.readings_by_hand(target, hand), self._with_readings
        )

    async def retrieve_state(self, step: str, moment: str) -> bool:
        """Read the meter's whole state over the optical port."""
        target = self._target(step, f.Channel.P0)

        def kept(fact: f.StateRetrieved) -> MeterState:
            return replace(self.state, retrieved=fact)

        return await self._run(self._metering.retrieve_state(target, moment), kept)

    async def judge_line(self, step: str) -> bool:
        """Hear some telegrams on the customer port and keep what they say."""
        target = self._target(step, f.Channel.P1)

        def kept(fact: f.StateRetrieved) -> MeterState:
            return replace(self.state, retrieved=fact)

        return await self._run(self._metering.listening.judge_line(target), kept)

    async def read_preference(self, step: str) -> bool:
        """Read what the meter holds now."""
        target = self._target(step, f.Channel.P0)

        def kept(value: int) -> MeterState:
            return replace(self.state, value_now=value)

        return await self._run(self._metering.read_preference(target), kept)

    async def apply_preference(self, step: str, preference: Preference) -> bool:
        """Write the customer's choice and read it back."""
        target = self._target(step, f.Channel.P0)

        def kept(fact: f.PreferenceApplied) -> MeterState:
            return replace(self.state, applied=fact, value_now=fact.after)

        return await self._run(self._metering.apply_preference(target, preference), kept)

    async def defer_preference(self, step: str, preference: Preference, reason: str) -> bool:
        """No access to P0: the office sets the choice remotely."""
        target = self._target(step, f.Channel.P0)

        work = self._metering.defer_preference(target, preference, reason)
        return await self._run(work, self._unchanged)

    async def hear_telegram(self, step: str) -> bool:
        """Hear one whole telegram of the meter that hangs there now."""
        target = self._target(step, f.Channel.P1)
        return await self._run(self._metering.hear_telegram(target), self._unchanged)

    async def set_clock(self, *, agreed: bool = False) -> bool:
        """Set the clock; `agreed`: that intervals will be marked was shown and agreed to."""
        return await self._run(
            self._upkeep.set_clock(self._line, agreed=agreed), self._unchanged
        )

    async def look_at_alarms(self) -> bool:
        """Read the alarm and error registers, to be shown."""

        def kept(alarms: AlarmState) -> MeterState:
            return replace(self.state, alarms=alarms)

        return await self._run(self._upkeep.alarms(self._line), kept)

    async def clear_alarms(self) -> bool:
        """Clear what was shown; nothing where nothing was."""
        shown = self.state.alarms
        if shown is None:
            return False

        def kept(proof: AlarmProof) -> MeterState:
            return replace(self.state, alarms=proof.after)

        return await self._run(self._upkeep.clear_alarms(self._line, shown.registers), kept)

    async def look_at_channels(self) -> bool:
        """Read the M-Bus channels, to be shown."""

        def kept(channels: tuple[MbusChannel, ...]) -> MeterState:
            return replace(self.state, channels=channels)

        return await self._run(self._upkeep.channels(self._line), kept)

    async def couple(self, device: MbusDevice) -> bool:
        """Couple a gas meter to a free channel."""
        return await self._run(self._upkeep.couple(self._line, device), self._with_channel)

    async def decouple(self, channel: int, number: str) -> bool:
        """Take the device with this number off its channel."""
        work = self._upkeep.decouple(self._line, channel, number)
        return await self._run(work, self._with_channel)

    async def reset(self) -> bool:
        """Set the removed meter back to the factory's state; it can't be undone."""
        return await self._run(self._upkeep.reset(self._line), self._unchanged)

    def stop(self) -> None:
        """Stop the contact that runs; the port is closed and nothing half-kept."""
        if self._task is not None:
            self._task.cancel()

    def _target(self, step: str, channel: f.Channel) -> Target:
        sources = self.state.sources
        source = sources.p0 if channel is f.Channel.P0 else sources.p1
        return Target(self.state.visit, step, source, self._noticed)

    @property
    def _line(self) -> Line:
        return Line(self.state.sources.p0, self._noticed, visit=self.state.visit)

    def _unchanged(self, _done: object) -> MeterState:
        return self.state

    def _with_channel(self, proof: CouplingProof) -> MeterState:
        now = proof.after
        kept = tuple(now if c.channel == now.channel else c for c in self.state.channels)
        return replace(self.state, channels=kept)

    def _noticed(self, step: str) -> None:
        self._show(replace(self.state, steps=(*self.state.steps, step)))

    def _with_readings(self, readings: tuple[f.ReadingTaken, ...]) -> MeterState:
        return replace(self.state, readings=readings)

    async def _run(self, work: Coroutine[Any, Any, T], kept: Callable[[T], MeterState]) -> bool:
        """Run one contact; False where it failed, was stopped, or another one runs."""
        if self._task is not None:
            work.close()
            return False
        self._show(replace(self.state, running=True, steps=(), stopped=False, problem=None))

        async def contact() -> Message | None:
            return await attempt(self._keep(work, kept), self._lang)

        self._task = self._tasks.spawn(contact(), "meter contact")
        if self._task is None:
            work.close()
            self._show(replace(self.state, running=False))
            return False
        try:
            return await self._ended(self._task)
        finally:
            self._task = None

    async def _keep(self, work: Awaitable[T], kept: Callable[[T], MeterState]) -> None:
        outcome = await work
        self._show(kept(outcome))

    async def _ended(self, task: asyncio.Task[Message | None]) -> bool:
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        finally:
            stopped = task.cancelled()
            problem = None if stopped or task.exception() else task.result()
            self._show(replace(self.state, running=False, stopped=stopped, problem=problem))
        return not stopped and problem is None and task.exception() is None
