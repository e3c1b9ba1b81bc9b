"""The word that the parts of a sync have for "in the network thread".

Rule: whatever blocks on the line is handed to one of these; the engine owns the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Network(Protocol):
    """Runs a blocking call in the engine's network thread."""

    async def __call__(self, call: Callable[[], T]) -> T:
        """The call's own answer or error; Offline once the engine was stopped."""
        ...
