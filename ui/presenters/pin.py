"""The PIN as a screen asks for it: whether there is one, and whether what was typed is it.

In come digits; out comes a State. Rule: after three wrong ones each further try has to wait,
twice as long each time, by a clock that nobody can set back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldapp.clock import Clock
from fieldapp.store import pin
from fieldapp.store.database import Database
from ui.messages import Lang, Message
from ui.presenters.presenter import Presenter, attempt

_FREE_TRIES, _FIRST_WAIT_S, _LONGEST_WAIT_S = 3, 30, 480
_TOUCHED = frozenset({"device"})


@dataclass(frozen=True, slots=True)
class PinState:
    """How it stands.

    Attributes:
        is_set: whether this laptop has a PIN.
        wrong: how many wrong ones were typed since the last right one.
        wait_s: how long the next try has to wait, counted from the last one.
    """

    is_set: bool = False
    wrong: int = 0
    wait_s: int = 0
    problem: Message | None = None


class PinPresenter(Presenter[PinState]):
    """Asks the store for the PIN, and keeps another one."""

    def __init__(self, db: Database, clock: Clock, lang: Lang) -> None:
        """Of the laptop in `db`."""
        super().__init__(PinState())
        self._db = db
        self._clock = clock
        self._lang = lang
        self._next_s = 0.0

    async def open(self) -> None:
        """Load whether there is one."""
        found: list[bool] = []

        async def load() -> None:
            found.append(await self._db.read(pin.is_set))

        problem = await attempt(load(), self._lang)
        is_set = found[0] if found else self.state.is_set
        self._show(replace(self.state, is_set=is_set, problem=problem))

    @staticmethod
    def fits(digits: str) -> bool:
        """Whether this can be a PIN."""
        return pin.is_pin(digits)

    async def keep(self, digits: str) -> bool:
        """Use this PIN from now on; False where it is none, or could not be kept."""
        if not pin.is_pin(digits):
            return False
        return await self._write(digits)

    async def remove(self) -> bool:
        """Do without one from now on."""
        return await self._write("")

    async def check(self, digits: str) -> bool:
        """Whether these are the digits; one that comes too soon is not looked at."""
        if self.left_s() > 0:
            return False
        right: list[bool] = []

        async def look() -> None:
            right.append(await self._db.read(lambda c: pin.matches(c, digits)))

        problem = await attempt(look(), self._lang)
        if right and right[0]:
            self._show(replace(self.state, wrong=0, wait_s=0, problem=None))
            return True
        if problem is None:
            self._count()
        self._show(replace(self.state, problem=problem))
        return False

    def left_s(self) -> int:
        """Seconds until the next try is looked at."""
        return max(0, round(self._next_s - self._clock.monotonic_s()))

    def _count(self) -> None:
        wrong = self.state.wrong + 1
        late = wrong - _FREE_TRIES
        wait_s = min(_FIRST_WAIT_S * 2**late, _LONGEST_WAIT_S) if late >= 0 else 0
        self._next_s = self._clock.monotonic_s() + wait_s
        self._show(replace(self.state, wrong=wrong, wait_s=wait_s))

    async def _write(self, digits: str) -> bool:
        change = pin.remove if not digits else lambda c: pin.keep(c, digits)
        problem = await attempt(self._db.write(change, touched=_TOUCHED), self._lang)
        if problem is None:
            await self.open()
        self._show(replace(self.state, problem=problem))
        return problem is None
