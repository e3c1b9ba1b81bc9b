"""The keys of a customer port, from a file: keys are never taken from the command line.

A path in; `Keys` out. Rule: what stands in the file is never said, not even where it is wrong.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from hardware.p1.encrypted import Keys
from ui.cli.output import fail


def keys_of(path: Path) -> Keys:
    """The keys in a TOML file; ends the command where they can't be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        named = {
            name: bytes.fromhex(table[name])
            for name in ("encryption_key", "authentication_key")
            if name in table
        }
        return Keys(**named)
    except (OSError, ValueError, TypeError) as error:
        fail(f"The key file {path} can't be used: {_reason(error)}. Name another one.")


def _reason(error: Exception) -> str:
    """Why a file can't be used; never what stands in it."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, TypeError):
        return "it has no encryption_key, or a key is not a text"
    return "it is no TOML with keys of 32 hexadecimal digits"
