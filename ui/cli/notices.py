"""What a command has to say besides its result: kept until it has ended well.

In come lines, out they go on standard error when the command succeeded. Rule: a command that
fails says one line, why; so its notices are dropped.
"""

from __future__ import annotations

from ui.cli.output import warn

_waiting: list[str] = []


def leave(text: str) -> None:
    """Say `text` when the command has ended well."""
    _waiting.append(text)


def say() -> None:
    """The command ended well."""
    for text in _waiting:
        warn(text)
    drop()


def drop() -> None:
    """The command failed, or a new one begins."""
    _waiting.clear()
