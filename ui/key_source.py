"""Where the key of a laptop's store comes from: what it uses already, else what is at hand.

In come a data folder and perhaps a passphrase file; out comes the source of the key. Rule: a
store that is behind a passphrase is never opened by another way.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.errors import KeyUnavailable
from fieldapp.store.keys import (
    KeyringSource,
    KeySource,
    PassphraseSource,
    PracticeSource,
    key_kind,
)


def key_source_of(folder: Path, passphrase_file: Path | None = None) -> KeySource:
    """The source that the store in `folder` uses; for a new one what is at hand.

    Args:
        folder: the data folder.
        passphrase_file: its first line is the passphrase.

    Raises:
        KeyUnavailable: the store's key is behind a passphrase and none was given.
        StoreCorrupt: the key file is damaged.
        OSError: the passphrase file can't be read.
    """
    kind = key_kind(folder)
    if kind == PracticeSource.kind:
        return PracticeSource()
    if passphrase_file is not None and kind != KeyringSource.kind:
        lines = passphrase_file.read_text(encoding="utf-8").splitlines()
        return PassphraseSource(lines[0] if lines else "")
    if kind == PassphraseSource.kind:
        raise KeyUnavailable(str(folder), PassphraseSource.kind)
    return KeyringSource()
