"""What an end of an HDLC link has said and waits on, and how often it may say it again.

In come what was sent and what became of it, out come the octets to repeat, or the breach that
ends the waiting. Rule: every count is of tries in a row, and progress sets all of them to
nothing; a line that answers in pieces gets more tries than one that is silent.
"""

from __future__ import annotations

from hardware.hdlc.events import Breach

MAX_RETRIES = 3
CONNECT_RETRIES = 2
"""Fewer where it is not known yet that anybody is there."""
MAX_DAMAGED = 12
"""Tries on a line that spoils the answers: one octet in 500 spoils most long answers."""


class Repeats:
    """The memory of the last thing said.

    Attributes:
        awaited: the octets that wait for an answer, empty when nothing is awaited.
    """

    def __init__(self) -> None:
        self.awaited = b""
        self._spoiled = False
        self._tries = self._silences = self._stalls = 0

    @property
    def is_spoiled(self) -> bool:
        """Whether something damaged came since we last spoke."""
        return self._spoiled

    def begin(self, data: bytes) -> bytes:
        """Say something new."""
        self.advance()
        return self.go_on(data)

    def go_on(self, data: bytes) -> bytes:
        """Say the next part of the same; the counts run on."""
        self.awaited = data
        self._spoiled = False
        return data

    def end(self) -> None:
        """Nothing is awaited any more."""
        self.awaited = b""
        self.advance()

    def spoil(self) -> None:
        """A frame came that failed a check."""
        self._spoiled = True

    def advance(self) -> None:
        """Something new was confirmed or received."""
        self._tries = self._silences = self._stalls = 0

    def fall_silent(self, *, connecting: bool, torn: bool) -> Breach | None:
        """The line is quiet; None: say it again. `torn`: what came was not whole."""
        self._spoiled = False
        self._tries += 1
        self._silences = 0 if torn else self._silences + 1
        if self._silences > (CONNECT_RETRIES if connecting else MAX_RETRIES):
            return Breach.SILENCE
        return Breach.DAMAGED if self._tries > MAX_DAMAGED else None

    def stall(self) -> bool:
        """An answer that brought nothing; whether that was one too many."""
        self._stalls += 1
        return self._stalls > (MAX_DAMAGED if self._spoiled else MAX_RETRIES)
