from __future__ import annotations

import pytest

from hardware.adapters import Adapter, Chance, adapter_of, likely_first
from hardware.serial_port import PortInfo


@pytest.mark.parametrize(
    ("port", "adapter"),
    [
        (
            PortInfo("/dev/ttyUSB0", "FT232R USB UART", "FTDI", "A1", "0403:6001"),
            Adapter(Chance.COULD_BE, "FTDI FT232R"),
        ),
        (PortInfo("COM3", "USB Serial Port (COM3)", "FTDI"), Adapter(Chance.COULD_BE, "FTDI")),
        (PortInfo("COM4", "", "", "", "067b:9999"), Adapter(Chance.COULD_BE, "Prolific")),
        (
            PortInfo("/dev/ttyUSB1", "USB2.0-Serial", "", "", "1a86:7523"),
            Adapter(Chance.COULD_BE, "WCH CH340"),
        ),
        (
            PortInfo("COM5", "Silicon Labs CP210x USB to UART Bridge (COM5)"),
            Adapter(Chance.COULD_BE, "Silicon Labs CP210x"),
        ),
        (PortInfo("COM6", "P1 cable", "FTDI"), Adapter(Chance.NAMED, "FTDI")),
        (PortInfo("COM7", "Slimme meter kabel"), Adapter(Chance.NAMED)),
        (PortInfo("/dev/ttyACM0", "Arduino", "", "", "2341:0043"), Adapter(Chance.UNKNOWN)),
        (PortInfo("/dev/ttyS0", "ttyS0"), Adapter(Chance.UNLIKELY)),
        (
            PortInfo("COM8", "Standard Serial over Bluetooth link (COM8)"),
            Adapter(Chance.UNLIKELY),
        ),
        (PortInfo("COM1", "Communications Port (COM1)"), Adapter(Chance.UNLIKELY)),
    ],
)
def test_what_a_port_says_of_itself(port: PortInfo, adapter: Adapter) -> None:
    assert adapter_of(port) == adapter


def test_likely_ports_come_first_and_keep_their_order() -> None:
    ports = [
        PortInfo("COM1"),
        PortInfo("COM4", "", "FTDI"),
        PortInfo("COM5", "P1 cable"),
        PortInfo("COM6", "", "FTDI"),
    ]
    assert [port.device for port in likely_first(ports)] == ["COM5", "COM4", "COM6", "COM1"]
