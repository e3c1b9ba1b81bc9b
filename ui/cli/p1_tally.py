"""What `p1 read` has seen so far, and what to say where it was no telegram.

Events in, each shown as it comes; a count and words out. Rule: with a visit another meter's
telegrams are never shown, and noise never passes for a telegram.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hardware.dsmr.identity import same_meter
from hardware.errors import WrongMeter
from hardware.p1.cause import Cause, likeliest
from hardware.p1.encrypted import Keys
from hardware.p1.framer import Noise
from hardware.p1.identity import equipment_id
from hardware.p1.telegram import Telegram
from ui.cli.p1_health import Followed


class Tally:
    """Passes events on and remembers whether any was a telegram.

    Attributes:
        followed: how healthy the line is, where it is one.
        expected: the meter whose telegrams are shown; None: anybody's.
        is_live: a line, not a recording.
        telegrams: how many came.
    """

    def __init__(self, show: Callable[[Telegram | Noise], None]) -> None:
        self._show = show
        self._causes: Counter[Cause] = Counter()
        self._damaged = 0
        self.followed = Followed()
        self.expected: str | None = None
        self.is_live = False
        self.telegrams = 0

    def take(self, event: Telegram | Noise) -> None:
        """Show one event.

        Raises:
            WrongMeter: a telegram of another meter than the expected one; it is not shown.
        """
        if isinstance(event, Noise):
            self._causes[event.cause] += event.size
        elif not self._is_expected(event):
            self._damaged += 1
            return
        elif _is_one(event):
            self.telegrams += 1
        self._show(event)

    def _is_expected(self, telegram: Telegram) -> bool:
        """False where the number is another one and may be damaged."""
        if self.expected is None:
            return True
        found = equipment_id(telegram) or ""
        if same_meter(found, self.expected):
            return True
        if telegram.crc == "bad":
            return False
        raise WrongMeter(self.expected, found)

    @property
    def heard(self) -> bool:
        """Whether anything came at all."""
        return bool(self._causes or self._damaged or self.telegrams)

    def instead(self) -> str:
        """What was found, if anything, to be put behind `no telegram`."""
        if self._damaged:
            return f" of meter {self.expected} that is undamaged"
        return f" but {likeliest(self._causes)}" if self._causes else ", it is empty"

    def advice(self, keys: Keys | None) -> str:
        """What to do about it."""
        if self._causes and likeliest(self._causes) is Cause.ENCRYPTED:
            which = "the meter's own key" if keys is None else "the right key, this is another,"
            return f"Give {which} with --key-file."
        if self.is_live:
            return "Check the cable and the speed (--baud) and try again."
        return "Check that it was recorded from a customer port, at the right speed."


def _is_one(telegram: Telegram) -> bool:
    """Whether a telegram is more than noise between two marks."""
    return telegram.crc == "ok" or bool(telegram.readings or telegram.unknown)
