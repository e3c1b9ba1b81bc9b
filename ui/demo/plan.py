"""What the practice technician's hands and eyes do: the only part of the day made up before.

In comes `resources/demo/plan.toml`; out comes one `Script` a visit number. Everything else
(which steps, which meters, which choice) follows from the visits that the office published.
"""

from __future__ import annotations

import msgspec

import resources


class Deed(msgspec.Struct, frozen=True):
    """What the technician does about a fault."""

    action: str
    note: str = ""


class Script(msgspec.Struct, frozen=True):
    """One visit's script.

    Attributes:
        identify: how the meter's number is had: `p0`, `p1` or `nameplate`.
        readings: how smart meters are read: `p0` or `p1`.
        digits: what displays show, by meter number and OBIS code.
        refuses: the kind of meter that the customer refuses, or empty.
        despite: why a meter is placed that something speaks against, or empty.
    """

    identify: str = "nameplate"
    readings: str = "p1"
    digits: dict[str, dict[str, str]] = {}
    action: Deed | None = None
    refuses: str = ""
    despite: str = ""
    nobody_home: bool = False


def load_scripts() -> dict[str, Script]:
    """The scripts of the practice day, by visit number."""
    return msgspec.toml.decode(resources.read_text("demo/plan.toml"), type=dict[str, Script])
