"""The program as a user runs it: whole commands, and services that run meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass
class Said:
    status: int
    lines: list[dict[str, Any]]
    out: str
    err: str


def fieldapp(*words: str, data: Path | None = None, timeout_s: float = 110) -> Said:
    environment = os.environ | ({"FIELDAPP_DATA": str(data)} if data else {})
    done = subprocess.run(
        [sys.executable, "-m", "ui.command", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return Said(done.returncode, lines, done.stdout, done.stderr)


@dataclass
class Service:
    process: subprocess.Popen[str]
    ready: str


class Services:
    """Long-running commands (`server`, `simulate`), all ended when the test ends."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> Service:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.command", *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._running.append(process)
        assert process.stdout is not None
        return Service(process, json.loads(process.stdout.readline())["ready"])

    def end(self) -> None:
        for process in self._running:
            process.terminate()
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()
