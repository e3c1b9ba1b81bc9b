"""The import contracts catch what they are for: one planted violation each, all caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("fieldapp", "hardware", "sync", "ui", "resources")
PLANTED = {
    "Four floors, one staircase": ("hardware/values.py", "import fieldapp.errors"),
    "fieldapp: work over store over domain": (
        "fieldapp/domain/reading.py",
        "import fieldapp.store.database",
    ),
    "hardware: drivers over pump over protocols over values": (
        "hardware/hdlc/frames.py",
        "import hardware.iec62056.messages",
    ),
    "sync: client and server meet only in the wire": (
        "sync/client/push.py",
        "import sync.server.app",
    ),
    "ui: app over views and wiring over presenters": (
        "ui/presenters/day.py",
        "import ui.wiring",
    ),
    "Qt stays behind the glass: only ui.app and ui.views": (
        "ui/presenters/sync.py",
        "import PySide6.QtCore",
    ),
    "sync touches only the store and the domain; the server not even the store": (
        "sync/client/pull.py",
        "import fieldapp.work.visit",
    ),
    "The server side never reads the device's store": (
        "sync/server/ledger.py",
        "import fieldapp.store.orders",
    ),
    "domain and store know no meters": ("fieldapp/store/orders.py", "import hardware.values"),
    "Protocol rooms and the domain do no IO and keep no clock": (
        "hardware/p1/telegram.py",
        "import socket",
    ),
    "One door for serial": ("hardware/pump.py", "import serial"),
    "One door for requests": ("sync/client/engine.py", "import requests"),
    "SQL only in the two stores": ("fieldapp/work/visit.py", "import sqlalchemy"),
    "Presenters do not know each other; wiring introduces them": (
        "ui/presenters/visit.py",
        "import ui.presenters.metering",
    ),
    "One door for bar codes": ("ui/views/visit_pictures.py", "import zxingcpp"),
    "One door for cryptography": ("sync/client/http.py", "import cryptography"),
    "One door for S3": ("sync/server/files.py", "import boto3"),
    "One door for each engine of the stores": ("fieldapp/settings.py", "import sqlcipher3"),
    "No cycles between siblings anywhere": (
        "fieldapp/domain/preference.py",
        "import fieldapp.domain.work_order",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    house = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, house / package)
    shutil.copy(ROOT / "pyproject.toml", house)
    for place, line in PLANTED.values():
        path = house / place
        path.write_text(path.read_text() + f"\n{line}\n")
    return lint(house).stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_violation_is_caught(verdict: str, contract: str) -> None:
    broken = [line for line in verdict.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), verdict[:3000]
