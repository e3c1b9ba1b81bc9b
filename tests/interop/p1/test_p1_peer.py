"""Every telegram that this program can make or was given, beside dsmr-parser.

What the peer decodes, this program decodes to the same. Where it does not decode, or decodes
otherwise, that is one of `KNOWN`, and each of those is really met.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from hardware.p1.builder import frame
from hardware.p1.encrypted import Keys
from hardware.p1.framer import NEED_DATA
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_oddities import ODDITIES
from tests.hardware.p1.conftest import RECORDINGS
from tests.interop.p1.likeness import differences
from tests.interop.p1.peer import SPECIFICATIONS, Peer, running_peer

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]

START = datetime(2026, 10, 24, 22, 58, tzinfo=UTC)
"""Two hours before the clock goes back: the doubled hour is in what is compared."""

STEP = timedelta(minutes=11, seconds=7)
SEEDS = range(12)
KEYS = Keys(bytes(range(16)), bytes(range(16, 32)))

PUBLISHED = {
    "esy5q3da1004_v304.txt": "Q3D",
    "esy5q3db1024_v304.txt": "Q3D",
    "fluvius_v171.txt": "BELGIUM_FLUVIUS",
    "fluvius_v171_alt.txt": "BELGIUM_FLUVIUS",
    "iskra_ie.txt": "ISKRA_IE",
    "unpadded_crc.txt": "V5",
    "v2_2.txt": "V2_2",
    "v3.txt": "V3",
    "v4_2.txt": "V4",
    "v5.txt": "V5",
    "v5_eon_hu.txt": "EON_HUNGARY",
    "v5_two_mbus.txt": "V5",
}

UNREAD = {
    "lower-case-checksum": "it takes only A to F; a meter may send a to f as well",
    "line-feeds": "its lines end with CR LF, so in a recording reduced to LF it finds none",
    "parity-bits": "it takes a 7E1 line read as 8N1 as it is, so no character is a digit",
}
"""Oddities that the peer reads nothing of, and why not."""

LOST = {
    "1-0:1.7.0(ab.cde*kW)": "a number that is none ends the reading of the whole telegram",
    "0-0:96.13.1(3A3B)": "it makes a number of a text code, which ends in the same way",
}
"""Lines of which one costs the peer a telegram of DSMR 3.0, and why."""


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running_peer() as asked:
        yield asked


def ours(octets: bytes, keys: Keys | None = None) -> Telegram:
    stream = TelegramStream(keys)
    stream.feed(octets)
    stream.close()
    while (event := stream.next_event()) is not NEED_DATA:
        if isinstance(event, Telegram):
            return event
    raise AssertionError(f"no telegram in {octets!r}")


def compare(peer: Peer, octets: bytes, specification: str) -> list[str]:
    telegram = ours(octets)
    assert not telegram.errors
    found = peer.values(octets.decode("latin-1"), specification)
    if isinstance(found, str):
        return [found]
    return list(differences(telegram, found)) if found else ["it found nothing"]


@pytest.mark.parametrize("version", SPECIFICATIONS)
def test_simulated_telegrams_are_read_the_same(peer: Peer, version: str) -> None:
    found: Counter[str] = Counter()
    for seed, phases, gas in product(SEEDS, (1, 3), (False, True)):
        meter = P1Meter(MeterSpec(version=version, phases=phases, gas=gas, seed=seed))
        for step in range(12):
            octets = meter.telegram(START + step * STEP)
            found.update(compare(peer, octets, SPECIFICATIONS[version]))
    assert found == Counter()


@pytest.mark.parametrize("version", SPECIFICATIONS)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_odd_telegrams_are_read_the_same(peer: Peer, version: str, oddity: str) -> None:
    meter = P1Meter(MeterSpec(version=version, phases=3))
    found = compare(peer, ODDITIES[oddity](meter.telegram(START)), SPECIFICATIONS[version])
    if oddity not in UNREAD:
        assert found == []


@pytest.mark.parametrize("oddity", UNREAD)
def test_what_the_peer_does_not_read_it_does_not_read_otherwise(
    peer: Peer, oddity: str
) -> None:
    told = []
    for version, specification in SPECIFICATIONS.items():
        octets = ODDITIES[oddity](P1Meter(MeterSpec(version=version)).telegram(START))
        found = peer.values(octets.decode("latin-1"), specification)
        if found and not isinstance(found, str):
            assert list(differences(ours(octets), found)) == []
        else:
            told.append(version)
    assert told


@pytest.mark.parametrize("line", LOST)
def test_one_line_costs_the_peer_a_telegram_and_us_only_itself(peer: Peer, line: str) -> None:
    octets = frame("X", ["1-0:1.8.1(00001.001*kWh)", line], checksum=False)
    assert isinstance(peer.values(octets.decode("latin-1"), "V3"), str)
    telegram = ours(octets)
    assert str(telegram.readings[0].value) == "1.001"
    assert len(telegram.readings) + len(telegram.errors) == 2


@pytest.mark.parametrize(
    ("version", "specification"), [("at", "SAGEMCOM_T210_D_R"), ("lu", "MSN")]
)
def test_sealed_telegrams_are_read_the_same(
    peer: Peer, version: str, specification: str
) -> None:
    for seed in SEEDS:
        meter = P1Meter(MeterSpec(version=version, phases=3, seed=seed, keys=KEYS))
        octets = meter.telegram(START)
        words = (KEYS.encryption_key.hex(), KEYS.authentication_key.hex())
        found = peer.values(octets.hex(), specification, words)
        assert isinstance(found, list), found
        assert list(differences(ours(octets, KEYS), found)) == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_telegrams_are_read_the_same(peer: Peer, name: str) -> None:
    path: Path = RECORDINGS / name
    if not path.exists():
        pytest.skip("no recordings here")
    assert compare(peer, path.read_bytes(), PUBLISHED[name]) == []
