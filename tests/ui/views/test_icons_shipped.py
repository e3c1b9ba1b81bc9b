from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_shipped_icon_is_used_and_its_licence_lies_beside_it() -> None:
    shipped = {path.stem for path in (ROOT / "resources/icons").glob("*.svg")}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ui").rglob("*.py"))
    named = set(re.findall(r"\"([a-z0-9-]+)\"", code))
    assert shipped - named == set()
    assert (ROOT / "resources/icons/LICENSE.txt").exists()
    assert (ROOT / "resources/fonts/OFL.txt").exists()
