"""dsmr-parser in its own environment, asked over JSON lines what it makes of a telegram."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from ui.cli.bench.p1 import PEER

SPECIFICATIONS = {
    "2.2": "V2_2",
    "3.0": "V3",
    "4.0": "V4",
    "4.2": "V4",
    "5.0": "V5",
    "be": "BELGIUM_FLUVIUS",
    "lu": "LUXEMBOURG_SMARTY",
    "se": "SWEDEN",
    "hu": "EON_HUNGARY",
    "ie": "ISKRA_IE",
    "de": "Q3D",
    "heat": "V5",
}
"""What the peer calls the simulated versions; `at` it reads only sealed."""


class Peer:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def values(
        self, telegram: str, specification: str, keys: tuple[str, str] | None = None
    ) -> list[dict[str, Any]] | str:
        """The objects that it finds, or what it raised."""
        question = {
            "telegram": telegram,
            "specification": specification,
            "keys": keys or (),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        found: list[dict[str, Any]] | str = answer.get("objects", answer.get("error"))
        return found


@contextmanager
def running_peer() -> Iterator[Peer]:
    script = find_spec("ui.proof.p1_peer")
    assert script is not None
    assert script.origin is not None
    with subprocess.Popen(
        [str(PEER), script.origin, "{}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.terminate()
