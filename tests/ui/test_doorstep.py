from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from fieldapp.errors import KeyUnavailable, WrongKey
from fieldapp.store import device, planner
from fieldapp.store.keys import PassphraseSource
from sync.errors import Offline, Unauthorized
from ui.demo.processes import end, lines, run, start
from ui.doorstep import Doorstep
from ui.presenters.frame import Role
from ui.presenters.planning import PlanningPresenter
from ui.wiring import is_laptop, open_laptop

PHRASE = "een lange zin"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", NoKeyring)


@pytest.fixture
async def door(folder: Path) -> AsyncIterator[Doorstep]:
    made = Doorstep(folder)
    yield made
    await made.close()


async def reopened(folder: Path) -> Doorstep:
    made = Doorstep(folder)
    assert made.is_locked()
    return made


async def test_a_workshop_is_behind_its_passphrase(door: Doorstep, folder: Path) -> None:
    assert await door.asks_passphrase()
    assert not door.is_locked()
    await door.workshop(PHRASE)
    assert door.laptop is not None
    assert door.laptop.settings.role == Role.WORKSHOP
    assert not await door.asks_passphrase()
    await door.close()
    again = await reopened(folder)
    with pytest.raises(KeyUnavailable):
        await again.open()
    with pytest.raises(WrongKey):
        await again.unlock("een andere zin")
    assert await again.unlock(PHRASE)
    await again.close()


async def test_a_store_of_nobody_says_so(folder: Path, door: Doorstep) -> None:
    await (await open_laptop(folder, PassphraseSource(PHRASE))).close()
    assert not await door.unlock(PHRASE)
    await door.workshop("")  # it is open already
    assert await door.unlock(PHRASE)


async def test_without_keyring_and_passphrase_nothing_is_made(
    door: Doorstep, folder: Path
) -> None:
    with pytest.raises(KeyUnavailable):
        await door.workshop("")
    assert not is_laptop(folder)


async def test_an_office_that_is_not_there_costs_nothing(door: Doorstep) -> None:
    with pytest.raises(Offline):
        await door.enrol("http://127.0.0.1:9", "AB", PHRASE)
    with pytest.raises(Offline):
        await door.plan("http://127.0.0.1:9", "token", PHRASE)
    assert door.laptop is not None
    assert await door.laptop.db.read(device.device) is None
    assert await door.laptop.db.read(planner.planner) is None


async def test_a_real_office_enrols_and_lets_a_dispatcher_in(
    door: Doorstep, tmp_path: Path
) -> None:
    data = ("--data", str(tmp_path / "office"))
    office = await start("server", *data, "--port", "0")
    try:
        url = await _ready(office)
        await run("server-admin", "technician", "M-01", "Ans", "--region", "x", *data)
        [code] = await run("server-admin", "enrolment-code", "M-01", *data)
        words = ("user", "p", "--role", "dispatcher", "--region", "x")
        [user] = await run("server-admin", *words, *data)
        await door.enrol(url, code["code"], PHRASE)
        assert door.laptop is not None
        assert (await door.laptop.owner()).technician_name == "Ans"
        assert door.laptop.settings.server_url == url
        with pytest.raises(Unauthorized):
            await door.plan(url, "no-such-token", PHRASE)
        await door.plan(url, user["token"], PHRASE)
        known = await door.laptop.db.read(planner.planner)
        assert known == planner.Planner(server_url=url, token=user["token"])
        page = door.laptop.planning_presenter()
        await _signed_in(page)
    finally:
        await end(office)


async def _ready(office: asyncio.subprocess.Process) -> str:
    async for line in lines(office):
        return str(line["ready"])
    raise AssertionError("no office")


async def _signed_in(page: PlanningPresenter) -> None:
    signed_in = asyncio.Event()
    page.subscribe(lambda state: signed_in.set() if state.signed_in else None)
    async with asyncio.timeout(20):
        await signed_in.wait()
    await page.close()
