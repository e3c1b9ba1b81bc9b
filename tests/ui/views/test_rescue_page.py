from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from fieldapp.domain.recovery import RecoveryKey, fingerprint, grouped
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, outbox, recovery, secrets
from fieldapp.store.transaction import Transaction
from tests.ui.views.conftest import Show, Went, settle
from ui.messages import LANGUAGES
from ui.presenters.rescue import RescueState
from ui.views.page import Context
from ui.views.rescue import RescuePage, make
from ui.views.rescue_way import RescueWay
from ui.views.widgets import Label
from ui.wiring import Laptop

PHRASE = "een lange zin met woorden"
TOUCHED = frozenset({"device"})


@pytest.fixture
async def page(context: Context, show: Show) -> RescuePage:
    made = make(context)
    assert isinstance(made, RescuePage)
    await made.open()
    show(made)
    return made


@pytest.fixture
async def photos(laptop: Laptop, visits: dict[str, Visit]) -> int:
    def add(c: Transaction) -> None:
        for number in range(4):
            attachments.add(
                c,
                os.urandom(400_000),
                visit=visits["V-1001"].id,
                slot=f"slot{number}",
                media_type="image/jpeg",
            )

    await laptop.db.write(add, touched=frozenset({"files"}))
    return 4


async def learn(laptop: Laptop, seed: bytes) -> RecoveryKey:
    office = (await laptop.owner()).office
    keys = secrets.agreement_key(seed), secrets.public_key(seed)
    key = RecoveryKey(id=fingerprint(office, *keys), agreement_key=keys[0], signing_key=keys[1])
    await laptop.db.write(lambda c: recovery.learn(c, (key,)), touched=TOUCHED)
    await laptop.tasks.settle()
    return key


def rescue_files(folder: Path) -> list[str]:
    """Also those that are being written."""
    return [one.name for one in folder.iterdir() if ".rescue" in one.name]


def texts(page: RescuePage) -> str:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settle(app)
    return "\n".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())


async def test_without_a_key_of_the_office_a_passphrase_is_asked(
    page: RescuePage, laptop: Laptop, photos: int, tmp_path: Path
) -> None:
    await laptop.tasks.settle()
    assert "nog geen herstelsleutel" in texts(page)
    assert f"Foto's en handtekeningen: {photos}" in texts(page)
    assert not page.button.isEnabled()
    page.lock.phrase.setText("kort")
    page.redraw()
    assert not page.button.isEnabled()
    page.lock.phrase.setText(PHRASE)
    page.redraw()
    assert page.button.isEnabled()
    assert page.primary() is page.button
    before = await laptop.db.read(outbox.items)
    page.write(str(tmp_path / page.presenter.name()))
    await laptop.tasks.settle()
    (name,) = rescue_files(tmp_path)
    assert f"{name} is compleet" in texts(page)
    assert await laptop.db.read(outbox.items) == before
    assert page.presenter.state.done is not None
    page.leave()
    assert page.lock.phrase.text() == ""


async def test_with_the_offices_key_nothing_is_typed(page: RescuePage, laptop: Laptop) -> None:
    key = await learn(laptop, b"1" * 32)
    assert f"Herstelsleutel {grouped(key.id)}" in texts(page)
    assert not page.lock.phrase.isVisible()
    assert page.button.isEnabled()
    assert not page.lock.trust.isVisible()


async def test_another_key_is_taken_only_on_a_persons_word(
    page: RescuePage, laptop: Laptop
) -> None:
    first, second = await learn(laptop, b"1" * 32), await learn(laptop, b"2" * 32)
    assert f"Niemand staat in voor {grouped(second.id)}" in texts(page)
    assert page.presenter.state.recovery == first.id
    page.lock.trust.click()
    await laptop.tasks.settle()
    assert (page.presenter.state.recovery, page.presenter.state.offered) == (second.id, "")
    assert not page.lock.trust.isVisible()


async def test_who_stops_it_leaves_nothing(
    page: RescuePage, laptop: Laptop, photos: int, tmp_path: Path
) -> None:
    await learn(laptop, b"1" * 32)
    far = asyncio.Event()

    def look(state: RescueState) -> None:
        if state.done is not None and state.running:
            far.set()

    page.presenter.subscribe(look)
    page.write(str(tmp_path / "out.rescue"))
    await far.wait()
    assert page.stop.isVisible()
    assert page.primary() is None
    page.stop.click()
    await laptop.tasks.settle()
    assert "Er is niets achtergebleven" in texts(page)
    assert rescue_files(tmp_path) == []
    assert photos


async def test_a_stick_that_is_not_there_is_said(
    page: RescuePage, laptop: Laptop, tmp_path: Path
) -> None:
    await learn(laptop, b"1" * 32)
    laptop.lang = "nl"
    page.write(str(tmp_path / "gone" / "out.rescue"))
    await laptop.tasks.settle()
    assert "De plek voor out.rescue is er niet (meer)." in texts(page)
    assert "Alles staat nog op deze laptop." in texts(page)


async def test_photos_that_cannot_be_read_are_said(
    page: RescuePage, laptop: Laptop, photos: int, tmp_path: Path
) -> None:
    await learn(laptop, b"1" * 32)
    next(laptop.db.path.with_suffix(".files").iterdir()).unlink()
    page.write(str(tmp_path / "out.rescue"))
    await laptop.tasks.settle()
    assert "1 foto's waren niet meer te lezen" in texts(page)
    assert "is compleet" not in texts(page)
    assert photos


async def test_what_was_confirmed_goes_along_when_asked(
    page: RescuePage, laptop: Laptop, photos: int
) -> None:
    def deliver(c: Transaction) -> None:
        for one in attachments.waiting(c):
            attachments.note_delivered(c, one.visit, one.sha256, laptop.clock.now())

    await laptop.db.write(deliver, touched=frozenset({"files"}))
    await laptop.tasks.settle()
    assert page.presenter.state.files == 0
    page.along.everything.click()
    await laptop.tasks.settle()
    assert page.presenter.state.files == photos


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_way_to_it_stands_beside_the_other_tool(
    context: Context, went: Went, lang: str
) -> None:
    context.words.switch(lang)
    way = RescueWay(Label("x"), context)
    way.redraw()
    way.button.click()
    assert went == [("rescue", "")]
    assert way.button.text() == {"nl": "Noodexport…", "en": "Rescue export…"}[lang]
