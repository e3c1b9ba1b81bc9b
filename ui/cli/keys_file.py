"""The keys file of a meter, as `--keys-file` names it: TOML with hexadecimal keys.

In comes a path, out come the keys; a file that can't be used ends the command with one line.
Rule: keys come from a file only, never from the command line, and nothing of one is printed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.dlms.security import KEY_SIZE, TITLE_SIZE, GlobalKeys
from ui.cli.output import fail

_SHORTEST_SECRET = 8
_KNOWN = {
    "encryption_key",
    "authentication_key",
    "password",
    "hls_secret",
    "system_title",
    "mbus",
}


@dataclass(frozen=True, slots=True)
class KeysFile:
    """What a keys file holds; None where it has no such line.

    Attributes:
        password: of LLS.
        keys: for ciphered contexts and HLS 5.
        hls_secret: of HLS 3 and 4.
        system_title: of the client, not of the meter.
    """

    password: bytes | None = field(default=None, repr=False)
    keys: GlobalKeys | None = None
    hls_secret: bytes | None = field(default=None, repr=False)
    system_title: bytes | None = None


def read_keys(path: Path) -> KeysFile:
    """Read a keys file; ends the command where that can't be."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as e:
        fail(f"The keys file can't be read ({e.strerror}): {path}")
    except ValueError:
        fail(f"The keys file is not TOML with hexadecimal keys: {path}")
    for name in table.keys() - _KNOWN:
        fail(f"The keys file has a line that is not known here, {name}: {path}")
    found = {name: _octets(path, table, name) for name in _KNOWN - {"mbus"}}
    _check_size(path, found, {"encryption_key", "authentication_key"}, KEY_SIZE)
    _check_size(path, found, {"system_title"}, TITLE_SIZE)
    secret = found["hls_secret"]
    if secret is not None and len(secret) < _SHORTEST_SECRET:
        fail(f"hls_secret has fewer than {_SHORTEST_SECRET} octets: {path}")
    return KeysFile(found["password"], _global_keys(path, found), secret, found["system_title"])


def _octets(path: Path, table: dict[str, Any], name: str) -> bytes | None:
    if name not in table:
        return None
    try:
        return bytes.fromhex(str(table[name]))
    except ValueError:
        fail(f"{name} is not hexadecimal: {path}")


def _check_size(path: Path, found: dict[str, bytes | None], names: set[str], size: int) -> None:
    for name in sorted(names):
        octets = found[name]
        if octets is not None and len(octets) != size:
            fail(f"{name} has {len(octets)} octets, not {size}: {path}")


def _global_keys(path: Path, found: dict[str, bytes | None]) -> GlobalKeys | None:
    encryption, authentication = found["encryption_key"], found["authentication_key"]
    if encryption is None and authentication is None:
        return None
    if encryption is None or authentication is None:
        fail(f"encryption_key and authentication_key go together: {path}")
    return GlobalKeys(encryption, authentication)
