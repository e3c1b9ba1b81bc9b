from pathlib import Path

from fieldapp import settings
from fieldapp.settings import Settings
from fieldapp.work.heads import MAX_HEADS, Heads
from fieldapp.work.meter_types import MAX_TYPES, MeterTypes
from fieldapp.work.tools import Tools
from hardware.errors import PortGone
from hardware.port import Port
from hardware.serial_port import PortInfo

HEAD = PortInfo("/dev/ttyUSB0", serial_number="A9", usb_id="0403:6001")


class Laptop:
    """The settings of a laptop, on disk."""

    def __init__(self, folder: Path, *ports: PortInfo) -> None:
        self.folder = folder
        self.ports = list(ports)
        self.writes = 0

    def keep(self, kept: Settings) -> None:
        self.writes += 1
        settings.save(self.folder, kept)

    def heads(self) -> Heads:
        return Heads(lambda: settings.load(self.folder), self.keep, lambda: self.ports)


def test_a_head_is_known_after_the_next_start(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    assert laptop.heads().recall("COM4") == ""
    laptop.heads().keep("COM4", "mode-e 9600 2030")
    assert laptop.heads().recall("COM4") == "mode-e 9600 2030"
    assert laptop.heads().recall("COM5") == ""


def test_a_head_is_known_in_another_socket(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path, HEAD)
    laptop.heads().keep("/dev/ttyUSB0", "mode-e 300 2030")
    laptop.ports = [PortInfo("/dev/ttyUSB7", serial_number="A9", usb_id="0403:6001")]
    assert laptop.heads().recall("/dev/ttyUSB7") == "mode-e 300 2030"
    assert laptop.heads().recall("/dev/ttyUSB0") == ""


def test_what_stays_the_same_is_not_written_again(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    for _ in range(3):
        laptop.heads().keep("COM4", "hdlc 9600 128")
    assert laptop.writes == 1


def test_other_settings_stay_and_old_heads_go(tmp_path: Path) -> None:
    settings.save(tmp_path, Settings(language="nl"))
    laptop = Laptop(tmp_path)
    for number in range(MAX_HEADS + 3):
        laptop.heads().keep(f"COM{number}", "hdlc 9600 128")
    kept = settings.load(tmp_path)
    assert kept.language == "nl"
    assert len(kept.heads) == MAX_HEADS
    assert "COM2" not in kept.heads
    assert "COM3" in kept.heads


def test_a_full_disk_forgets_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    laptop = Laptop(tmp_path / "file" / "folder")
    laptop.heads().keep("COM4", "hdlc 9600 128")
    assert laptop.heads().recall("COM4") == ""
    types = MeterTypes(tmp_path / "file" / "folder")
    types.keep("E0044", "1-0:1.8.0=00")
    assert types.recall("E0044") == ""


def test_makes_of_meters_are_known_after_the_next_start(tmp_path: Path) -> None:
    for number in range(MAX_TYPES + 2):
        MeterTypes(tmp_path / "data").keep(f"E{number:04}", f"words {number}")
    types = MeterTypes(tmp_path / "data")
    assert types.recall("E0001") == ""
    assert types.recall("E0002") == "words 2"
    assert types.recall(f"E{MAX_TYPES + 1:04}") == f"words {MAX_TYPES + 1}"


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "meter-types.json").write_bytes(b'{"E0044": 7}')
    types = MeterTypes(tmp_path)
    assert types.recall("E0044") == ""
    types.keep("E0044", "words")
    assert types.recall("E0044") == "words"


async def no_port(name: str) -> Port:
    raise PortGone(name)


async def test_every_contact_is_given_what_the_laptop_knows(tmp_path: Path) -> None:
    heads, types = Laptop(tmp_path).heads(), MeterTypes(tmp_path)
    tools = Tools(no_port, heads=heads, meter_types=types)
    reach = await tools.reach("E0044007382246019")
    assert (reach.heads, reach.constants) == (heads, types)
    assert (await Tools(no_port).reach("E0044007382246019")).heads.recall("COM4") == ""
