"""A person at the window: real X server, real pointer, the practice day's first visit."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.programs import ROOT, fieldapp

PATIENCE_S = 60.0
TURNS = 200
MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.timeout(240),
]


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """The environment of an X server of this test's own, 1366 by 768."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    display = f":{server.stdout.readline().strip()}"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    try:
        tried = subprocess.run(
            [sys.executable, "-c", PROBE], env=environment, check=False, capture_output=True
        )
        if tried.returncode != 0:
            pytest.skip("Qt's X11 libraries are not installed (libxcb-cursor0 and others)")
        yield environment
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


@dataclass
class Person:
    """Looks at the screen, moves the pointer, clicks; nothing else."""

    screen: dict[str, str]
    process: subprocess.Popen[str]
    said: queue.Queue[str] = field(default_factory=queue.Queue)
    pressed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.put(line)

    def look(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write("look\n")
        self.process.stdin.flush()
        while True:
            line = self.said.get(timeout=PATIENCE_S)
            seen = json.loads(line) if line.startswith("{") else {}
            if seen.get("kind") == "seen":
                return dict(seen)

    def ready(self, name: str = "") -> dict[str, Any]:
        """Look until something can be pressed, by this name if one is given."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            seen = self.look()
            primary = seen["primary"]
            can = primary is not None and primary["enabled"] and not seen["busy"]
            if can and name in {"", primary["name"]}:
                return seen
            self.wait()
        raise AssertionError(f"nothing can be pressed: {seen}")

    def move(self, *words: object) -> None:
        spoken = [str(word) for word in words]
        subprocess.run(["xdotool", *spoken], env=self.screen, check=True)

    def click(self, thing: dict[str, Any]) -> None:
        self.pressed.append(thing["name"])
        self.move("mousemove", thing["x"], thing["y"], "click", 1)
        self.wait()

    def go_on(self, seen: dict[str, Any]) -> None:
        """Press the primary button, and wait until the screen is another."""
        before = (seen["page"], seen["state"], seen["action"], seen["primary"]["name"])
        self.click(seen["primary"])
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            now = self.ready()
            if (now["page"], now["state"], now["action"], now["primary"]["name"]) != before:
                return
            self.wait()
        raise AssertionError(f"pressing changes nothing: {before}")

    def answer(self, seen: dict[str, Any]) -> bool:
        """Each question of the risk analysis with yes; False when none is on the screen."""
        answers = [thing for thing in seen["things"] if thing["name"] == "ja"]
        for answer in answers:
            if not answer["checked"]:
                self.click(answer)
        return bool(answers)

    def sign(self, seen: dict[str, Any]) -> bool:
        """A stroke over the pad; False when there is none on the screen."""
        pads = [thing for thing in seen["things"] if thing["kind"] == "SignaturePad"]
        if not pads:
            return False
        pad = pads[0]
        stroke: list[object] = ["mousemove", pad["x"] - 100, pad["y"], "mousedown", 1]
        for step in range(-80, 120, 20):
            stroke += ["mousemove", pad["x"] + step, pad["y"] + step * 7 % 40 - 20]
        self.move(*stroke, "mouseup", 1)
        self.wait()
        return True

    @staticmethod
    def wait() -> None:
        """A person's pace; what is waited for is always looked at again."""
        threading.Event().wait(0.05)


@pytest.fixture
def person(screen: dict[str, str], tmp_path: Path) -> Iterator[Person]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.journeys.window_eye",
            "demo",
            "--json",
            "--keep",
            str(tmp_path / "day"),
        ],
        cwd=ROOT,
        env={**screen, "PYTHONUNBUFFERED": "1", "LANG": "nl_NL.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    made = Person(screen, process)
    try:
        yield made
    finally:
        process.terminate()
        process.wait(30)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def test_a_visit_from_the_road_to_its_end_by_clicks_only(
    person: Person, tmp_path: Path
) -> None:
    first = person.ready("Op weg")
    assert first["page"] == "today"
    by_hand = {"answer_lmra": person.answer, "sign": person.sign}
    seen, ended = first, False
    for _ in range(TURNS):
        if ended := seen["state"] in {"done", "not_done"}:
            break
        answer = by_hand.get(seen["action"])
        if answer is None or answer(seen):
            person.go_on(person.ready())
        person.wait()
        seen = person.ready()
    assert ended, person.pressed
    assert seen["state"] == "done"
    assert person.pressed[-1] == "Bezoek afsluiten"
    assert "Schrijven en teruglezen" in person.pressed
    person.process.terminate()
    person.process.wait(30)
    _held_by_the_laptop(tmp_path / "day" / "laptop")


def _held_by_the_laptop(folder: Path) -> None:
    """What the clicks left behind: the visit is done, by the program's own listing."""
    day = fieldapp("day", "--json", data=folder)
    assert day.status == 0, day.err
    assert [row["state"] for row in day.lines if row["number"] == "V-1001"] == ["done"]
