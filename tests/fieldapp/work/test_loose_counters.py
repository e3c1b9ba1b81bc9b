from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldapp.domain.counters import LIMIT
from fieldapp.errors import CounterExhausted, StoreCorrupt, StoreError, StoreLocked
from fieldapp.store.lock import StoreLock
from fieldapp.work.loose_counters import FILE, LooseCounters


async def test_counters_follow_each_other_in_each_scope(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert await LooseCounters(folder).reserve("a", 10) == 0
    assert await LooseCounters(folder).reserve("a", 10, above=3) == 10
    assert await LooseCounters(folder).reserve("b", 10, above=99) == 100
    assert await LooseCounters(folder).reserve("b", 1) == 110
    assert json.loads((folder / FILE).read_bytes()) == {"a": 20, "b": 111}


async def test_they_end_where_the_wire_ends(tmp_path: Path) -> None:
    counters = LooseCounters(tmp_path)
    with pytest.raises(CounterExhausted):
        await counters.reserve("a", 2, above=LIMIT - 2)
    assert await counters.reserve("a", 1, above=LIMIT - 2) == LIMIT - 1


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": "x"}', b"\xff"])
async def test_a_damaged_file_is_not_begun_anew(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreCorrupt):
        await LooseCounters(tmp_path).reserve("a", 1)
    assert (tmp_path / FILE).read_bytes() == content


async def test_two_programs_do_not_reserve_at_once(tmp_path: Path) -> None:
    held = StoreLock((tmp_path / FILE).with_suffix(".lock"))
    with pytest.raises(StoreLocked):
        await LooseCounters(tmp_path).reserve("a", 1)
    held.release()
    assert await LooseCounters(tmp_path).reserve("a", 1) == 0


async def test_what_can_not_be_kept_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        await LooseCounters(tmp_path / "file").reserve("a", 1)
