"""As whom a client comes to a meter: the mechanism, the keys, and where its counters come from.

In come keys and a source of counters, out comes what `optical_admission` makes an AARQ with.
Rule: secrets are in no repr; counters are reserved durably before any of them is sent, in
runs, so that a kill skips the rest of a run and repeats none (trade.md "Keys and counters").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hardware.dlms.security import TITLE_SIZE, GlobalKeys
from hardware.errors import LocalProtocolError, PortBusy

RUN = 256
_LOW = 2
"""An answer may ask for one message of the machine's own: a next block."""


class Authentication(StrEnum):
    """How the client proves itself."""

    NONE = "none"
    LLS = "lls"
    HLS3 = "hls3"
    HLS4 = "hls4"
    HLS5 = "hls5"

    @property
    def is_high(self) -> bool:
        """Whether both sides prove themselves on a challenge."""
        return self not in {Authentication.NONE, Authentication.LLS}


class CounterSource(Protocol):
    """Where invocation counters come from; what it gave once it never gives again."""

    async def reserve(self, scope: str, count: int, *, above: int = -1) -> int:
        """The first of `count` counters in a row, higher than `above`, kept before it answers.

        `scope` names a key and the system title that sends under it: the nonce is no more than
        that. A group's key is in many meters, so no meter is part of it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Hls:
    """What high level security takes.

    Attributes:
        system_title: the client's own, 8 octets.
        chance: gives octets that nobody can guess.
        counters: where the client's counters come from.
        keys: for a ciphered context, which HLS 5 demands; None: HLS 3 or 4 in the clear.
        secret: of HLS 3 and 4.
        general: begin with general-glo-ciphering instead of the service-specific form.
        meter: number of the meter that the keys are of, where it is known: they are tried on
            no other, since that would lock it.

    Raises:
        ValueError: a system title of another size.
    """

    system_title: bytes
    chance: Callable[[int], bytes]
    counters: CounterSource
    keys: GlobalKeys | None = None
    secret: bytes = field(default=b"", repr=False)
    general: bool = False
    meter: str = ""

    def __post_init__(self) -> None:
        if len(self.system_title) != TITLE_SIZE:
            raise ValueError(f"a system title has {TITLE_SIZE} octets")


class Reserve:
    """Counters reserved for one association, handed out one by one."""

    def __init__(self, above: int = -1) -> None:
        """All of them higher than `above`, the highest that the meter has seen."""
        self._above = above
        self._next = self._end = 0

    def take(self) -> int:
        """The next counter.

        Raises:
            LocalProtocolError: none was reserved.
        """
        if self._next == self._end:
            raise LocalProtocolError("no counter was reserved")
        self._next += 1
        return self._next - 1

    async def fill(self, hls: Hls, port: str) -> None:
        """Reserve another run where less is left than one exchange takes.

        Raises:
            PortBusy: of this port, because another program took counters of this key
                meanwhile, and within an association none may be left out.
        """
        if hls.keys is None or self._end - self._next > _LOW:
            return
        scope = f"{hls.keys.name}/{hls.system_title.hex()}"
        first = await hls.counters.reserve(scope, RUN, above=self._above)
        if self._end and first != self._end:
            raise PortBusy(port, "another program speaks under this key")
        self._next = self._next if self._end else first
        self._end = first + RUN
