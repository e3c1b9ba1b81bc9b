"""Jobs for a worker in tests: what a process beside can be asked for, and how it can end."""

import os
import sys
from collections.abc import Generator
from itertools import count
from pathlib import Path

from hardware.errors import PortGone


def double(number: int) -> int:
    return 2 * number


def octets(size: int) -> bytes:
    return bytes(size)


def size_of(data: bytes) -> int:
    return len(data)


def whoami() -> int:
    return os.getpid()


def loaded(module: str) -> bool:
    return module in sys.modules


def noisy() -> int:
    sys.stdout.write("this must not reach the pipe")
    return 7


def refuse() -> None:
    raise PortGone("port", "because")


class OddError(Exception):
    """Can't be made from its own args."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("odd")
        self.sum = one + two


def refuse_oddly() -> None:
    raise OddError(1, 2)


def refuse_with_a_lambda() -> None:
    raise ValueError(lambda: None)


def lose_a_file() -> None:
    Path("/nonexistent/file").read_bytes()


def give_a_lambda() -> object:
    return lambda: None


def die() -> None:
    os._exit(3)


def count_to(last: int) -> Generator[int, None, str]:
    yield from range(last)
    return "counted"


def never_end() -> Generator[int, None, None]:
    """Yields its process first."""
    yield os.getpid()
    yield from count()


def spin(fifo: str) -> None:
    """Tell its process, then look at nothing and never end."""
    Path(fifo).write_text(f"{os.getpid()}")
    for _ in count():
        pass
