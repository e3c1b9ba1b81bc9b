"""Which serial ports may have a P1 cable or an optical head on them: what their makers say.

A `PortInfo` comes in; out comes an `Adapter` with what is known of it. Rule: a USB number tells
the chip and never what hangs on it, so the strongest word here is "could be"; ports that are
something else for certain (Bluetooth, modems, the machine's own) come last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hardware.serial_port import PortInfo


class Chance(StrEnum):
    """How likely a P1 cable is on a port."""

    NAMED = "named"  # the cable's own text says P1 or smart meter
    COULD_BE = "could_be"  # a chip that P1 cables and optical heads are made with
    UNKNOWN = "unknown"  # another USB adapter, or nothing is known
    UNLIKELY = "unlikely"  # a modem, Bluetooth, a port of the machine itself


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is known of what a port is.

    Attributes:
        chip: the maker's family, empty where unknown.
    """

    chance: Chance
    chip: str = ""


def adapter_of(port: PortInfo) -> Adapter:
    """What a port's own texts and USB numbers say."""
    said = f"{port.description} {port.manufacturer}".lower()
    chip = _CHIPS.get(port.usb_id) or _MAKERS.get(port.usb_id[:4], "")
    if not chip:
        chip = next((name for word, name in _WORDS.items() if word in said), "")
    if _CABLE.search(said):
        return Adapter(Chance.NAMED, chip)
    if _ELSE.search(f"{said} {port.device.lower()}"):
        return Adapter(Chance.UNLIKELY, chip)
    if chip:
        return Adapter(Chance.COULD_BE, chip)
    return Adapter(Chance.UNKNOWN if port.usb_id else Chance.UNLIKELY)


def likely_first(ports: list[PortInfo]) -> list[PortInfo]:
    """Those that could be a cable first; else in the order given."""
    order = list(Chance)
    return sorted(ports, key=lambda port: order.index(adapter_of(port).chance))


_CABLE = re.compile(r"\bp1\b|smart ?meter|slimme ?meter|dsmr")
_ELSE = re.compile(
    r"bluetooth|rfcomm|modem|wwan|/dev/ttys\d|/dev/ttyama|active management|gps|gnss"
)

_MAKERS = {
    "0403": "FTDI",
    "067b": "Prolific",
    "10c4": "Silicon Labs",
    "1a86": "WCH",
    "0557": "ATEN",
}
"""USB vendor numbers of the chips in serial adapters."""

_CHIPS = {
    "0403:6001": "FTDI FT232R",
    "0403:6010": "FTDI FT2232",
    "0403:6011": "FTDI FT4232",
    "0403:6014": "FTDI FT232H",
    "0403:6015": "FTDI FT-X",
    "067b:2303": "Prolific PL2303",
    "067b:23a3": "Prolific PL2303GC",
    "067b:23c3": "Prolific PL2303GT",
    "10c4:ea60": "Silicon Labs CP2102",
    "10c4:ea70": "Silicon Labs CP2105",
    "1a86:7523": "WCH CH340",
    "1a86:5523": "WCH CH341",
    "1a86:55d4": "WCH CH9102",
    "04d8:00df": "Microchip MCP2200",
}

_WORDS = {
    "ftdi": "FTDI",
    "ft232": "FTDI",
    "prolific": "Prolific",
    "pl2303": "Prolific PL2303",
    "cp210": "Silicon Labs CP210x",
    "silicon labs": "Silicon Labs",
    "ch340": "WCH CH340",
    "ch341": "WCH CH340",
}
"""Words of drivers that give no USB number."""
