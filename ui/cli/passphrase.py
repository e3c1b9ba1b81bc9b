"""The key of a laptop as the command line gives it: its own, or behind a passphrase.

In come the data folder and `--passphrase-file`; out comes a `KeySource`. Rule: a passphrase is
never a word of the command line, and a file that can't be used ends the command.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.store.keys import KeySource, PassphraseSource
from ui.cli.output import fail
from ui.key_source import key_source_of

PassphraseFile = Annotated[
    Path | None, typer.Option(help="File with the passphrase of this laptop in its first line.")
]


def source_of(folder: Path, passphrase_file: Path | None) -> KeySource:
    """The source of the key of the store in `folder`.

    Raises:
        KeyUnavailable: the key is behind a passphrase and no file was given.
        StoreCorrupt: the key file is damaged.
    """
    try:
        source = key_source_of(folder, passphrase_file)
    except OSError as error:
        fail(f"{passphrase_file} can't be read: {error.strerror}. Name another file.")
    except UnicodeError:
        fail(f"{passphrase_file} is no text. Name another file.")
    if isinstance(source, PassphraseSource) and not source.passphrase:
        fail(f"{passphrase_file} has no passphrase in its first line. Write one there.")
    return source


def first_line(path: Path) -> str:
    """The passphrase in a file's first line; a file that can't be used ends the command."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        fail(f"{path} can't be read: {error.strerror}. Name another file.")
    except UnicodeError:
        fail(f"{path} is no text. Name another file.")
    if not lines or not lines[0]:
        fail(f"{path} has no passphrase in its first line. Write one there.")
    return lines[0]
