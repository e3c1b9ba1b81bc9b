from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from fieldapp.domain.day_close import DayClosed
from fieldapp.domain.recovery import RecoveryKey, fingerprint
from fieldapp.errors import KeyUnavailable, StoreCorrupt, WrongKey
from fieldapp.store import device, outbox, planner, recovery, secrets
from fieldapp.store.device import Device
from fieldapp.store.keys import PassphraseSource
from fieldapp.store.transaction import Transaction
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


async def test_what_a_damaged_store_still_holds_is_saved_at_the_door(
    door: Doorstep, folder: Path, tmp_path: Path
) -> None:
    laptop = await open_laptop(folder, PassphraseSource(PHRASE))
    owner = Device(
        laptop="L1",
        technician="T1",
        technician_name="Ans",
        region="x",
        office="O1",
        server_url="http://127.0.0.1:9",
        incarnation=1,
        system_title=bytes(8),
        private_key=secrets.new_key(),
    )
    keys = secrets.agreement_key(owner.private_key), secrets.public_key(owner.private_key)
    key = RecoveryKey(id=fingerprint("O1", *keys), agreement_key=keys[0], signing_key=keys[1])

    def work(c: Transaction) -> None:
        device.store_device(c, owner)
        recovery.learn(c, (key,))
        for number in range(3):
            fact = DayClosed(day=date(2026, 3, number + 1), at=laptop.clock.now())
            outbox.append_closing(c, fact, laptop.clock)

    await laptop.db.write(work, touched=frozenset())
    await laptop.close()
    await damage_until_it_does_not_open(door, folder / "laptop.db")
    done = await door.rescue(tmp_path / "out.rescue")
    assert (done.operations, done.recovery, done.signed) == (3, key.id, True)


def each_page_damaged(path: Path) -> Iterator[None]:
    healthy = path.read_bytes()
    for place in range(len(healthy) - 4000, 4096, -4096):
        damaged = bytearray(healthy)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        yield


async def damage_until_it_does_not_open(door: Doorstep, path: Path) -> None:
    """One page after the other from the end, until it is one that opening reads."""
    for _ in each_page_damaged(path):
        try:
            await door.unlock(PHRASE)
        except StoreCorrupt:
            return
        await door.close()
    raise AssertionError("opens whatever is damaged")


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
