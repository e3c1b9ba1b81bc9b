"""The technician of the practice day: works every visit through the presenters, as the app.

Runs in a process of its own, because it is the one that gets killed. What it does and asks
goes out as JSON lines; an answer to "plug" comes in. Rule: it keeps nothing; after a kill it
looks at the store and goes on at the same step.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldapp.clock import SystemClock
from fieldapp.store.keys import PracticeSource
from fieldapp.work.tools import Tools
from hardware.serial_port import open_port
from ui.demo.hands import Hands
from ui.demo.plan import Script, load_scripts
from ui.presenters.metering import Sources
from ui.wiring import Laptop, Outside, open_laptop

Say = Callable[[dict[str, Any]], None]
"""Puts one JSON line on standard output."""


@dataclass(frozen=True, slots=True)
class Street:
    """The laptop's two ports, and a voice to ask for the cables and tell what was done."""

    sources: Sources
    say: Say

    def plug(self, number: str) -> None:
        """Ask whoever started this process to put both cables into this meter, and wait."""
        self.say({"kind": "plug", "meter": number})
        answer = json.loads(sys.stdin.readline() or "{}")
        if not answer.get("plugged"):
            self.say({"kind": "no_port", "meter": number})


async def work_day(folder: Path, sources: Sources, say: Say) -> None:
    """Work all visits of the day in order, from wherever they stand.

    Raises:
        Stuck: a visit can't be gone on with; says which and why.
    """
    outside = Outside(SystemClock(), Tools(open_port), lang="en")
    laptop = await open_laptop(folder, PracticeSource(), outside)
    try:
        await _visits(laptop, Street(sources, say), load_scripts())
    finally:
        await laptop.close()


async def _visits(laptop: Laptop, street: Street, scripts: dict[str, Script]) -> None:
    day = laptop.day_presenter()
    await day.open()
    street.say({"kind": "day", "visits": len(day.state.visits), "done": day.state.done})
    for row in day.state.visits:
        if not row.state.final:
            await _visit(laptop, street, row.id, scripts[row.number])
    day.close()


async def _visit(laptop: Laptop, street: Street, visit_id: str, script: Script) -> None:
    page = laptop.visit_presenter(visit_id)
    meters = laptop.meter_presenter(visit_id, street.sources)
    await page.open()
    number = page.state.number
    street.say({"kind": "visit", "visit": number, "state": page.state.state})

    def tell(**done: Any) -> None:
        street.say({"kind": "did", "visit": number, **done})

    await Hands(page, meters, script, street.plug, tell).work()
    street.say({"kind": "visit", "visit": number, "state": page.state.state})
    page.close()
