"""How far the run under way is, in octets of both directions.

In come what the office confirmed and what the line counted, from two threads; out goes a
`Progress` to whoever shows it, a few times a second at most. Rule: what was sent is counted
from the office's answers only.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.clock import Clock
from sync.client.report import Progress, Tally
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
        self._tally: Tally | None = None
        self._traffic = Traffic()
        self._to_send = 0
        self._shown_s = 0.0

    def begin(self, tally: Tally, traffic: Traffic, waiting: int) -> None:
        """A try begins; `waiting` octets wait besides what was confirmed before."""
        self._tally = tally
        self._traffic = traffic
        self._to_send = tally.octets + waiting
        traffic.received = traffic.expected = 0
        traffic.heard = self.moved
        self.show()

    def moved(self) -> None:
        """Something passed on the line; in the network's thread."""
        if self._is_due():
            self._soon(self.show)

    def confirmed(self) -> None:
        """The office confirmed something."""
        if self._is_due():
            self.show()

    def show(self) -> None:
        """Tell how far it is."""
        if self._tally is not None:
            sent, traffic = self._tally.octets, self._traffic
            to_send = max(sent, self._to_send)
            self._show(Progress(sent, to_send, traffic.received, traffic.expected))

    def _is_due(self) -> bool:
        now_s = self._clock.monotonic_s()
        due = now_s - self._shown_s >= _OFTEN_S
        if due:
            self._shown_s = now_s
        return due
