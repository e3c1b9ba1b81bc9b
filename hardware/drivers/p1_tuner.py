"""Finds the settings at which a customer port is heard, and says why where there are none.

A machine without IO or clock. Octets as they were heard at `line` and how long that has been
the line come in; out comes what to do: go on, listen at another `line`, or a `Verdict`.

How: a sender at any speed puts something on a line that is listened to at any other, so silence
is waited out at one speed only, and octets that don't fit say at once where to go. A sender
that is slower shows it by its shortest run of bits, a faster one by fitting nothing. Where
nothing comes, a port with control lines lets the request line go and waits once more.
Rule: 8N1 throughout. 7E1 has the same bits on the wire, with parity in the eighth.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from hardware.p1.cause import Cause
from hardware.p1.integrity import as_characters
from hardware.p1.symptoms import Examination, examine
from hardware.port import LineControl, LineSettings

RATES = (115200, 9600)
"""Versions 4.0 and up, then 2.2 and 3.0 (P1 3.0 5.1, 5.0.2 6.1)."""
SILENT_S = 11.5
"""Longer than one telegram of an older meter, which sends one every 10 s (P1 4.2.2, 5.1)."""
WHOLE_S = 25.0
"""Longer than two of them: a telegram whose beginning was missed, and a whole one."""

_LADDER = (115200, 57600, 38400, 19200, 9600, 4800, 2400, 1200, 600, 300)
_MUCH_SLOWER = 10
_ENOUGH = 24
_PLENTY = 96
"""Octets by which an inverted line would have been read back."""
_EVERY = 32
_SAMPLE = 512
_VISITS = 2
_SETTLE_S = 0.03
"""After a change of speed, what was heard before it may still come in."""
_AT_ONCE = frozenset({Cause.INVERTED, Cause.HDLC, Cause.PUSH})
_NO_SOUND = frozenset({Cause.NOTHING, Cause.LOW})
_MISHEARD = frozenset({Cause.WRONG_SPEED, Cause.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to listen at one line, seconds.

    Attributes:
        silent_s: until the first sign of a telegram.
        whole_s: until a whole one, where text comes in.
        lets_go: whether to try without the request line where nothing comes.
    """

    silent_s: float = SILENT_S
    whole_s: float = WHOLE_S
    lets_go: bool = True

    @classmethod
    def within(cls, seconds: float) -> Patience:
        """No longer than `seconds` at one line."""
        return cls(min(SILENT_S, seconds), min(WHOLE_S, seconds))


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out.

    Attributes:
        cause: why there is no telegram; None where one came.
        line: the settings last listened at.
        form: of the characters, `8N1` or `7E1`.
        text: what an inverted line says, read back.
        request: how the request line was held: `held`, `both` where it was let go too, or
            `unknown` where the port has nothing to hold it with.
    """

    cause: Cause | None
    line: LineSettings
    form: str = "8N1"
    text: str = ""
    request: str = "unknown"


class Tuner:
    """The machine; begin to listen at `line`."""

    def __init__(
        self,
        control: LineControl,
        known: LineSettings | None = None,
        patience: Patience = PATIENT,
        *,
        has_keys: bool = False,
    ) -> None:
        """`known` is where this port was heard before; with keys a sealed telegram may open."""
        self.line = known or LineSettings(RATES[0])
        self._control = control
        self._patience = patience
        self._may_let_go = control.request and patience.lets_go
        self._at_once = _AT_ONCE if has_keys else _AT_ONCE | {Cause.ENCRYPTED}
        self._visits: Counter[int] = Counter()
        self._held: set[bool] = set()
        self._misheard = False
        self._settle_s = 0.0
        self._early = self._sample = b""
        self._examined = 0
        self._found = Examination(Cause.NOTHING)
        self._begin(self.line)

    def take(self, octets: bytes, passed_s: float) -> LineSettings | Verdict | None:
        """Octets of the present line, maybe none, `passed_s` after it was set.

        Returns where to listen next, the end, or None to go on.
        """
        if passed_s < self._settle_s:
            self._early = (self._early + octets)[:_SAMPLE]
        else:
            self._sample = (self._sample + octets)[:_SAMPLE]
        if self._is_due(octets):
            self._examined = len(self._sample)
            self._found = examine(self._sample)
        if self._is_certain(self._found.cause, quiet=not octets):
            return self._conclude(self._found)
        return self._at_the_end(passed_s)

    def telegram(self) -> Verdict:
        """A telegram came in at the present line."""
        heard = self._early + self._sample
        form = "8N1" if as_characters(heard) == heard else "7E1"
        return Verdict(None, self.line, form, request=self._request())

    def _begin(self, line: LineSettings) -> None:
        self._settle_s = _SETTLE_S if self._visits else 0.0
        self.line = line
        self._visits[line.baud] += 1
        self._held.add(line.request)
        self._early = self._sample = b""
        self._examined = 0
        self._found = Examination(Cause.NOTHING)

    def _is_due(self, octets: bytes) -> bool:
        """Something new to look at: enough of it, or the line went quiet behind it."""
        fresh = len(self._sample) - self._examined
        return fresh >= _EVERY or (fresh > 0 and not octets)

    def _is_certain(self, cause: Cause, *, quiet: bool) -> bool:
        """Whether more octets would change nothing."""
        enough = len(self._sample) >= _ENOUGH
        if cause in self._at_once or cause is Cause.WRONG_SPEED:
            return enough
        if cause is not Cause.UNREADABLE or not self._control.speed:
            return False
        return len(self._sample) >= _PLENTY or (enough and quiet)

    def _at_the_end(self, passed_s: float) -> LineSettings | Verdict | None:
        """When the time at this line is up: what it came to."""
        whole = self._found.cause is Cause.CUT_OFF
        if passed_s < (self._patience.whole_s if whole else self._patience.silent_s):
            return None
        return self._conclude(examine(self._sample or self._early))

    def _conclude(self, found: Examination) -> LineSettings | Verdict:
        following = self._following(found)
        if following is not None:
            self._misheard = self._misheard or found.cause in _MISHEARD
            self._begin(following)
            return following
        cause = found.cause
        if self._control.speed and self._misheard and cause in _NO_SOUND | _MISHEARD:
            cause = Cause.UNREADABLE
        return Verdict(cause, self.line, text=found.text, request=self._request())

    def _following(self, found: Examination) -> LineSettings | None:
        """Where else to listen."""
        if found.cause in _NO_SOUND and self._may_let_go and len(self._held) == 1:
            return replace(self.line, request=not self.line.request)
        if found.cause not in _MISHEARD or not self._control.speed:
            return None
        rates = (*self._slower(found.slower_by), *RATES)
        fewest = min(rates, key=lambda rate: (self._visits[rate], rates.index(rate)))
        if self._visits[fewest] >= _VISITS or fewest == self.line.baud:
            return None
        return replace(self.line, baud=fewest)

    def _slower(self, by: int) -> tuple[int, ...]:
        """The speed whose bits last so many of this one's."""
        if by == 1:
            return ()
        if by >= _MUCH_SLOWER:
            return tuple(rate for rate in _LADDER if rate * by <= 1.1 * self.line.baud)[:1]
        return (min(_LADDER, key=lambda rate: abs(self.line.baud / by - rate)),)

    def _request(self) -> str:
        if not self._control.request:
            return "unknown"
        return "both" if len(self._held) > 1 else "held"
