from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from tests.ui.views.accessibility import faults
from tests.ui.views.conftest import LAPTOP, LARGE
from ui.messages import LANGUAGES
from ui.proof import gallery
from ui.proof.contact_sheet import contact_sheet
from ui.proof.scenes import SCENES
from ui.proof.stage import stage

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the street needs pseudo-terminals"
)


PARTS = 2


@pytest.mark.timeout(300)  # half of all scenes
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_scene_of_a_day_can_be_seen_touched_and_heard(
    qt: QApplication, tmp_path: Path, part: int, lang: str
) -> None:
    found: list[str] = []
    async with stage(tmp_path) as here:
        for scene in SCENES[part::PARTS]:
            async with gallery.shown(qt, here, scene, lang) as window:
                wrong = faults(qt, window, (LAPTOP, LARGE), ("light",))
                found += [f"{scene.name}: {one}" for one in wrong]
    assert found == []


async def test_pictures_are_taken_of_what_is_wanted(qt: QApplication, tmp_path: Path) -> None:
    taken: dict[str, QPixmap] = {}
    wanted = gallery.Wanted(("planning",), ("dark",), ("en",), (QSize(1366, 768),))
    async with stage(tmp_path) as here:
        await gallery.take(qt, here, wanted, taken.__setitem__)
    assert list(taken) == ["planning-dark-en-1366"]
    picture = taken["planning-dark-en-1366"].toImage()
    colours = {picture.pixel(x, y) for x in range(0, 1366, 40) for y in range(0, 768, 40)}
    assert len(colours) > 3


def test_a_contact_sheet_holds_every_picture_small(qt: QApplication) -> None:
    assert qt is not None
    assert contact_sheet({}).isNull()
    picture = QPixmap(1366, 768)
    picture.fill("#0B5D6B")
    sheet = contact_sheet({f"page-{n}": picture for n in range(7)})
    assert sheet.width() > 6 * 456
    assert sheet.height() > 2 * 256
