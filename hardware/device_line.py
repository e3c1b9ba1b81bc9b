"""Serial devices: which this machine has, and one of them as what the reader thread drives.

In: nothing, or the name of a device or of one of pyserial's own URLs. Out: `PortInfo`, octets,
or one of `FAILURES`, which `serial_port` translates. The only room that imports `serial`. Rule:
nothing here waits longer than `POLL_S`, except opening.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass

import serial
from serial.tools import list_ports as serial_tools

from hardware.port import LineSettings
from hardware.socket_line import POLL_S

_SETTINGS = ("bytesize", "parity", "baudrate")
_REQUEST = ("rts", "dtr")

FAILURES: tuple[type[Exception], ...] = (OSError, TypeError, AttributeError, ValueError)
if sys.platform != "win32":
    import termios

    # pyserial lets this one through when a device goes away while it is set up.
    FAILURES = (*FAILURES, termios.error)


@dataclass(frozen=True, slots=True)
class PortInfo:
    """A serial port of this machine; texts as the driver gives them, empty where it does not.

    Attributes:
        device: the name to open.
        description: what the driver calls it.
        manufacturer: of the adapter.
        serial_number: of the adapter: tells two heads of one make apart.
        usb_id: `vid:pid` in hex, empty for ports that are not USB.
    """

    device: str
    description: str = ""
    manufacturer: str = ""
    serial_number: str = ""
    usb_id: str = ""


def list_ports() -> list[PortInfo]:
    """The serial ports that this machine has now, by device name."""
    found = []
    for port in serial_tools.comports():
        usb_id = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None else ""
        texts = (port.description, port.manufacturer, port.serial_number)
        what, maker, number = ("" if text in {None, "n/a"} else str(text) for text in texts)
        found.append(PortInfo(port.device, what, maker, number, usb_id))
    return sorted(found, key=lambda port: port.device)


class SerialWire:
    """A device, or one of pyserial's own URLs."""

    settable = True

    def __init__(self, name: str) -> None:
        self.paced = False
        self._name = name
        self._serial = serial.Serial()

    def open(self, line: LineSettings) -> None:
        """See `Wire.open`."""
        port = serial.serial_for_url(
            self._name,
            timeout=POLL_S,
            # Zero hands over what fits and returns; pyserial's URLs take it as a deadline.
            write_timeout=None if "://" in self._name else 0,
            exclusive=True,
            do_not_open=True,
        )
        self._serial = port
        self.configure(line)
        port.open()
        self.paced = self._has_line()

    def _has_line(self) -> bool:
        """Whether octets take time to leave: pseudo-terminals have no control lines."""
        if self._name.startswith("rfc2217://"):
            return True
        try:
            return self._serial.cts is not None
        except (OSError, AttributeError):
            return False

    def read(self) -> bytes:
        """See `Wire.read`."""
        first = self._serial.read(1)
        waiting = self._serial.in_waiting if first else 0
        return first + self._serial.read(waiting) if waiting else first

    def write_some(self, data: bytes) -> int:
        """See `Wire.write_some`."""
        return self._serial.write(data) or 0

    def unsent(self) -> int:
        """See `Wire.unsent`."""
        return int(getattr(self._serial, "out_waiting", 0))

    def configure(self, line: LineSettings) -> None:
        """See `Wire.configure`."""
        form = (7, serial.PARITY_EVEN) if line.seven_even else (8, serial.PARITY_NONE)
        # Each setter is a round of its own with a serial server: only what differs.
        for name, value in zip(_SETTINGS, (*form, line.baud), strict=True):
            if getattr(self._serial, name) != value:
                setattr(self._serial, name, value)
        self._hold(line)

    def _hold(self, line: LineSettings) -> None:
        """RTS and DTR, which a pseudo-terminal does not have; before opening they only wait."""
        for name in _REQUEST:
            if getattr(self._serial, name) == line.request:
                continue
            with suppress(OSError):
                setattr(self._serial, name, line.request)

    def wake(self) -> None:
        """See `Wire.wake`."""
        cancel = getattr(self._serial, "cancel_read", None)
        if cancel is not None:
            cancel()

    def close(self) -> None:
        """See `Wire.close`."""
        self._serial.close()
