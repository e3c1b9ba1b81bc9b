"""Recordings of the customer port: made, kept, looked at, taken along, let go.

In come intents; out comes a State. Reading a recording and copying one are jobs for the
worker, which tell how far they are and can be stopped. Rule: what may be done comes from the
errand of now; whatever is kept has a purpose and an end, which the State says.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from fieldapp.errors import FileTrouble
from fieldapp.work.capture import Step, Summary, digest, telegram_at
from fieldapp.work.capture_export import copy, leave_nothing
from fieldapp.work.capture_source import Source, source_of
from fieldapp.work.errand import Errands
from fieldapp.work.live import Heard
from fieldapp.work.recording import TOPIC, Recordings
from ui.presenters.bench import Bench, Ending, OneContact
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.presenters.recording_state import (
    Opened,
    Progress,
    RecordingState,
    allowed_by,
    card_of,
)

P = ParamSpec("P")
T = TypeVar("T")
_TOPICS = frozenset({"visits", "outbox", "device", TOPIC})
WATCH_S = 1.0
SHOW_S = 0.1
_EVERY = 16
"""Pieces a step: some ten steps a second."""


class RecordingPresenter(Presenter[RecordingState]):
    """The recordings of one laptop."""

    def __init__(self, work: Recordings, errands: Errands, bench: Bench) -> None:
        """Work with `work`; `open` loads what there is."""
        super().__init__(RecordingState())
        self._work = work
        self._errands = errands
        self._bench = bench
        self._source: Source | None = None
        self._visit = ""
        self._one = OneContact(bench.tasks, bench.lang)
        self._refresher = Refresher(self.refresh, _TOPICS, bench.tasks)
        self._watching = False

    async def open(self) -> None:
        """Load, and keep up from now on."""
        if self._took not in self._work.changed:
            self._work.changed.append(self._took)
        self._took()
        await self._refresher.open(self._bench.db)

    def close(self) -> None:
        """Keep up no more; reading stops."""
        self._refresher.close()
        if self._took in self._work.changed:
            self._work.changed.remove(self._took)
        self.stop()

    async def refresh(self) -> None:
        """Ask what may be done now and what there is; what is due goes."""

        async def load() -> None:
            errand = await self._errands.current()
            if errand.visit != self._visit:  # another customer: nothing stays open
                self._visit = errand.visit
                self.stop()
                self.shut()
            kept = tuple(card_of(one) for one in await self._work.kept())
            allowed = allowed_by(errand.purpose, visit=bool(errand.visit))
            self._show(replace(self.state, allowed=allowed, kept=kept))

        problem = await attempt(load(), self._bench.lang)
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    async def keep_telegram(self, heard: Heard, meter: str, keep: timedelta) -> bool:
        """Keep one telegram: with the visit, else until its end."""
        done = "kept_visit" if self.state.allowed.visit else "kept"
        return await self._do(self._work.keep_telegram(heard, meter, keep), done)

    async def record(self, meter: str, lasts: timedelta, keep: timedelta) -> bool:
        """Record from now on; it stops by itself."""
        begun = await self._do(self._work.begin(meter, lasts, keep), "")
        if begun and not self._watching:
            self._watching = self._bench.tasks.spawn(self._watch(), "recording") is not None
        return begun

    async def end(self) -> bool:
        """End the recording that runs."""
        return await self._do(self._work.end(), "ended")

    async def remove(self, name: str) -> bool:
        """Let a recording go before its time."""
        return await self._do(self._work.remove(name), "removed")

    def open_file(self, path: Path) -> None:
        """Read a recording of somebody else's."""

        async def found() -> tuple[Source, Opened]:
            return source_of(path), Opened(path.name, Summary())

        self._read(found)

    def open_kept(self, name: str) -> None:
        """Read one of our own."""

        async def found() -> tuple[Source, Opened]:
            card = next((one for one in self.state.kept if one.name == name), None)
            return await self._work.source(name), Opened("", Summary(), card)

        self._read(found)

    def export(self, name: str, target: Path, *, with_numbers: bool) -> None:
        """Write a copy in the clear; the trail says so before the first octet."""
        self._begin("export", self._export(name, target, with_numbers=with_numbers))

    def stop(self) -> None:
        """Stop reading or copying; nothing half done is left."""
        self._one.stop()

    async def settled(self) -> None:
        """Wait until reading or copying has ended."""
        await self._one.wait()

    def look_at(self, moment: datetime) -> None:
        """Show the telegram of the opened recording at this moment, or the first behind it."""
        opened, source = self.state.opened, self._source
        if opened is None or source is None or not opened.summary.marks:
            return
        marks = opened.summary.marks
        before = bisect_right([mark.at for mark in marks], moment) - 1
        self._show(
            replace(self.state, telegram=telegram_at(source, marks[max(0, before)], moment))
        )

    def shut(self) -> None:
        """Put the opened recording away."""
        self._source = None
        self._show(replace(self.state, opened=None, telegram=b""))

    def back_to_summary(self) -> None:
        """Put the telegram away that was looked at."""
        self._show(replace(self.state, telegram=b""))

    def heed(self) -> None:
        """What went well, or not, was seen."""
        self._show(replace(self.state, done="", problem=None))

    def _read(self, find: Callable[[], Awaitable[tuple[Source, Opened]]]) -> None:
        self._begin("read", self._reading(find))

    async def _reading(self, find: Callable[[], Awaitable[tuple[Source, Opened]]]) -> None:
        try:
            source, opened = await find()
            summary = await self._through("read", digest, source, _EVERY)
        except OSError as e:
            raise FileTrouble(Path(e.filename or "").name, e.strerror or "") from e
        self._source = source
        opened = replace(opened, summary=summary)
        self._show(replace(self.state, opened=opened, telegram=b""))

    async def _export(self, name: str, target: Path, *, with_numbers: bool) -> None:
        kept = next((one for one in await self._work.kept() if one.name == name), None)
        if kept is None:
            return
        reason = await self._work.export_allowed(kept.label)
        outcome = "stopped"
        try:
            source = await self._work.source(name)
            await self._through("export", copy, source, target, with_numbers=with_numbers)
            outcome = "done"
        finally:
            leave_nothing(target)
            await self._work.exported(reason, outcome)
        self._show(replace(self.state, done="exported"))

    async def _through(
        self,
        what: str,
        job: Callable[P, Generator[Step, None, T]],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """Have a long job done by the worker, and show how far it is."""
        now, shown = asyncio.get_running_loop().time, 0.0

        def heard(step: Step) -> None:
            nonlocal shown
            if now() - shown > SHOW_S:
                shown = now()
                self._show(replace(self.state, progress=Progress(what, step.done, step.size)))

        return await self._bench.tasks.worker.follow(heard, job, *args, **named)

    def _begin(self, what: str, work: Coroutine[Any, Any, object]) -> None:
        if self._one.start(work, self._ended):
            progress = Progress(what, 0, 0)
            self._show(replace(self.state, progress=progress, done="", problem=None))

    def _ended(self, ending: Ending) -> None:
        self._show(replace(self.state, progress=None, problem=ending.problem))

    async def _do(self, work: Awaitable[object], done: str) -> bool:
        problem = await attempt(work, self._bench.lang)
        self._show(replace(self.state, done="" if problem else done, problem=problem))
        return problem is None

    def _took(self) -> None:
        """The recorder began, wrote or ended."""
        running, before = self._work.running, self.state.running
        done = "ended" if running is None and before is not None else self.state.done
        self._show(replace(self.state, running=running, done=done))

    async def _watch(self) -> None:
        """End the recording at its time also where nothing comes."""
        try:
            while self._work.running is not None:
                await asyncio.sleep(WATCH_S)
                problem = await attempt(self._work.end_if_over(), self._bench.lang)
                if problem is not None:
                    self._show(replace(self.state, problem=problem))
        finally:
            self._watching = False
