"""Diagnose: the machine's ports as they come and go, what is on them, and the line itself.

In come intents (look at a port, find out, listen, stop); out comes a State with the ports, what
was found on each, and the messages of the line with their meaning. Rule: what is heard is kept
in memory, bounded, and only while the page stands; finding uses the public client only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fieldapp.work.diagnosis import Diagnosis, Finding
from fieldapp.work.errand import Errands, Line
from hardware.trace import Record
from ui.messages import Message
from ui.presenters.bench import (
    Bench,
    Ending,
    ErrandCard,
    OneContact,
    PortCard,
    errand_card,
    ports_now,
)
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.presenters.trace_file import TracePiece
from ui.presenters.trace_keeping import FILE_ROWS, TraceKeeping, TraceNote
from ui.presenters.trace_rows import TraceLog, TraceRow

_TOPICS = frozenset({"visits", "outbox", "device"})
LOOK_S = 1.0
"""Between two looks at the machine's ports."""
LISTEN_RATES = (115200, 9600, 300)


@dataclass(frozen=True, slots=True)
class PortFinding:
    """What was found on a port.

    Attributes:
        kind: a `Kind` of the search: `p1`, `optical`, `inverted`, `silent`, …
        version: of the telegram, or of the meter's firmware.
        other_meter: in a visit: it is not the visit's meter.
        detail: what unreadable octets look like, or how the meter refused.
        form: of the characters, `8N1` or `7E1`.
        request: how the request line was held: `held`, `released`, `both` or `unknown`.
    """

    kind: str
    baud: int
    version: str
    meter: str
    other_meter: bool
    detail: str
    form: str = ""
    request: str = "unknown"


@dataclass(frozen=True, slots=True)
class DiagnosisState:
    """What the page shows.

    Attributes:
        ports: those that are there, then those typed by hand.
        selected: the source of the port looked at.
        busy: `find`, `listen`, `keep`, `read` or empty; `step` says how far finding is.
        findings: by source; a port that was unplugged loses its finding.
        rows: of the trace, oldest first; `dropped` older ones are gone.
        file: the one that the trace was kept in or read from; `share` of it is read.
    """

    ports: tuple[PortCard, ...] = ()
    selected: str = ""
    errand: ErrandCard = field(default_factory=ErrandCard)
    busy: str = ""
    step: str = ""
    stopped: bool = False
    findings: Mapping[str, PortFinding] = field(default_factory=dict)
    rows: tuple[TraceRow, ...] = ()
    dropped: int = 0
    file: TraceNote | None = None
    share: float = 0.0
    problem: Message | None = None


class DiagnosisPresenter(Presenter[DiagnosisState]):
    """Watches the ports and works on one of them at a time."""

    def __init__(
        self, work: Diagnosis, errands: Errands, bench: Bench, typed: tuple[str, ...] = ()
    ) -> None:
        """Work with `work`; `typed` are sources that the list of ports does not have."""
        super().__init__(DiagnosisState())
        self._work = work
        self._errands = errands
        self._bench = bench
        self._typed = [source for source in typed if source]
        self._contact = OneContact(bench.tasks, bench.lang)
        self._refresher = Refresher(self.refresh, _TOPICS, bench.tasks)
        self._watch: asyncio.Task[object] | None = None
        self._trace = TraceLog(bench.clock.now)
        self._files = TraceKeeping(errands, bench)

    async def open(self) -> None:
        """Load, and keep up with ports and the visit under way from now on."""
        await self._refresher.open(self._bench.db)
        await self.look_for_ports()
        if self._watch is None:
            self._watch = self._bench.tasks.spawn(self._keep_looking(), "ports")

    def close(self) -> None:
        """Stop looking and listening."""
        self._refresher.close()
        self.stop()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def refresh(self) -> None:
        """Ask the store why a meter may be touched now."""
        found: list[ErrandCard] = []

        async def load() -> None:
            found.append(errand_card(await self._errands.current()))

        problem = await attempt(load(), self._bench.lang)
        errand = found[0] if found else self.state.errand
        self._show(replace(self.state, errand=errand, problem=problem or self.state.problem))

    async def look_for_ports(self) -> None:
        """Ask the machine which ports it has; those that went lose what was found on them."""
        there = await ports_now(self._bench.list_ports)
        known = {port.source for port in there}
        typed = [PortCard(source, typed=True) for source in self._typed if source not in known]
        ports = (*there, *typed)
        names = {port.source for port in ports}
        findings = {name: f for name, f in self.state.findings.items() if name in names}
        selected = self.state.selected
        if selected not in names:
            selected = ports[0].source if ports else ""
        self._show(replace(self.state, ports=ports, findings=findings, selected=selected))

    async def add(self, source: str) -> None:
        """Add a port by its name: a device, `socket://…`, `rfc2217://…`."""
        name = source.strip()
        if name and name not in {port.source for port in self.state.ports}:
            self._typed.append(name)
        await self.look_for_ports()
        self.select(name)

    def select(self, source: str) -> None:
        """Look at another port; what ran on the one before stops."""
        if source == self.state.selected or source not in {p.source for p in self.state.ports}:
            return
        self.stop()
        self._trace.begin()
        self._show(
            replace(
                self.state,
                selected=source,
                rows=(),
                dropped=0,
                file=None,
                problem=None,
                stopped=False,
            )
        )

    def find(self) -> None:
        """Find out what is on the selected port."""
        source = self.state.selected
        line = Line(source, self._noticed)

        async def search() -> None:
            found = await self._work.find(line, self._heard)
            self._show(
                replace(self.state, findings={**self.state.findings, source: _of(found)})
            )

        self._begin("find", search())

    def listen(self, baud: int) -> None:
        """Hear the selected port at this rate; writes nothing."""
        line = Line(self.state.selected, self._noticed)
        self._begin("listen", self._work.listen(line, baud, self._heard))

    def keep(self, path: str) -> None:
        """Write the trace to a file, for the purpose of now."""
        if self.state.rows:
            self._work_on_file("keep", self._keep(path))

    def read(self, path: str) -> None:
        """Show the trace of a file in place of the line's."""
        self._work_on_file("read", self._read(path))

    async def _keep(self, path: str) -> None:
        note = await self._files.keep(path, self.state.rows)
        self._show(replace(self.state, file=note))

    async def _read(self, path: str) -> None:
        def take(piece: TracePiece) -> None:
            if not self.state.share:
                self._trace.begin(FILE_ROWS)
            self._trace.add(piece.rows)
            self._show(replace(self.state, share=piece.share))
            self._show_trace()

        note = await self._files.read(path, take)
        self._show(replace(self.state, file=note))

    def _work_on_file(self, busy: str, work: Coroutine[Any, Any, None]) -> None:
        if self._contact.start(work, self._ended):
            fresh = replace(self.state, busy=busy, step="", stopped=False, problem=None)
            self._show(replace(fresh, file=None, share=0.0))

    def stop(self) -> None:
        """Stop what runs; the trace stays."""
        self._contact.stop()

    async def ended(self) -> None:
        """Wait until what runs has ended."""
        await self._contact.wait()

    def _begin(self, busy: str, work: Coroutine[Any, Any, object]) -> None:
        if self._contact.running or not self.state.selected:
            work.close()
            return
        self._trace.begin()
        fresh = replace(self.state, busy=busy, step="", stopped=False, problem=None)
        self._show(replace(fresh, rows=(), dropped=0, file=None))
        if not self._contact.start(work, self._ended):
            self._show(replace(self.state, busy=""))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_for_ports()

    def _noticed(self, step: str) -> None:
        self._show(replace(self.state, step=step))

    def _heard(self, record: Record) -> None:
        self._trace.take(record)
        self._show_trace()

    def _show_trace(self) -> None:
        self._show(replace(self.state, rows=self._trace.rows, dropped=self._trace.dropped))

    def _ended(self, ending: Ending) -> None:
        self._trace.settle()
        self._show_trace()
        self._show(
            replace(
                self.state, busy="", step="", stopped=ending.stopped, problem=ending.problem
            )
        )


def _of(found: Finding) -> PortFinding:
    return PortFinding(
        kind=str(found.kind),
        baud=found.baud,
        version=found.version,
        meter=found.meter,
        other_meter=found.other_meter,
        detail=found.detail,
        form=found.form,
        request=found.request,
    )
