import gzip
import json
import os
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import typer
import zstandard
from typer.testing import CliRunner

from tests.hardware.p1.conftest import RECORDINGS, path_name
from ui.cli.p1 import p1_app
from ui.proof.p1_telegrams import mixed

runner = CliRunner()
app = typer.Typer()
app.add_typer(p1_app, name="p1")
TELEGRAMS = list(mixed(60))
WHOLE = b"".join(TELEGRAMS)
PROGRAM = (sys.executable, "-m", "ui.cli.main", "p1", "read", "--json")
LINE = re.compile(r"(\d+-\d+:\d+\.\d+\.\d+)(?:\*255)?(\(.*\))")
NUMBER = re.compile(r"\((-?\d+(?:\.\d+)?)(?:\*([^()*]+))?\)")


def read(path: Path) -> tuple[int, list[dict[str, object]], str]:
    done = runner.invoke(app, ["p1", "read", str(path), "--json"])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize(
    "packed",
    [
        WHOLE,
        gzip.compress(WHOLE),
        zstandard.compress(WHOLE),
        gzip.compress(TELEGRAMS[0]) + gzip.compress(b"".join(TELEGRAMS[1:])),
        zstandard.compress(TELEGRAMS[0]) + zstandard.compress(b"".join(TELEGRAMS[1:])),
    ],
    ids=["plain", "gzip", "zstandard", "two gzips", "two zstandards"],
)
def test_a_recording_may_be_packed(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "any.name"
    path.write_bytes(packed)
    status, found, err = read(path)
    assert (status, err) == (0, "")
    assert [each["crc"] for each in found] == ["ok"] * len(TELEGRAMS)


def zstandard_as_it_grows() -> bytes:
    """As a recorder packs that writes down each telegram at once."""
    packer = zstandard.ZstdCompressor().compressobj()
    blocks = (
        packer.compress(one) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        for one in TELEGRAMS
    )
    return b"".join(blocks) + packer.flush()


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(WHOLE, compresslevel=0), zstandard_as_it_grows()],
    ids=["gzip", "zstandard"],
)
def test_a_damaged_packing_costs_only_what_stands_behind_the_damage(
    tmp_path: Path, packed: bytes
) -> None:
    path = tmp_path / "cut"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    status, found, err = read(path)
    assert status == 0
    assert sum(each["kind"] == "telegram" for each in found) >= len(TELEGRAMS) // 2 - 1
    assert err.splitlines() == [
        f"{path} ends early: its compression is damaged or cut off.",
    ]


@pytest.mark.parametrize("behind", [1, 3, 8, 40])
def test_a_packing_without_its_end_says_so_also_where_no_telegram_is_missing(
    tmp_path: Path, behind: int
) -> None:
    first, second = zstandard.compress(WHOLE), zstandard_as_it_grows()
    path = tmp_path / "cut.zst"
    for packed in (second[:-behind], first + second[:behind]):
        path.write_bytes(packed)
        status, found, err = read(path)
        assert status == 0
        assert "ends early" in err
        telegrams = sum(each["kind"] == "telegram" for each in found)
        assert telegrams >= len(TELEGRAMS) - 1


def test_what_stands_behind_a_packing_is_said_not_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "more.zst"
    path.write_bytes(zstandard.compress(WHOLE) + b"and more")
    status, found, err = read(path)
    assert (status, len(found)) == (0, len(TELEGRAMS))
    assert "ends early" in err


if sys.platform != "win32":  # there are no pseudo-terminals

    def test_a_long_recording_says_how_far_it_is_to_who_looks_on(tmp_path: Path) -> None:
        path = tmp_path / "long"
        path.write_bytes(WHOLE * 40)
        watcher, terminal = os.openpty()
        with subprocess.Popen([*PROGRAM, str(path)], stdout=-1, stderr=terminal) as process:
            os.close(terminal)
            out, _ = process.communicate()
        shown = os.read(watcher, 65536).decode()
        os.close(watcher)
        assert out.count(b"\n") == len(TELEGRAMS) * 40
        assert re.search(r"\r\x1b\[K +\d+%  1000 telegrams", shown)
        assert "2000 telegrams" in shown
        assert shown.endswith("\r\x1b[K")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_reading_that_is_interrupted_has_shown_whole_lines() -> None:
    with subprocess.Popen([*PROGRAM, "-"], stdin=-1, stdout=-1, stderr=-1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(TELEGRAMS[0])
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate()
    assert json.loads(first)["crc"] == "ok"
    assert rest == b""
    assert process.returncode == 1
    assert err.decode().splitlines() == ["Stopped after 1 telegrams; the rest of - is unread."]


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is told otherwise")
def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(WHOLE * 20)
    with subprocess.Popen([*PROGRAM, str(path)], stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.txt")), ids=path_name)
def test_published_telegrams_come_out_whole(path: Path) -> None:
    """Each line once, each number as it was published: its digits, its unit."""
    status, found, err = read(path)
    assert (status, err) == (0, "")
    telegram = next(each for each in found if each["kind"] == "telegram")
    assert (telegram["unknown"], telegram["errors"]) == ([], [])
    readings: dict[str, list[tuple[object, object]]] = {}
    for reading in telegram["readings"]:  # type: ignore[attr-defined]  # an object of JSON
        readings.setdefault(reading["obis"], []).append((reading["value"], reading["unit"]))
    published = [LINE.fullmatch(line) for line in path.read_text("latin-1").splitlines()]
    lines = [line for line in published if line is not None]
    assert {line[1] for line in lines} == readings.keys()
    for line in lines:
        for digits, unit in NUMBER.findall(line[2]):
            if unit and line[1] != "1-0:99.97.0":
                assert (str(Decimal(digits)), unit) in readings[line[1]]
