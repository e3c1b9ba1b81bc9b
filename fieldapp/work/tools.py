"""What the work with meters needs from outside: how to open a port, how to reach a meter.

In come functions; out comes one frozen value that every contact is given. Rule: it loads no
driver, so that a program that only shows its store needs none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hardware.port import LineSettings, Port

if TYPE_CHECKING:
    from hardware.drivers.optical_line import Notes, OpticalOptions
    from hardware.dsmr.mbus_keys import DeviceKeys
    from hardware.pump import Timing

OpenPort = Callable[[str], Awaitable[Port]]
Access = Callable[[str], Awaitable["OpticalOptions"]]
KnownLine = Callable[[str], LineSettings | None]
KeepLine = Callable[[str, LineSettings], None]

P1_PATIENCE_S = 25.0
"""Longer than two telegrams of a DSMR 4 meter, which sends one every 10 s (P1 4.2.2, 5.1)."""


def _never_heard(_source: str) -> None:
    """Nothing is remembered about ports."""


def _forget(_source: str, _line: LineSettings) -> None:
    """Nothing is remembered about ports."""


async def _no_keys(_number: str) -> DeviceKeys | None:
    """No device's key is on board."""
    return None


@dataclass(frozen=True, slots=True)
class Tools:
    """What a laptop hands to every contact.

    Attributes:
        open_port: opens a port by its name; raises `PortError`.
        access: how to reach a meter over the optical port, by its number; None: as the public
            client, until a laptop puts its own keys here.
        p1_patience_s: how long to wait for a whole telegram.
        known_line: where a customer port was heard the last time; None the first time.
        keep_line: remembers that.
        device_keys: the keys of an M-Bus device by its whole number; None: none on board.
        heads: how the optical heads were opened before.
        meter_types: what is known of makes of meters.
        timing: how long a meter's silence lasts on the optical port; None: as it is by itself.
    """

    open_port: OpenPort
    access: Access | None = None
    p1_patience_s: float = P1_PATIENCE_S
    known_line: KnownLine = _never_heard
    keep_line: KeepLine = _forget
    device_keys: Callable[[str], Awaitable[DeviceKeys | None]] = _no_keys
    heads: Notes | None = None
    meter_types: Notes | None = None
    timing: Timing | None = None

    async def reach(self, number: str) -> OpticalOptions:
        """How to reach this meter, with all that this laptop knows of heads and makes."""
        options = self.public() if self.access is None else await self.access(number)
        return self._knowing(options)

    def public(self) -> OpticalOptions:
        """How to reach any meter without a key, with all that this laptop knows."""
        from fieldapp.work.optical_port import PUBLIC_ACCESS  # noqa: PLC0415 - loads the drivers

        return self._knowing(PUBLIC_ACCESS)

    def _knowing(self, options: OpticalOptions) -> OpticalOptions:
        if self.timing is not None:
            options = replace(options, timing=self.timing)
        if self.heads is not None:
            options = replace(options, heads=self.heads)
        if self.meter_types is not None:
            options = replace(options, constants=self.meter_types)
        return options
