"""How much of what comes is here, in octets, told while a run goes on.

In comes what the line counted, from the network's thread; out goes a `Progress` to whoever
shows it, a few times a second at most.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.clock import Clock
from sync.client.report import Progress
from sync.client.traffic import Traffic

_OFTEN_S = 0.1


class Gauge:
    """Of one run; used in the event loop, `moved` in the network's thread.

    Args:
        show: gets the progress.
        soon: has something called in the event loop; any thread may call it.
    """

    def __init__(
        self,
        clock: Clock,
        show: Callable[[Progress], None],
        soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self._clock = clock
        self._show = show
        self._soon = soon
        self._traffic = Traffic()
        self._shown_s = 0.0

    def begin(self, traffic: Traffic) -> None:
        """A try begins."""
        self._traffic = traffic
        traffic.received = traffic.expected = 0
        traffic.heard = self.moved
        self.show()

    def moved(self) -> None:
        """Something passed on the line; in the network's thread."""
        now_s = self._clock.monotonic_s()
        if now_s - self._shown_s >= _OFTEN_S:
            self._shown_s = now_s
            self._soon(self.show)

    def show(self) -> None:
        """Tell how far it is."""
        self._show(Progress(self._traffic.received, self._traffic.expected))
