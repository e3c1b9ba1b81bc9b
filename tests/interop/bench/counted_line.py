"""What the peers' bench children share: the job that comes in, a counted line, figures out.

Run by the peers' own interpreter, which has nothing of this program. In comes one JSON line on
standard input, out comes one JSON line a task. Rule: a round trip is counted as our own client
counts it, when something comes after something was sent.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_PATIENCE_S = 20.0


class CountedLine:
    """A TCP connection that counts; the shape of an `IoImplementation` of dlms-cosem."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), _PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self._asked = False
        self.octets = 0
        self.round_trips = 0

    def send(self, data: bytes) -> None:
        """Put octets on the line."""
        self._socket.sendall(bytes(data))
        self.octets += len(data)
        self._asked = True

    def receive(self) -> bytes:
        """What came, at least one octet."""
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("closed by the meter")
        self.octets += len(data)
        self.round_trips += self._asked
        self._asked = False
        return data

    def recv(self, amount: int = 1) -> bytes:
        """Exactly `amount` octets."""
        while len(self._held) < amount:
            self._held += self.receive()
        data, self._held = self._held[:amount], self._held[amount:]
        return data

    def recv_until(self, end: bytes) -> bytes:
        """Octets up to and with `end`."""
        data = b""
        while not data.endswith(end):
            data += self.recv()
        return data

    def connect(self) -> None:
        """Connected from the start."""

    def disconnect(self) -> None:
        """Close."""
        self._socket.close()


@dataclass(frozen=True)
class Job:
    """What is to be read, and as whom; keys are octets."""

    host: str
    port: int
    auth: str
    keys: dict[str, bytes]
    counter: int
    max_info: int
    targets: list[tuple[int, str, int]]


def job() -> Job:
    """The job from standard input."""
    words: dict[str, Any] = json.loads(sys.stdin.readline())
    return Job(
        words["host"],
        words["port"],
        words["auth"],
        {name: bytes.fromhex(key) for name, key in words["keys"].items()},
        words["counter"],
        words["max_info"],
        [(class_id, obis, attribute) for class_id, obis, attribute in words["targets"]],
    )


def timed(task: str, line: CountedLine, work: Callable[[], object]) -> bool:
    """Do it and tell what it took; an error is told too, and ends the bench of this peer."""
    octets, round_trips, began = line.octets, line.round_trips, time.perf_counter()
    figures: dict[str, object] = {"task": task}
    try:
        work()
    except Exception as e:  # noqa: BLE001 - whatever a peer raises is its figure
        figures["error"] = f"{type(e).__name__}: {e}"[:200]
    figures["seconds"] = round(time.perf_counter() - began, 3)
    figures["bytes"] = line.octets - octets
    figures["round_trips"] = line.round_trips - round_trips
    sys.__stdout__.write(json.dumps(figures) + "\n")  # type: ignore[union-attr]  # a pipe here
    sys.__stdout__.flush()  # type: ignore[union-attr]  # a pipe here
    return "error" not in figures
