from __future__ import annotations

from datetime import timedelta

import pytest

from fieldapp.errors import StoreFull
from ui.presenters.pin import PinPresenter
from ui.wiring import Laptop


@pytest.fixture
async def pin(bare_laptop: Laptop) -> PinPresenter:
    made = bare_laptop.handover().pin()
    await made.open()
    return made


def is_set(pin: PinPresenter) -> bool:
    return pin.state.is_set


async def test_none_is_set_at_first_and_none_is_right(pin: PinPresenter) -> None:
    assert not pin.state.is_set
    assert not await pin.check("0000")


async def test_it_is_set_changed_and_removed(pin: PinPresenter) -> None:
    assert not await pin.keep("12")
    assert not is_set(pin)
    assert await pin.keep("4711")
    assert is_set(pin)
    assert await pin.check("4711")
    assert await pin.keep("0815")
    assert not await pin.check("4711")
    assert await pin.check("0815")
    assert await pin.remove()
    assert not is_set(pin)


async def test_wrong_ones_have_to_wait_longer_and_longer(
    pin: PinPresenter, bare_laptop: Laptop
) -> None:
    clock = bare_laptop.clock
    await pin.keep("4711")
    for wrong in (1, 2):
        assert not await pin.check("1111")
        assert (pin.state.wrong, pin.left_s()) == (wrong, 0)
    for wait_s in (30, 60, 120, 240, 480, 480):
        assert not await pin.check("1111")
        assert pin.left_s() == wait_s
        assert not await pin.check("4711"), "too soon is not looked at"
        clock.time += timedelta(seconds=wait_s)  # type: ignore[attr-defined]  # the tests' own
    assert await pin.check("4711")
    assert (pin.state.wrong, pin.left_s()) == (0, 0)


async def test_a_store_that_fails_is_said_and_counts_as_no_try(
    pin: PinPresenter, bare_laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pin.keep("4711")

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    with monkeypatch.context() as broken:
        broken.setattr(bare_laptop.db, "read", full)
        broken.setattr(bare_laptop.db, "write", full)
        assert not await pin.check("4711")
        assert pin.state.problem is not None
        assert pin.state.wrong == 0
        assert not await pin.remove()
        assert pin.state.is_set
    assert await pin.check("4711")
    assert pin.state.problem is None
