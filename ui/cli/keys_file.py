"""The keys file of a meter, as `--keys-file` names it: TOML with hexadecimal keys.

In comes a path, out come the keys; a file that can't be used ends the command with one line.
Rule: keys come from a file only, never from the command line, and nothing of one is printed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.dlms.security import KEY_SIZE, TITLE_SIZE, GlobalKeys
from hardware.dsmr.identity import short_number
from hardware.dsmr.mbus_keys import KEY_SIZE as MBUS_KEY_SIZE
from hardware.dsmr.mbus_keys import DeviceKeys
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
_OF_DEVICE = {"user_key", "default_key"}


@dataclass(frozen=True, slots=True)
class KeysFile:
    """What a keys file holds; None where it has no such line.

    Attributes:
        password: of LLS.
        keys: for ciphered contexts and HLS 5.
        hls_secret: of HLS 3 and 4.
        system_title: of the client, not of the meter.
        path: where it lies.
        devices: the sections `[mbus.ID]` as they stand; see `device`.
    """

    password: bytes | None = field(default=None, repr=False)
    keys: GlobalKeys | None = None
    hls_secret: bytes | None = field(default=None, repr=False)
    system_title: bytes | None = None
    path: Path = Path()
    devices: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def device(self, digits: str) -> DeviceKeys | None:
        """The keys of the M-Bus device with this short identification, if it has a section.

        A section's ID is a whole number or its last eight digits; it holds `user_key`, and
        `default_key` where the device still has the key that it left the factory with. Ends
        the command where the section can't be used.
        """
        for name, lines in self.devices.items():
            if digits in {name, short_number(name)}:
                return _device_keys(self.path, name, lines)
        return None


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
    devices = table.get("mbus", {})
    if not isinstance(devices, dict):
        fail(f"mbus is not a table of devices, [mbus.ID]: {path}")
    keys, title = _global_keys(path, found), found["system_title"]
    return KeysFile(found["password"], keys, secret, title, path, devices)


def _device_keys(path: Path, name: str, lines: object) -> DeviceKeys:
    if not isinstance(lines, dict) or "user_key" not in lines:
        fail(f"[mbus.{name}] has no user_key: {path}")
    octets = {key: _octets(path, lines, key) for key in _OF_DEVICE}
    _check_size(path, octets, _OF_DEVICE, MBUS_KEY_SIZE)
    return DeviceKeys(octets["user_key"] or b"", octets["default_key"])


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
