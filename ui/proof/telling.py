"""What a measured process tells the one that started it: JSON lines, flushed at once."""

from __future__ import annotations

import json
import sys


def tell(kind: str, **values: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps({"kind": kind, **values}) + "\n")
    sys.stdout.flush()
