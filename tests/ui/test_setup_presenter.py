from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fieldapp.errors import RescueMediumGone, StoreCorrupt, StoreError, StoreTooNew, WrongKey
from fieldapp.work.rescue import Rescued
from sync.client.address import NOT_AN_ADDRESS, PLAIN_HTTP
from sync.errors import Refused, Unauthorized
from ui.presenters.setup import Fault, Secret, SetupPresenter, SetupState, Stage

LONG = Secret("een lange zin", "een lange zin")


@dataclass
class Door:
    """Does what it is told to, and notes what was asked."""

    keyring: bool = True
    locked: bool = False
    owned: bool = True
    error: Exception | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def asks_passphrase(self) -> bool:
        return not self.keyring

    def is_locked(self) -> bool:
        return self.locked

    async def open(self) -> bool:
        await self._note("open")
        return self.owned

    async def unlock(self, passphrase: str) -> bool:
        await self._note("unlock", passphrase)
        return self.owned

    async def rescue(self, path: Path) -> Rescued:
        await self._note("rescue", path.name)
        return Rescued(operations=3)

    async def enrol(self, url: str, code: str, passphrase: str) -> None:
        await self._note("enrol", url, code, passphrase)

    async def plan(self, url: str, token: str, passphrase: str) -> None:
        await self._note("plan", url, token, passphrase)

    async def workshop(self, passphrase: str) -> None:
        await self._note("workshop", passphrase)

    async def _note(self, *words: str) -> None:
        self.asked.append(words)
        await self.gate.wait()
        if self.error is not None:
            raise self.error


async def opened(door: Door) -> SetupPresenter:
    made = SetupPresenter(door, lambda: "en")
    await made.open()
    return made


async def test_a_technician_types_address_and_code() -> None:
    door = Door()
    setup = await opened(door)
    setup.choose(Stage.TECHNICIAN)
    assert await setup.enrol(" https://o.example ", " AB-12 ", Secret())
    assert setup.state == SetupState(Stage.READY)
    assert door.asked == [("enrol", "https://o.example", "AB-12", "")]


async def test_a_dispatcher_and_a_workshop_begin_too() -> None:
    door = Door(keyring=False)
    setup = await opened(door)
    assert await setup.plan("https://o.example", "token", LONG)
    assert await setup.workshop(LONG)
    assert door.asked == [
        ("plan", "https://o.example", "token", LONG.typed),
        ("workshop", LONG.typed),
    ]


@pytest.mark.parametrize(
    ("url", "code", "secret", "fault"),
    [
        ("", "AB", LONG, Fault.NO_ADDRESS),
        ("https://o", " ", LONG, Fault.NO_CODE),
        ("https://o", "AB", Secret("kort", "kort"), Fault.SHORT),
        ("https://o", "AB", Secret("een lange zin", "een lange zim"), Fault.DIFFERS),
    ],
)
async def test_nothing_is_asked_before_all_is_typed(
    url: str, code: str, secret: Secret, fault: Fault
) -> None:
    door = Door(keyring=False)
    setup = await opened(door)
    assert not await setup.enrol(url, code, secret)
    assert setup.state.fault is fault
    assert door.asked == []


async def test_a_token_is_needed_to_plan() -> None:
    setup = await opened(Door())
    assert not await setup.plan("https://o", "", Secret())
    assert setup.state.fault is Fault.NO_TOKEN


@pytest.mark.parametrize(
    ("problem", "fault"),
    [(PLAIN_HTTP, Fault.PLAIN_HTTP), (NOT_AN_ADDRESS, Fault.NOT_AN_ADDRESS)],
)
async def test_a_bad_address_is_said_beside_its_field(problem: str, fault: Fault) -> None:
    door = Door(error=Refused(problem, "x"))
    setup = await opened(door)
    assert not await setup.enrol("http://o", "AB", Secret())
    assert (setup.state.fault, setup.state.problem) == (fault, None)


async def test_what_the_office_says_is_put_into_words_and_can_be_mended() -> None:
    door = Door(error=Unauthorized("used"))
    setup = await opened(door)
    setup.choose(Stage.TECHNICIAN)
    assert not await setup.enrol("https://o", "AB", Secret())
    assert setup.state.problem is not None
    assert (setup.state.stage, setup.state.doing) == (Stage.TECHNICIAN, "")
    door.error = None
    assert await setup.enrol("https://o", "CD", Secret())
    assert setup.state.problem is None


async def test_one_thing_at_a_time_and_no_way_back_meanwhile() -> None:
    door = Door()
    door.gate.clear()
    setup = await opened(door)
    setup.choose(Stage.TECHNICIAN)
    first = asyncio.create_task(setup.enrol("https://o", "AB", Secret()))
    await asyncio.sleep(0)
    assert setup.state.doing == "office"
    setup.choose(Stage.WELCOME)
    assert setup.state.stage is Stage.TECHNICIAN
    assert not await setup.enrol("https://o", "AB", Secret())
    door.gate.set()
    assert await first
    assert len(door.asked) == 1


async def test_a_locked_laptop_asks_for_its_passphrase() -> None:
    door = Door(locked=True, error=WrongKey("laptop.db"))
    setup = await opened(door)
    assert setup.state.stage is Stage.UNLOCK
    assert not await setup.unlock("fout")
    assert setup.state.problem is not None
    door.error = None
    assert await setup.unlock("goed")
    assert setup.state == SetupState(Stage.READY)


async def test_an_unlocked_laptop_of_nobody_begins_at_the_first_question() -> None:
    setup = await opened(Door(locked=True, owned=False))
    assert not await setup.unlock("goed")
    assert setup.state.stage is Stage.WELCOME


async def test_a_store_that_does_not_open_is_said_and_tried_again() -> None:
    door = Door()
    setup = await opened(door)
    setup.fail(StoreCorrupt("laptop.db"))
    assert setup.state.stage is Stage.BROKEN
    assert setup.state.problem is not None
    assert await setup.retry()
    assert setup.state == SetupState(Stage.READY)


def test_a_passphrase_is_never_shown() -> None:
    assert "lange" not in repr(LONG)


async def test_what_a_damaged_store_still_holds_can_be_saved() -> None:
    door = Door(locked=True, error=StoreCorrupt("laptop.db"))
    setup = await opened(door)
    assert not await setup.unlock("een lange zin")
    assert (setup.state.stage, setup.state.can_rescue) == (Stage.BROKEN, True)
    door.error = RescueMediumGone("out.rescue", "no such device")
    assert not await setup.rescue("/stick/out.rescue")
    assert setup.state.problem is not None
    assert (setup.state.doing, setup.state.rescued) == ("", None)
    door.error = None
    assert await setup.rescue("/stick/out.rescue")
    assert setup.state.rescued == Rescued(operations=3)
    assert (setup.state.stage, setup.state.file) == (Stage.BROKEN, "out.rescue")


async def test_a_disk_that_reads_badly_may_still_be_read() -> None:
    setup = await opened(Door())
    setup.fail(StoreError("laptop.db", "SQLITE_IOERR_READ"))
    assert (setup.state.stage, setup.state.can_rescue) == (Stage.BROKEN, True)
    setup.fail(StoreTooNew("laptop.db", "99"))
    assert (setup.state.stage, setup.state.can_rescue) == (Stage.BROKEN, False)


async def test_a_wrong_passphrase_is_no_damage() -> None:
    setup = await opened(Door(locked=True, error=WrongKey("laptop.db")))
    assert not await setup.unlock("een andere zin")
    assert (setup.state.stage, setup.state.can_rescue) == (Stage.UNLOCK, False)
