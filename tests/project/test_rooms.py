"""The house keeps its size and its names: small rooms, each with a noun of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("fieldapp", "hardware", "sync", "ui")
MAX_LINES = 350
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}


def modules() -> list[Path]:
    return [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]


def layers_of(contract_id: str) -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(c for c in contracts["contracts"] if c["id"] == contract_id)
    return {room.strip(" ()") for layer in contract["layers"] for room in layer.split("|")}


def test_rooms_are_small() -> None:
    crowded = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in [*modules(), *(ROOT / "tests").rglob("*.py")]
        if len(path.read_text().splitlines()) > MAX_LINES
    }
    assert not crowded


def test_rooms_have_names_of_their_own() -> None:
    assert not [path for path in modules() if path.stem in NAMELESS]


def test_every_room_stands_in_a_layer() -> None:
    known = set().union(
        *(layers_of(c) for c in ("fieldapp-rooms", "hardware-rooms", "sync-sides", "ui-rooms"))
    )
    rooms = {
        f"{floor}.{child.stem}"
        for floor in FLOORS
        for child in (ROOT / floor).iterdir()
        if (child.suffix == ".py" or (child / "__init__.py").exists())
        and child.stem not in {"__init__", "__pycache__"}
    }
    assert rooms == known
