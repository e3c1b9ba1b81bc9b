"""How much goes at once: much on a good line, less on one that breaks before it is through.

In come the ends of requests; out come how many operations and octets the next one carries, and
how many changes it asks for. Rule: it outlives a run, and on the worst line one operation and
one visit still go.
"""

from __future__ import annotations

from sync.wire import MAX_OPERATIONS, PAGE

MAX_OCTETS = 1024 * 1024
"""Of operations in one request; a single larger one goes alone."""

_FEWEST_OCTETS = 8 * 1024
_BEFORE_LARGER = 3


class Sizes:
    """Of the requests of every run of an engine."""

    def __init__(self) -> None:
        self.operations = MAX_OPERATIONS
        self.octets = MAX_OCTETS
        self.page = PAGE
        self._in_a_row = 0

    def went(self) -> None:
        """A request and its answer got through; after some of them more is tried."""
        self._in_a_row += 1
        if self._in_a_row == _BEFORE_LARGER:
            self._in_a_row = 0
            self.operations = min(MAX_OPERATIONS, 2 * self.operations)
            self.octets = min(MAX_OCTETS, 2 * self.octets)
            self.page = min(PAGE, 2 * self.page)

    def broke(self) -> None:
        """The line broke under one; whether going or coming is not known."""
        self._in_a_row = 0
        self.operations = max(1, self.operations // 2)
        self.octets = max(_FEWEST_OCTETS, self.octets // 2)
        self.page = max(1, self.page // 2)
