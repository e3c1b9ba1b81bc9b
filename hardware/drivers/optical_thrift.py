"""A conversation that says no more than it must: lists that fit the line, constants not asked.

In come questions, out come answers, as of any `Conversation`. Rule: what it does not ask it has
heard before of this meter or of one of the same make and firmware; everything else comes from
the meter, now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hardware.dlms.apdu_get import Result
from hardware.dlms.initiate import Conformance
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_constants import FIRMWARE, NUMBER, Constants
from hardware.drivers.optical_conversation import MAX_REFERENCES
from hardware.drivers.optical_line import Line, OpticalOptions
from hardware.drivers.optical_renewal import RenewedConversation
from hardware.pump import WireStats

_NOTHING = WireStats()
_LIST_HEAD = 4
"""Tag, kind, invoke id and count."""


class ThriftyConversation(RenewedConversation):
    """A `RenewedConversation` that counts octets and round trips."""

    def __init__(
        self, line: Line, options: OpticalOptions, before: WireStats = _NOTHING
    ) -> None:
        """Over `line`, as the client of `options`; `before` as of any conversation."""
        super().__init__(line, options, before)
        self._constants = Constants(options.constants)
        self._introduced = False

    async def get_result(self, target: AttributeRef) -> Result:
        """The value of one attribute, or the result code in its place."""
        return await self._get(target)

    async def get_each(self, targets: Sequence[AttributeRef]) -> list[Result]:
        """See `Conversation.get_each`.

        No list is longer than leaves in one go: one that is waits for the meter in its middle,
        which costs more than another list.
        """
        known = [self._constants.recall(target) for target in targets]
        asked = [
            target for target, constant in zip(targets, known, strict=True) if not constant
        ]
        heard: list[Result] = []
        for part in self._parts(asked):
            heard += await super().get_each(part)
        self._constants.keep()
        answers = iter(heard)
        return [constant or next(answers) for constant in known]

    async def _get(self, target: AttributeRef) -> Result:
        known = self._constants.recall(target)
        if known is not None:
            return known
        if target == NUMBER and not self._introduced:
            self._introduced = True
            if self._association.conformance & Conformance.MULTIPLE_REFERENCES:
                # Two attributes more in the same question spare all scalers later.
                return (await self._get_list((NUMBER, *FIRMWARE)))[0]
        found = await super()._get(target)
        self._constants.hear(target, found)
        return found

    async def _get_list(self, targets: tuple[AttributeRef, ...]) -> list[Result]:
        found = await super()._get_list(targets)
        for target, result in zip(targets, found, strict=True):
            self._constants.hear(target, result)
        return found

    def _parts(self, targets: Sequence[AttributeRef]) -> Iterator[list[AttributeRef]]:
        room = self._renewable.room - self._association.overhead - _LIST_HEAD
        part: list[AttributeRef] = []
        size = 0
        for target in targets:
            octets = len(target.to_bytes())
            if part and (len(part) == MAX_REFERENCES or size + octets > room):
                yield part
                part, size = [], 0
            part.append(target)
            size += octets
        if part:
            yield part
