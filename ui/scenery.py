"""What practice puts round a laptop: its ports and clock, and what goes on in the street.

Rule: the window does not know whether it is practice; it is handed a scenery or none.
"""

from __future__ import annotations

from typing import Protocol

from ui.presenters.frame import FramePresenter
from ui.wiring import Laptop, Outside


class Scenery(Protocol):
    """A practice street, for as long as the window is open."""

    @property
    def outside(self) -> Outside:
        """The clock and ports that the laptop gets."""
        ...

    async def play(self, laptop: Laptop, frame: FramePresenter) -> None:
        """Follow what the technician does, until cancelled."""
        ...
