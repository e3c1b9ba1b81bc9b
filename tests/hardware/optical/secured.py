"""Keys, counters and meters for tests of secured sessions, and a line without a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count

from hardware.dlms.acse import Mechanism
from hardware.dlms.security import GlobalKeys
from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.optical_line import OpticalOptions
from hardware.pump import WireStats
from hardware.simulators.optical_security import MeterSecurity
from hardware.simulators.optical_session import Session

KEYS = GlobalKeys(
    bytes.fromhex("5E1C0A77D0B94F3382164AC9F2E07B15"),
    bytes.fromhex("A90F3D62E84B7C1580D6F23947BE5A0C"),
)
SECRET = b"groepsgeheim 017"
TITLE = b"FLD\x00\x00\x00\x00\x01"
MECHANISMS = {
    Authentication.HLS3: Mechanism.HLS_MD5,
    Authentication.HLS4: Mechanism.HLS_SHA1,
    Authentication.HLS5: Mechanism.HLS_GMAC,
}


def chance(seed: bytes) -> Callable[[int], bytes]:
    """Octets that look like chance and are the same each time."""
    run = count()
    return lambda size: sha256(seed + bytes((next(run),))).digest()[:size]


@dataclass
class Book:
    """A `CounterSource` in memory."""

    next: dict[str, int] = field(default_factory=dict)

    async def reserve(self, scope: str, count: int, *, above: int = -1) -> int:
        start = max(self.next.get(scope, 0), above + 1)
        self.next[scope] = start + count
        return start


def access(
    auth: Authentication = Authentication.HLS5,
    keys: GlobalKeys | None = KEYS,
    secret: bytes = SECRET,
    *,
    general: bool = False,
) -> OpticalOptions:
    """The management client with these keys and counters from 0."""
    hls = Hls(TITLE, chance(b"client"), Book(), keys, secret, general)
    return OpticalOptions(auth=auth, hls=hls)


def demands(
    auth: Authentication = Authentication.HLS5, keys: GlobalKeys | None = KEYS
) -> MeterSecurity:
    """What a meter with these keys asks of its management client."""
    return MeterSecurity(MECHANISMS[auth], chance(b"meter"), keys, SECRET)


class Direct:
    """An `ApduLine` straight into a simulated meter's session.

    Attributes:
        asked, answered: what went over it.
        twist: changes each answer on its way.
    """

    name = "direct"
    stats = WireStats()

    def __init__(
        self, session: Session, twist: Callable[[bytes], bytes] = lambda octets: octets
    ) -> None:
        self._session = session
        self._twist = twist
        self.asked: list[bytes] = []
        self.answered: list[bytes] = []

    async def exchange(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        self.answered.append(self._twist(self._session.answer(apdu)))
        return self.answered[-1]

    async def receive(self) -> bytes:
        raise AssertionError("the simulated meter says nothing unasked")
