"""A conversation that outlives a link which spoils large frames.

In come questions, out come answers, as of any `Conversation`; where the line breaks because it
damages what is long, the link is opened anew with small frames, the client is let in again and
the question is asked once more. Rule: only questions are repeated, never a write; and only to
the same meter: a number read before is read again first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from hardware.dlms.apdu_get import Result
from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import text_of
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import value_of
from hardware.drivers.optical_line import Line, OpticalOptions
from hardware.errors import PortTimeout, RemoteProtocolError, WrongMeter
from hardware.pump import WireStats

Answer = TypeVar("Answer")
_NOTHING = WireStats()
_NUMBER = value_of("equipment_id")


class RenewedConversation(Conversation):
    """A `Conversation` over a `Line` that can be renewed."""

    def __init__(
        self, line: Line, options: OpticalOptions, before: WireStats = _NOTHING
    ) -> None:
        """Over `line`, as the client of `options`; `before` as of any conversation."""
        super().__init__(line, before)
        self._renewable = line
        self._options = options
        self._number: Result | None = None

    async def _get(self, target: AttributeRef) -> Result:
        found = await self._persistent(partial(super()._get, target))
        if target == _NUMBER:
            self._number = found
        return found

    async def _get_list(self, targets: tuple[AttributeRef, ...]) -> list[Result]:
        found = await self._persistent(partial(super()._get_list, targets))
        if _NUMBER in targets:
            self._number = found[targets.index(_NUMBER)]
        return found

    async def _persistent(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await ask()
        except (PortTimeout, RemoteProtocolError):
            if not await self._renewable.renew():
                raise
        self._association.reset()
        await self.associate(self._options)
        await self._same_meter()
        return await ask()

    async def _same_meter(self) -> None:
        before = self._number
        if before is None:
            return
        now = await super()._get(_NUMBER)
        if now != before:
            raise WrongMeter(_text(before), _text(now))


def _text(result: Result) -> str:
    return text_of(result) if isinstance(result, Data) else ""
