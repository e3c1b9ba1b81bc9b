"""Where a planner's draft lies until it is published: one small file a day, ids only.

In come a folder, a date and a draft; out comes the draft that was kept. Rule: a file that can't
be read is no draft, and one that can't be written never stops the planning.
"""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import msgspec

from fieldapp.unreadable import UNREADABLE
from ui.presenters.planning_draft import Draft

_KEPT_DAYS = 14


def load_draft(folder: Path, on: date) -> Draft:
    """The draft of a day; an empty one where none is kept."""
    try:
        return msgspec.json.decode(_path(folder, on).read_bytes(), type=Draft)
    except (OSError, *UNREADABLE):
        return Draft()


def save_draft(folder: Path, on: date, draft: Draft) -> None:
    """Keep a day's draft; an empty one leaves no file, and old ones go."""
    path = _path(folder, on)
    with contextlib.suppress(OSError):
        if not draft.done and not draft.undone:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(draft))
        part.replace(path)
        _forget(path.parent, on)


def _path(folder: Path, on: date) -> Path:
    return folder / "planning" / f"{on.isoformat()}.json"


def _forget(folder: Path, on: date) -> None:
    """Drop the drafts of days long before the one that is planned."""
    for path in folder.glob("????-??-??.json"):
        with contextlib.suppress(ValueError):
            if (on - date.fromisoformat(path.stem)).days > _KEPT_DAYS:
                path.unlink(missing_ok=True)
