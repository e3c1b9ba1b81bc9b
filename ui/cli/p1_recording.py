"""Reads a recording for `p1 read`, a day of telegrams as well as one.

A file or `-` in; its events to the tally, in constant memory, with a line that says how far it
is where a person looks on. Rule: whatever ends the reading early (a damaged packing, the disk,
the person), all that came before it has been shown whole.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from hardware.drivers.p1 import BinarySource, read_source
from hardware.drivers.p1_recording import Recording, open_recording
from hardware.p1.encrypted import Keys
from ui.cli.output import fail, progress, warn
from ui.cli.p1_tally import Tally

_EVERY = 1000
"""Events between two looks at how far it is."""


def read_recording(source: str, keys: Keys | None, tally: Tally) -> None:
    """Show everything that `source` holds; ends the command where it can't be opened."""
    try:
        _read(source, keys, tally)
    except BrokenPipeError:
        raise
    except OSError as error:
        say = warn if tally.telegrams else fail
        say(f"{source} can't be read: {error.strerror}. Check the name of the source.")
    except KeyboardInterrupt:
        progress("")
        fail(f"Stopped after {tally.telegrams} telegrams; the rest of {source} is unread.")


def _read(source: str, keys: Keys | None, tally: Tally) -> None:
    if source == "-":
        standard_input = cast("BinarySource", sys.stdin.buffer)  # buffered: it has read1
        for event in read_source(standard_input, keys):
            tally.take(event)
        return
    with open_recording(Path(source)) as recording:
        _take_all(recording, keys, tally)
    if recording.damaged:
        warn(f"{source} ends early: its compression is damaged or cut off.")


def _take_all(recording: Recording, keys: Keys | None, tally: Tally) -> None:
    for count, event in enumerate(read_source(recording, keys), 1):
        tally.take(event)
        if count % _EVERY == 0:
            progress(f"{recording.done:4.0%}  {tally.telegrams} telegrams")
    progress("")
