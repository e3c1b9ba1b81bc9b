"""`fieldapp` as it is installed: the window at once, or the command line for everything else.

In come the words behind `fieldapp`; out comes the exit status. Rule: a technician who opens the
app waits for nothing that only commands need, so none of it is loaded before it is known that
there is one (`ui.cli` brings 150 ms with it).
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from fieldapp.errors import FieldAppError
from fieldapp.settings import data_folder
from hardware.errors import HardwareError
from sync.errors import SyncError

_DATA = "--data"
_NO_SCREEN = "There is no screen to open a window on. See fieldapp --help for the commands."


def main() -> None:
    """The entry point of the installed command."""
    folder = window_folder(sys.argv[1:])
    if folder is None:
        import_module("ui.cli.main").main()
    else:
        sys.exit(_open_window(folder))


def window_folder(words: list[str]) -> Path | None:
    """The data folder where the words ask for the window and nothing else."""
    match words:
        case []:
            return data_folder(None)
        case ["--data", str(named)] if named:
            return Path(named)
        case [word] if word.startswith(f"{_DATA}=") and word != f"{_DATA}=":
            return Path(word.removeprefix(f"{_DATA}="))
        case _:
            return None


def _open_window(folder: Path) -> int:
    room = import_module("ui.app")
    try:
        status: int = room.run(folder, room.Probe())
    except (HardwareError, FieldAppError, SyncError) as error:
        return _end(import_module("ui.messages").sentence(error, "en"))
    return status if status != room.NO_SCREEN else _end(_NO_SCREEN)


def _end(line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return 1


if __name__ == "__main__":
    main()
