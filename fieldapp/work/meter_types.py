"""What this laptop has learnt of makes of meters: their scalers and units.

In come a make with its firmware, and words of the driver; out come the words kept for it. Rule:
nothing of one meter or one customer stands here; a file that can't be read or written is as
good as none, for everything in it can be read from a meter again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from fieldapp.unreadable import UNREADABLE

_FILE = "meter-types.json"
MAX_TYPES = 64
"""The one learnt longest ago goes first."""


class MeterTypes:
    """The makes of meters that this laptop has met."""

    def __init__(self, folder: Path) -> None:
        """Kept in `folder`, which is made when there is something to keep."""
        self._path = folder / _FILE

    def recall(self, make: str, /) -> str:
        """What was kept; empty for a make that was never met."""
        return self._all().get(make, "")

    def keep(self, make: str, words: str, /) -> None:
        """Keep this from now on."""
        others = [(name, kept) for name, kept in self._all().items() if name != make]
        found = dict([*others[1 - MAX_TYPES :], (make, words)])
        part = self._path.with_suffix(".part")
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(found))
            part.replace(self._path)

    def _all(self) -> dict[str, str]:
        with suppress(OSError, *UNREADABLE):
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        return {}
