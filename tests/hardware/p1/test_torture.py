import random
import re
import sys
from itertools import islice, pairwise

import pytest

from hardware.p1.cause import Cause
from hardware.p1.dialect import Dialect, dialect_of
from hardware.p1.encrypted import Unsealer
from hardware.p1.framer import Noise, TelegramBytes
from hardware.p1.identity import equipment_id, registers
from hardware.p1.integrity import as_characters
from hardware.p1.telegram import Telegram, TelegramReader, parse
from tests.hardware.p1.frames import events_of
from tests.hardware.p1.spoiling import KEYS, spoiled
from ui.proof.memory import resident_mb

MONTHS = ("0-0:98.1.0",)
"""A line of any number of readings, or none of its own to count by."""

MILLION = 1_000_000
SHORT = 1_500
GROWTH_MB = 8.0
_TITLE_AND_LENGTH, _AROUND = 13, 17


def pieces_of(octets: bytes, chance: random.Random) -> list[bytes]:
    cuts = sorted(chance.randrange(len(octets) + 1) for _ in range(chance.choice((0, 1, 9))))
    return [octets[a:b] for a, b in pairwise([0, *cuts, len(octets)])]


def opened(pieces: list[bytes], unsealer: Unsealer) -> list[TelegramBytes | Noise]:
    return events_of([*(unsealer.feed(piece) for piece in pieces), unsealer.close()])


def size_of(events: list[TelegramBytes | Noise]) -> int:
    return sum(e.size if isinstance(e, Noise) else len(e.raw) for e in events)


def lines_of(raw: bytes) -> list[str]:
    """The data lines of a telegram, found without the parser; those of months left out."""
    text = as_characters(raw).decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    body = re.sub(r"![^!\n]*\n*\Z", "", text).split("\n")[1:]
    return [line for line in body if line and not line.startswith(MONTHS)]


def check(telegram: Telegram, raw: bytes) -> None:
    """Each line is there once; the questions that are asked of a telegram have answers."""
    codes = [str(reading.obis) for reading in telegram.readings]
    told = [code for code in codes if code not in MONTHS]
    told += [code for code in codes if code.endswith(":24.3.0")]  # its second line
    told += [line for line in telegram.unknown if not line.startswith(MONTHS)]
    told += [error.line for error in telegram.errors if not error.line.startswith(MONTHS)]
    assert len(told) == len(lines_of(raw)), raw
    assert dialect_of(telegram) in Dialect
    assert equipment_id(telegram) != ""
    assert len(registers(telegram)) <= len(telegram.readings)


def torture(count: int, seed: int) -> None:
    """No input raises, loses an octet, depends on how it was cut, or leaves memory behind."""
    chance, reader, before = random.Random(seed), TelegramReader(), 0.0
    for at, octets in enumerate(islice(spoiled(seed), count)):
        unsealer = Unsealer(KEYS)
        events = opened(pieces_of(octets, chance), unsealer)
        around = unsealer.opened * (_TITLE_AND_LENGTH + _AROUND)
        assert size_of(events) == len(octets) - around, octets
        if at % 8 == 0:
            assert opened([octets], Unsealer(KEYS)) == events, octets
        for event in events:
            if isinstance(event, Noise):
                assert event.cause in Cause
                continue
            telegram = reader.read(event.raw, event.crc)
            assert telegram == parse(event.raw, event.crc), octets
            check(telegram, event.raw)
        if at == count // 10:
            before = resident_mb()
    assert resident_mb() - before < GROWTH_MB


def test_some_thousand_spoiled_telegrams() -> None:
    torture(SHORT, seed=4)


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_a_million_spoiled_telegrams() -> None:
    torture(MILLION, seed=random.randrange(sys.maxsize))
