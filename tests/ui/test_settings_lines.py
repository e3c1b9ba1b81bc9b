"""Where customer ports were heard, kept with the settings."""

from __future__ import annotations

from pathlib import Path

from fieldapp.settings import Settings, load, save
from hardware.port import LineSettings
from ui.wiring import Laptop

OLD = LineSettings(9600)


def test_lines_are_kept_by_port_and_only_the_latest(tmp_path: Path) -> None:
    kept = Settings().with_line("COM4", OLD)
    for number in range(25):
        kept = kept.with_line(f"COM{number + 10}", LineSettings(request=False))
    kept = kept.with_line("COM34", OLD)
    save(tmp_path, kept)
    again = load(tmp_path)
    assert again.line_of("COM34") == OLD
    assert again.line_of("COM33") == LineSettings(115200, request=False)
    assert again.line_of("COM4") is None
    assert len(again.lines) == 20
    assert Settings(lines={"COM4": "fast"}).line_of("COM4") is None


async def test_a_laptop_remembers_where_a_port_was_heard(laptop: Laptop) -> None:
    tools = laptop._outside.tools
    assert tools.known_line("COM4") is None
    tools.keep_line("COM4", OLD)
    tools.keep_line("COM4", OLD)
    assert tools.known_line("COM4") == OLD
    assert load(laptop.folder).line_of("COM4") == OLD


async def test_settings_that_can_not_be_written_stop_nothing(laptop: Laptop) -> None:
    (laptop.folder / "settings.json.part").mkdir()
    laptop._outside.tools.keep_line("COM4", OLD)
    assert laptop.settings.line_of("COM4") == OLD
