"""A line on which a meter says what it was told to say, and nothing else."""

from __future__ import annotations

from hardware.dlms.apdu import Apdu
from hardware.pump import WireStats


class Scripted:
    """An `ApduLine`; `asked` is what was sent over it, None for a mere wait."""

    name = "script"
    stats = WireStats()

    def __init__(self, *answers: Apdu | bytes) -> None:
        self._answers = list(answers)
        self.asked: list[bytes | None] = []

    async def exchange(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        answer = self._answers.pop(0)
        return answer if isinstance(answer, bytes) else answer.to_bytes()

    async def receive(self) -> bytes:
        answer = await self.exchange(b"")
        self.asked[-1] = None
        return answer
