"""Pictures of every page, as people see it: each theme, each language, two sizes.

In comes a folder; out come PNG files `<page>-<theme>-<language>-<width>.png` and one contact
sheet. Rule: the pages are shown in the real window with what the stage holds; a page that
can't be shown ends the run, so a picture is never older than the program.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from ui.messages import LANGUAGES
from ui.proof.contact_sheet import contact_sheet
from ui.proof.scene import Scene
from ui.proof.scenes import SCENES
from ui.proof.stage import Stage, stage
from ui.views import theme
from ui.views.language import Words

SIZES = (QSize(1366, 768), QSize(1920, 1200))
_QUIET_TURNS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pictures; everything unless told.

    Attributes:
        scenes: names of scenes.
    """

    scenes: tuple[str, ...] = ()
    themes: tuple[str, ...] = tuple(theme.THEMES)
    languages: tuple[str, ...] = LANGUAGES
    sizes: tuple[QSize, ...] = SIZES


Save = Callable[[str, QPixmap], None]


async def take(app: QApplication, here: Stage, wanted: Wanted, save: Save) -> None:
    """Show each wanted scene and hand its pictures over by name."""
    scenes = [s for s in SCENES if not wanted.scenes or s.name in wanted.scenes]
    for language, scene in product(wanted.languages, scenes):
        async with shown(app, here, scene, language) as window:
            for name, size in product(wanted.themes, wanted.sizes):
                theme.wear(name)
                for _ in range(
                    2
                ):  # columns fold at the first, which leaves room for the second
                    window.resize(size)
                    await quiet(app)
                told = f"{scene.name}-{name}-{language}-{size.width()}"
                save(told, window.grab())


@asynccontextmanager
async def shown(
    app: QApplication, here: Stage, scene: Scene, language: str
) -> AsyncIterator[QWidget]:
    """A scene's window, for as long as it is looked at."""
    theme.wear("light")
    words = Words(language, strict=True)
    played = await scene.play(here, words, lambda: quiet(app))
    try:
        played.window.show()
        await quiet(app)
        yield played.window
    finally:
        await played.end()
        await quiet(app)


async def quiet(app: QApplication) -> None:
    """Let tasks and Qt run until what was started has been laid out and painted."""
    for _ in range(_QUIET_TURNS):
        await asyncio.sleep(0.01)
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def fill(app: QApplication, folder: Path, wanted: Wanted) -> int:
    """Write the pictures and the contact sheet; how many pictures there are."""
    small: dict[str, QPixmap] = {}
    taken = [0]

    def save(name: str, picture: QPixmap) -> None:
        taken[0] += 1
        if not picture.save(str(folder / f"{name}.png")):
            raise OSError(f"{name}.png can't be written")
        if picture.width() == SIZES[0].width():
            small[name] = picture.scaledToWidth(480)

    with tempfile.TemporaryDirectory() as place:
        async with stage(Path(place)) as here:
            await take(app, here, wanted, save)
    order = [scene.name for scene in SCENES]
    ranked = sorted(small, key=lambda name: order.index(name.partition("-")[0]))
    contact_sheet({name: small[name] for name in ranked}).save(
        str(folder / "contact-sheet.png")
    )
    return taken[0]


Report = Callable[[str], None]


def run(folder: Path, scenes: tuple[str, ...], say: Report) -> int:
    """Take the pictures of these scenes (all without any) into `folder`."""
    known = QApplication.instance()
    app = known if isinstance(known, QApplication) else QApplication(sys.argv[:1])
    theme.load_fonts()
    folder.mkdir(parents=True, exist_ok=True)
    count = asyncio.run(fill(app, folder, Wanted(scenes)))
    say(f"{count} pictures in {folder}")
    return count
