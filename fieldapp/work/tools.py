"""What the work with meters needs from outside: how to open a port, how to reach a meter.

In come functions; out comes one frozen value that every contact is given. Rule: it loads no
driver, so that a program that only shows its store needs none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hardware.port import LineSettings, Port

if TYPE_CHECKING:
    from hardware.drivers.optical_line import Notes, OpticalOptions
    from hardware.dsmr.mbus_keys import DeviceKeys

OpenPort = Callable[[str], Awaitable[Port]]
Access = Callable[[str], "OpticalOptions"]
KnownLine = Callable[[str], LineSettings | None]
KeepLine = Callable[[str, LineSettings], None]

P1_PATIENCE_S = 25.0
"""Longer than two telegrams of a DSMR 4 meter, which sends one every 10 s (P1 4.2.2, 5.1)."""


def _public(number: str) -> OpticalOptions:
    from fieldapp.work.optical_port import public_access  # noqa: PLC0415 - loads the drivers

    return public_access(number)


def _never_heard(_source: str) -> None:
    """Nothing is remembered about ports."""


def _forget(_source: str, _line: LineSettings) -> None:
    """Nothing is remembered about ports."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a laptop hands to every contact.

    Attributes:
        open_port: opens a port by its name; raises `PortError`.
        access: how to reach a meter over the optical port, by its number; the public client
            where this laptop holds no key for it.
        p1_patience_s: how long to wait for a whole telegram.
        known_line: where a customer port was heard the last time; None the first time.
        keep_line: remembers that.
        mbus_keys: the keys of M-Bus devices on board, by short identification (eight digits).
        heads: how the optical heads were opened before.
        meter_types: what is known of makes of meters.
    """

    open_port: OpenPort
    access: Access = _public
    p1_patience_s: float = P1_PATIENCE_S
    known_line: KnownLine = _never_heard
    keep_line: KeepLine = _forget
    mbus_keys: Callable[[], Mapping[str, DeviceKeys]] = dict
    heads: Notes | None = None
    meter_types: Notes | None = None

    def reach(self, number: str) -> OpticalOptions:
        """How to reach this meter, with all that this laptop knows of heads and makes."""
        options = self.access(number)
        if self.heads is not None:
            options = replace(options, heads=self.heads)
        if self.meter_types is not None:
            options = replace(options, constants=self.meter_types)
        return options
