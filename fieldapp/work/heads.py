"""By what way each optical head was opened last, kept in the settings of this laptop.

In come a port's name and words of the driver; out come the words kept for that head. Rule: a
head is known by its adapter's serial number where it has one, since port names change with the
socket; what can't be written is forgotten, which costs seconds and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from fieldapp.settings import Settings
from hardware.serial_port import PortInfo, list_ports

MAX_HEADS = 32
"""The one used longest ago goes first: port names may come in any number."""


class Heads:
    """What is known of the heads of this laptop."""

    def __init__(
        self,
        read: Callable[[], Settings],
        keep: Callable[[Settings], None],
        ports: Callable[[], list[PortInfo]] = list_ports,
    ) -> None:
        """`read` gives the settings now, `keep` writes them."""
        self._read = read
        self._keep = keep
        self._ports = ports
        self._names: dict[str, str] = {}

    def recall(self, head: str, /) -> str:
        """What was kept; empty for a head that was never opened."""
        self._names[head] = self._name(head)
        with suppress(OSError):
            return self._read().heads.get(self._names[head], "")
        return ""

    def keep(self, head: str, way: str, /) -> None:
        """Keep this from now on."""
        name = self._names.get(head) or self._name(head)
        with suppress(OSError):
            settings = self._read()
            if settings.heads.get(name) != way:
                others = [(k, v) for k, v in settings.heads.items() if k != name]
                heads = dict([*others[1 - MAX_HEADS :], (name, way)])
                self._keep(replace(settings, heads=heads))

    def _name(self, head: str) -> str:
        """Looking at all ports takes a while; it is done once for each session."""
        if "://" in head:
            return head
        return next(
            (
                f"{port.usb_id} {port.serial_number}"
                for port in self._ports()
                if port.device == head and port.serial_number
            ),
            head,
        )
