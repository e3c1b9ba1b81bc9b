from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.server.recovery_file import KeyFileFault, PrivateHalf, read, write


def test_the_private_half_comes_back_and_is_never_written_over(tmp_path: Path) -> None:
    half, file = PrivateHalf.new("O1"), tmp_path / "recovery.key"
    write(file, half)
    assert read(file) == half
    assert file.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    with pytest.raises(KeyFileFault, match="can't be made"):
        write(file, PrivateHalf.new("O1"))
    assert read(file) == half
    assert str(half.seed) not in repr(half)


def test_a_private_half_behind_a_passphrase(tmp_path: Path) -> None:
    half, file = PrivateHalf.new("O1"), tmp_path / "recovery.key"
    write(file, half, "correct horse")
    assert read(file, "correct horse") == half
    for typed in ("", "incorrect horse"):
        with pytest.raises(KeyFileFault, match="passphrase"):
            read(file, typed)


@given(st.binary(max_size=300))
def test_any_file_is_a_private_half_or_a_named_fault(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.key"
    file.write_bytes(body)
    with pytest.raises(KeyFileFault):
        read(file)
