"""Inside the worker's process: jobs come in over standard input, answers go out.

Started as `python -m ui.worker.inside` by `ui.worker.process`, a fresh interpreter on every
system. In come calls, out go pairs of kind and value, each a pickle inside a pickle, so that
one that can't be read spoils no other. Rule: it ends at once when its input ends, whatever it
is doing, so that it never outlives the window, however that ended; what a job prints goes
nowhere.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import BinaryIO

STEP, DONE, FAILED = "step", "done", "failed"
"""An answer: something yielded, what was returned, what was raised."""

_LESS = 5
"""How much a job gives way to the window where both want the processor."""


def main() -> None:
    """Do one job after the other until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the window's
    if sys.platform != "win32":
        os.nice(_LESS)
    calls: SimpleQueue[bytes] = SimpleQueue()
    answers = _only_line()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, calls), daemon=True).start()
    while True:
        answer(calls.get(), lambda said: _write(answers, said))


def load(*modules: str) -> None:
    """The job of warming up: import these."""
    for module in modules:
        importlib.import_module(module)


def answer(call: bytes, say: Callable[[bytes], None]) -> None:
    """Do a call; every error is the caller's."""
    try:
        job: Callable[[], object] = pickle.loads(call)
        found = job()
        if isinstance(found, Generator):
            found = _followed(found, say)
        said = pickle.dumps((DONE, found), pickle.HIGHEST_PROTOCOL)
    except Exception as e:  # noqa: BLE001 - raised again where the job was asked for
        said = _packed(e)
    say(said)


def _followed(steps: Generator[object, None, object], say: Callable[[bytes], None]) -> object:
    try:
        while True:
            say(pickle.dumps((STEP, next(steps)), pickle.HIGHEST_PROTOCOL))
    except StopIteration as end:
        return end.value


def _packed(error: Exception) -> bytes:
    """An error as its kind and its data, or its kind's name alone where they can't travel."""
    try:
        return pickle.dumps((FAILED, (type(error), error.args, vars(error))))
    except Exception:  # noqa: BLE001 - whatever its data raise when they are pickled
        return pickle.dumps((FAILED, (RuntimeError, (type(error).__name__,), {})))


def unpacked(
    kind: type[Exception], args: tuple[object, ...], data: dict[str, object]
) -> Exception:
    """The error again, on the other side, without its constructor, which may ask for more."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(data)
    return error


def _only_line() -> BinaryIO:
    """Standard output for answers alone."""
    own = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    return own


def _listen(line: BinaryIO, calls: SimpleQueue[bytes]) -> None:
    """Take in calls until there is nobody to make any."""
    while True:
        try:
            calls.put(pickle.load(line))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)


def _write(line: BinaryIO, said: bytes) -> None:
    try:
        pickle.dump(said, line, pickle.HIGHEST_PROTOCOL)
        line.flush()
    except OSError:
        os._exit(0)


if __name__ == "__main__":
    main()
