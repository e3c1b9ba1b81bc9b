"""Where everything is kept, and what the technician has set: language, theme, ports, server.

In come the command line's folder, the environment and `settings.json`; out come a folder and
frozen `Settings`. Rule: no customer data here, since this file is plain; a damaged file never
keeps the program from starting.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs

from fieldapp.unreadable import UNREADABLE
from hardware.port import LineSettings

ENVIRONMENT = "FIELDAPP_DATA"
"""The variable that names the folder for everything that is kept."""

_FILE = "settings.json"
_MAX_LINES = 20


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the technician has set.

    Attributes:
        language: `nl` or `en`; empty follows the system.
        theme: `light`, `dark`, `outdoor` or empty for the system's.
        ports: SOURCE by role, `p1` and `optical`.
        heads: how each optical head was opened last, in the driver's words.
        server_url: the office, once enrolled.
        ca_file: the office's own certificate authority, or empty for the system's.
        role: `workshop` where this laptop only looks at meters on the bench.
        window: left, top, width and height of the window in px; empty before the first time.
        maximised: whether the window filled the screen.
        page: the code of the page that was shown last.
        photo_folder: where a phone or camera drops its pictures, or empty.
        photo_originals: `keep` or `remove` them once the photo is saved; empty asks once.
        metered: `yes` or `no` where a person says whether the connection costs by the
            megabyte; empty asks the system.
        lines: by SOURCE, the settings at which a customer port was heard (`9600 8N1`).
    """

    language: str = ""
    theme: str = ""
    ports: dict[str, str] = {}
    heads: dict[str, str] = {}
    server_url: str = ""
    ca_file: str = ""
    role: str = ""
    window: tuple[int, ...] = ()
    maximised: bool = False
    page: str = ""
    photo_folder: str = ""
    photo_originals: str = ""
    metered: str = ""
    lines: dict[str, str] = {}

    def line_of(self, source: str) -> LineSettings | None:
        """Where the customer port of this name was heard the last time; None: never."""
        try:
            return LineSettings.parse(self.lines[source])
        except (KeyError, ValueError):
            return None

    def with_line(self, source: str, line: LineSettings) -> Settings:
        """These settings, with where this port was heard; only the latest ports are kept."""
        others = [(name, kept) for name, kept in self.lines.items() if name != source]
        lines = dict([*others, (source, str(line))][-_MAX_LINES:])
        return msgspec.structs.replace(self, lines=lines)


def data_folder(chosen: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder for everything: `--data`, else `FIELDAPP_DATA`, else the platform's."""
    if chosen is not None:
        return chosen
    named = environment.get(ENVIRONMENT)
    if named:
        return Path(named)
    return platformdirs.user_data_path("fieldapp", appauthor=False)


def load(folder: Path) -> Settings:
    """The settings kept in `folder`; the defaults where there are none.

    A file that can't be read as settings is put aside as `settings.broken.json`.

    Raises:
        OSError: the file is there and can't be opened.
    """
    path = folder / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except UNREADABLE:
        path.replace(path.with_name("settings.broken.json"))
        return Settings()


def save(folder: Path, settings: Settings) -> None:
    """Keep `settings` in `folder`, which is made if needed; the old file goes only then.

    Raises:
        OSError: no room, no rights; the old settings stay.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _FILE
    part = path.with_name(_FILE + ".part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=2))
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
