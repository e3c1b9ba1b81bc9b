"""Whether the peer and this program read the same in a telegram.

The peer's objects and our readings in; one line for each difference out. The peer names lines
by patterns and leaves octets of text as they are printed; so its pattern finds our reading, and
a text counts as the same where its octets are.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hardware.p1.lines import MONTH_PEAK
from hardware.p1.telegram import Reading, Telegram

Values = list[list[Any]]
"""Of one object of the peer: value and unit, as often as its line has brackets."""


def differences(telegram: Telegram, objects: list[dict[str, Any]]) -> Iterator[str]:
    for found in objects:
        line = found["line"].removeprefix("^").split(".+?")[0]
        ours = [
            reading
            for reading in telegram.readings
            if [reading.obis.a, reading.obis.b] == found["code"]
            and re.fullmatch(line, str(reading.obis))
        ]
        if not any(_same(ours, at, found["values"]) for at in range(len(ours))):
            yield f"{found['name']}: {[r.value for r in ours]} and {found['values']}"


def _same(ours: list[Reading], at: int, theirs: Values) -> bool:
    reading = ours[at]
    if isinstance(reading.value, tuple):
        log = [_moment(end) for (end, _) in theirs[2::2]]
        durations = [duration for (duration, _) in theirs[3::2]]
        return [(out.end, out.duration_s) for out in reading.value] == list(
            zip(log, durations, strict=True)
        )
    if reading.name == "telegram_time":
        return _moment(theirs[0][0]) == reading.time
    if any(later.name == MONTH_PEAK for later in ours):
        return any(_same_month(pair, theirs) for pair in pairwise(ours))
    if isinstance(reading.value, str):
        return _same_text(reading.value, theirs[0][0])
    return _same_number(reading, theirs)


def _same_number(reading: Reading, theirs: Values) -> bool:
    time = _moment(theirs[0][0]) if len(theirs) > 1 else None
    number, unit = theirs[-1]
    if len(theirs) == 7:
        unit = theirs[5][0]
    exact = str(Decimal(str(number))) == str(reading.value)
    return exact and (unit or "") == reading.unit and time == reading.time


def _same_month(pair: tuple[Reading, Reading], theirs: Values) -> bool:
    end, peak = pair
    month, *rest = theirs
    return _moment(month[0]) == end.time and _same_number(peak, rest)


def _same_text(ours: str, theirs: object) -> bool:
    """A text code is a number for the peer, without the zeros in front."""
    octets = ours.encode("latin-1").hex().upper()
    if isinstance(theirs, int):
        return octets.lstrip("0") == str(theirs) or ours.lstrip("0") == str(theirs)
    return (theirs or "") in {ours, octets}


def _moment(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
