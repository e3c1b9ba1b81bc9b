from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fieldapp import settings
from fieldapp.errors import KeyUnavailable, NotEnrolled, StoreError, StoreLocked, WrongKey
from fieldapp.settings import Settings
from fieldapp.store.keys import KeyringSource, PassphraseSource, PracticeSource
from sync.errors import Refused
from ui.key_source import key_source_of
from ui.presenters.metering import Sources
from ui.wiring import Laptop, is_laptop, machine, open_laptop


async def test_a_laptop_opens_with_its_settings_and_closes(folder: Path) -> None:
    settings.save(folder, Settings(language="en", ports={"p1": "COM4", "optical": "COM5"}))
    assert not is_laptop(folder)
    laptop = await open_laptop(folder, PracticeSource())
    try:
        assert is_laptop(folder)
        assert laptop.lang == "en"
        assert laptop.meter_presenter("visit").state.sources == Sources("COM4", "COM5")
        assert laptop.today() == laptop.day_presenter().state.on
        with pytest.raises(NotEnrolled):
            await laptop.owner()
        with pytest.raises(StoreLocked):
            await open_laptop(folder, PracticeSource())
    finally:
        await laptop.close()


async def test_an_unknown_language_is_dutch(folder: Path) -> None:
    settings.save(folder, Settings(language="fr"))
    laptop = await open_laptop(folder, PracticeSource())
    assert laptop.lang == "nl"
    await laptop.close()


async def test_settings_that_can_not_be_read_leave_nothing_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> Settings:
        raise PermissionError(13, "no")

    monkeypatch.setattr(settings, "load", broken)
    with pytest.raises(PermissionError):
        await open_laptop(folder, PracticeSource())
    monkeypatch.undo()
    await (await open_laptop(folder, PracticeSource())).close()


async def test_who_owns_it_and_which_office_it_calls(laptop: Laptop) -> None:
    assert (await laptop.owner()).technician == "T1"
    http = laptop.http("http://127.0.0.1:1")
    assert http.address.url("/v1/health") == "http://127.0.0.1:1/v1/health"
    http.close()
    with pytest.raises(Refused):
        laptop.http("http://office.example")


def test_the_key_comes_from_where_the_store_says(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse\nsecond line\n", encoding="utf-8")
    fresh = tmp_path / "fresh"
    assert isinstance(key_source_of(fresh), KeyringSource)
    given = key_source_of(fresh, words)
    assert isinstance(given, PassphraseSource)
    assert given.passphrase == "correct horse"
    (tmp_path / "empty").write_text("")
    blank = key_source_of(fresh, tmp_path / "empty")
    assert isinstance(blank, PassphraseSource)
    assert blank.passphrase == ""


async def test_a_passphrase_store_asks_for_it(tmp_path: Path, folder: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse", encoding="utf-8")
    laptop = await open_laptop(folder, key_source_of(folder, words))
    await laptop.close()
    with pytest.raises(KeyUnavailable):
        key_source_of(folder)
    words.write_text("wrong horse", encoding="utf-8")
    with pytest.raises(WrongKey):
        await open_laptop(folder, key_source_of(folder, words))


async def test_a_practice_store_needs_nothing(folder: Path) -> None:
    await (await open_laptop(folder, PracticeSource())).close()
    assert isinstance(key_source_of(folder), PracticeSource)
    with pytest.raises(StoreError):
        await open_laptop(folder, PassphraseSource("x"))


async def test_a_bug_in_the_background_is_logged_without_its_data(
    bare_laptop: Laptop, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug() -> None:
        raise ValueError("Wilhelmina Kortekaas")

    bare_laptop.tasks.spawn(bug(), "bug")
    with caplog.at_level(logging.ERROR):
        await bare_laptop.tasks.settle()
    assert "ValueError" in caplog.text
    assert "Wilhelmina" not in caplog.text


async def test_the_machine_has_real_ports_and_no_keys() -> None:
    outside = machine()
    assert (await outside.tools.reach("E0044007382246019")).client == 16
