"""The blocks of docs/operations.md that are tried."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
_BLOCK = re.compile(r"<!-- tried: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRIED: dict[str, str] = dict(_BLOCK.findall(TEXT))
