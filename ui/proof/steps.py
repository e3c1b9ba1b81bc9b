"""How long each step of the event loop takes: by the wall and by this thread's processor.

In come Qt's events as they are delivered; out come figures. Rule: only the outermost delivery
counts, so an event that sends another is one step, as a person waits for it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

LONG_MS = 50.0


@dataclass(slots=True)
class Steps:
    """Durations in milliseconds, in the order they happened."""

    wall_ms: array[float] = field(default_factory=lambda: array("d"))
    cpu_ms: array[float] = field(default_factory=lambda: array("d"))
    longest: str = ""
    longest_ms: float = 0.0
    dearest: str = ""
    dearest_ms: float = 0.0

    def add(self, wall_s: float, cpu_s: float, what: str) -> None:
        """Count one step."""
        if wall_s * 1000 > self.longest_ms:
            self.longest, self.longest_ms = what, wall_s * 1000
        if cpu_s * 1000 > self.dearest_ms:
            self.dearest, self.dearest_ms = what, cpu_s * 1000
        self.wall_ms.append(wall_s * 1000)
        self.cpu_ms.append(cpu_s * 1000)

    def figures(self) -> dict[str, Any]:
        """What a bench tells."""
        return {
            "steps": len(self.wall_ms),
            "wall_p50_ms": percentile(self.wall_ms, 50),
            "wall_p99_ms": percentile(self.wall_ms, 99),
            "wall_p999_ms": percentile(self.wall_ms, 99.9),
            "wall_max_ms": percentile(self.wall_ms, 100),
            "wall_long": sum(ms > LONG_MS for ms in self.wall_ms),
            "cpu_max_ms": percentile(self.cpu_ms, 100),
            "cpu_long": sum(ms > LONG_MS for ms in self.cpu_ms),
            "longest": self.longest,
            "dearest": self.dearest,
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all do not exceed (nearest rank); 0 for none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    place = -(-len(ranked) * percent // 100)
    return round(ranked[max(0, int(place) - 1)], 3)


class MeasuredApp(QApplication):
    """Counts between `start` and `stop`."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(words)
        self._steps = Steps()
        self._counting = False
        self._deep = False

    def start(self) -> None:
        """Count from now on, from nothing."""
        self._steps = Steps()
        self._counting = True

    def stop(self) -> Steps:
        """Count no more; what was counted."""
        self._counting = False
        return self._steps

    def notify(self, receiver: object, event: QEvent) -> bool:
        """Deliver an event, and take the time of the outermost one."""
        if not isinstance(receiver, QObject):
            return False  # the binding took the address for what lay there before: it can't go
        if not self._counting or self._deep:
            return super().notify(receiver, event)
        self._deep = True
        what = f"{type(receiver).__name__} {event.type().name}"
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            return super().notify(receiver, event)
        finally:
            self._deep = False
            wall_s, cpu_s = time.perf_counter() - wall, time.thread_time() - cpu
            self._steps.add(wall_s, cpu_s, what)
