from __future__ import annotations

import asyncio
import gc
import os
import platform as machine
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fieldapp import settings
from fieldapp.domain import facts as f
from fieldapp.settings import Settings
from fieldapp.store.keys import PassphraseSource
from tests.ui import jobs
from ui.app import NO_SCREEN, Probe, run, session
from ui.app.session import Session
from ui.presenters.frame import FramePresenter
from ui.presenters.setup import Secret
from ui.views.cover import Cover
from ui.views.curtain import Curtain
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.setup import SetupWindow
from ui.wiring import Laptop, Outside, open_laptop
from ui.worker.beside import Beside

_LINUX = machine.system() == "Linux"

PHRASE = "een lange zin"
ROOT = Path(__file__).parents[3]


class Street:
    """A scenery with nothing in it but the test's clock and ports."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.played = asyncio.Event()

    async def play(self, laptop: Laptop, frame: FramePresenter) -> None:
        assert laptop.ports is not None
        frame.plugged("V-1001")
        self.played.set()
        await asyncio.Event().wait()


class Run:
    """A session that runs beside the test."""

    def __init__(self, folder: Path, words: Words, outside: Outside) -> None:
        self.curtain = Curtain(words)
        self.street = Street(outside)
        self.session = Session(folder, self.curtain, words, self.street)
        self.task = asyncio.create_task(self.session.main())

    async def ready(self) -> MainWindow | SetupWindow:
        async with asyncio.timeout(20):
            await self.session.ready.wait()
        QApplication.processEvents()
        assert self.session.content is not None
        return self.session.content

    async def day(self) -> MainWindow:
        content = await self.ready()
        assert isinstance(content, MainWindow)
        return content

    async def over(self) -> None:
        async with asyncio.timeout(20):
            await self.task


Begin = Callable[[], Run]


@pytest.fixture
def clockwork(street: Any) -> Outside:
    """The test's clock and ports."""
    made = street.outside()
    assert isinstance(made, Outside)
    return made


@pytest.fixture
async def begin(qt: QApplication, qt_laptop: Laptop, words: Words) -> AsyncIterator[Begin]:
    """Sessions on the practice laptop's folder, which is closed first."""
    assert qt is not None
    await qt_laptop.close()
    outside = qt_laptop._outside
    made: list[Run] = []

    def make() -> Run:
        made.append(Run(qt_laptop.folder, words, outside))
        return made[-1]

    yield make
    for one in made:
        one.session.end()
        await one.over()
        one.curtain.close_for_good()


async def test_a_day_from_the_first_page_to_the_last_thing_closed(begin: Begin) -> None:
    one = begin()
    window = await one.day()
    assert one.curtain.centralWidget() is window
    assert window.page is not None
    assert window.page.code == "today"
    await one.street.played.wait()
    assert window.frame.state.cables == "V-1001"
    one.curtain.setGeometry(20, 30, 1200, 760)
    await window.show_page("settings")
    one.curtain.close()
    assert one.curtain.windowTitle() == "Sluiten…"
    await one.over()
    again = begin()
    window = await again.day()
    assert window.page is not None
    assert window.page.code == "settings"
    kept = window.frame.settings
    assert kept.window == (20, 30, 1200, 760)


async def test_the_customers_view_fills_the_screen_and_the_cross_asks_first(
    begin: Begin,
) -> None:
    one = begin()
    window = await one.day()
    one.curtain.showNormal()
    cover = Cover()
    window.lay_over(cover)
    assert one.curtain.isFullScreen()
    one.curtain.close()
    assert one.curtain.isVisible()
    assert not one.task.done()
    cover.left.emit()
    assert not one.curtain.isFullScreen()
    await one.over()


async def test_at_rest_the_worker_is_warmed_and_it_ends_with_the_window(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed = asyncio.Event()
    monkeypatch.setattr(session, "_AT_REST_S", 0.0)
    monkeypatch.setattr(session, "_BETWEEN_S", 0.0)

    class Told(Beside):
        async def warm(self, *modules: str) -> None:
            await super().warm(*modules)
            warmed.set()

    monkeypatch.setattr(session, "Beside", Told)
    one = begin()
    window = await one.day()
    async with asyncio.timeout(20):
        await warmed.wait()
    worker = window.context.desk.tasks.worker
    assert await worker.run(jobs.loaded, "PySide6.QtGui")
    assert not await worker.run(jobs.loaded, "PySide6.QtWidgets")
    pid = await worker.run(os.getpid)
    one.curtain.close()
    await one.over()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_faults_in_slots_loop_and_tasks_reach_the_banner(begin: Begin) -> None:
    one = begin()
    window = await one.day()

    def fail() -> None:
        raise ZeroDivisionError

    async def fail_later() -> None:
        raise LookupError

    asyncio.get_running_loop().call_soon(fail)
    window.context.spawn(fail_later(), "fails")
    kind, fault = OverflowError, OverflowError("Jansen")
    sys.excepthook(kind, fault, None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    told = " ".join(matter.subject for matter in window.frame.state.matters)
    assert all(name in told for name in ("ZeroDivision", "LookupError", "OverflowError, ?"))
    assert "test_session.py:" in told
    assert "Jansen" not in told
    one.curtain.close()
    await one.over()
    assert sys.excepthook is sys.__excepthook__ or sys.excepthook.__module__ != "ui.app.faults"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
async def test_a_signal_ends_it_as_the_cross_does(begin: Begin) -> None:
    one = begin()
    await one.day()
    os.kill(os.getpid(), signal.SIGTERM)
    await one.over()


async def test_the_pages_of_a_day_do_what_their_buttons_say(begin: Begin) -> None:
    one = begin()
    window = await one.day()
    laptop = window.context.desk
    assert isinstance(laptop, Laptop)
    accepted = f.VisitAccepted(at=laptop.clock.now())
    await laptop.visits.record("visit-V-1001", accepted)
    window.synchronise.emit()
    report = asyncio.Event()
    laptop.engine.subscribe(lambda state: report.set() if state.offline_since else None)
    async with asyncio.timeout(20):
        await report.wait()
    assert window.frame.state.online is False


async def test_nobodys_laptop_asks_first_and_goes_on_in_the_same_window(
    qt: QApplication, tmp_path: Path, words: Words, clockwork: Outside
) -> None:
    assert qt is not None
    one = Run(tmp_path / "new", words, clockwork)
    setup = await one.ready()
    assert isinstance(setup, SetupWindow)
    words.switch("en")
    assert await setup._presenter.workshop(Secret(PHRASE, PHRASE))
    await asyncio.sleep(0)  # the answer ends the questions, and `ready` is begun anew
    window = await one.day()
    assert "diagnose" in window.codes
    assert "today" not in window.codes
    assert settings.load(tmp_path / "new").language == "en"
    one.curtain.close()
    await one.over()
    one.curtain.close_for_good()


async def test_a_locked_laptop_asks_for_its_passphrase_and_closing_ends_it(
    qt: QApplication, tmp_path: Path, words: Words, clockwork: Outside
) -> None:
    assert qt is not None
    await (await open_laptop(tmp_path / "kept", PassphraseSource(PHRASE))).close()
    one = Run(tmp_path / "kept", words, clockwork)
    setup = await one.ready()
    assert isinstance(setup, SetupWindow)
    assert setup._presenter.state.stage == "unlock"
    one.curtain.close()
    await one.over()
    one.curtain.close_for_good()


async def test_a_store_that_is_open_elsewhere_is_said(
    qt_laptop: Laptop, words: Words, clockwork: Outside
) -> None:
    one = Run(qt_laptop.folder, words, clockwork)
    setup = await one.ready()
    assert isinstance(setup, SetupWindow)
    assert setup._presenter.state.stage == "broken"
    assert setup._presenter.state.problem is not None
    one.curtain.close()
    await one.over()
    one.curtain.close_for_good()


def test_the_window_comes_back_where_it_was_if_that_is_still_there(
    qt: QApplication, words: Words
) -> None:
    curtain = Curtain(words)
    curtain.put_back((10, 20, 1000, 700), maximised=False)
    assert curtain.place() == (10, 20, 1000, 700)
    curtain.put_back((90_000, 90_000, 1000, 700), maximised=False)
    assert curtain.place()[2:] == (1366, 768)
    curtain.put_back((), maximised=True)
    assert curtain.isMaximized()
    curtain.close_for_good()
    qt.processEvents()


@pytest.mark.skipif(not _LINUX, reason="only there a platform may be missing")
@pytest.mark.parametrize(("platform", "answer"), [("offscreen", 1), ("nowhere", 0)])
def test_a_child_tells_whether_there_is_a_screen(platform: str, answer: int) -> None:
    asked = "import sys; from ui.app import Probe; sys.exit(Probe().has_screen())"
    environment = os.environ | {"QT_QPA_PLATFORM": platform}
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environment, check=False)
    assert said.returncode == answer


def test_without_a_screen_nothing_is_opened(
    qt: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe()
    assert probe.has_screen()  # there is an application already, so there is a screen
    monkeypatch.setattr(probe, "has_screen", lambda: False)
    assert run(Path(), probe) == NO_SCREEN
    assert not [w for w in qt.topLevelWidgets() if isinstance(w, Curtain)]


def test_the_command_says_where_there_is_no_screen(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "ui.command", "--data", str(tmp_path)]
    environment = os.environ | {"QT_QPA_PLATFORM": "nowhere"}
    said = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert said.returncode == 1
    assert b"no screen" in said.stderr


def test_a_whole_program_with_its_own_loop(qt: QApplication, tmp_path: Path) -> None:
    """The real loop, in this process: opened, and closed by the window's cross."""
    settings.save(tmp_path, Settings(theme="dark", language="en"))

    def close() -> None:
        for widget in qt.topLevelWidgets():
            if isinstance(widget, Curtain) and isinstance(widget.centralWidget(), SetupWindow):
                widget.close()

    timer = QTimer()
    timer.timeout.connect(close)
    timer.start(20)
    try:
        assert run(tmp_path, Probe()) == 0
    finally:
        timer.stop()
        gc.enable()
