"""What every office command is told: which folder, which database, where the files lie.

In come the options; out come settings, or an open office for as long as a command runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fieldapp.settings import data_folder
from sync.server.office import Office, OfficeUnavailable
from sync.server.settings import ServerSettings
from ui.cli.output import fail

Folder = Annotated[
    Path | None, typer.Option("--data", help="The folder for everything the office keeps.")
]
Database = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="FIELDAPP_DB",
        help="Database URL; by default SQLite in the folder.",
    ),
]
Files = Annotated[
    str,
    typer.Option(
        "--files",
        help="Where photos and signatures are kept: a folder, or an S3-compatible store as "
        "s3://bucket/prefix?endpoint=https://…&region=…",
    ),
]


def chosen(
    data: Path | None, db: str, files: str = "", *, practice: bool = False
) -> ServerSettings:
    """The settings that the options mean."""
    plain = ServerSettings.in_folder(data_folder(data), practice=practice)
    is_url = files.startswith("s3://")
    return ServerSettings(
        db_url=db or plain.db_url,
        files=Path(files) if files and not is_url else plain.files,
        key_file=plain.key_file,
        practice=practice,
        files_url=files if is_url else "",
    )


@contextmanager
def opened(
    data: Path | None, db: str, files: str = "", *, known: bool = False
) -> Iterator[Office]:
    """The office, open; a command that can't have it ends with one line and status 1.

    With `known` none is made where there is none: a copy of a new one is no backup.
    """
    settings = chosen(data, db, files)
    if known and not settings.key_file.exists():
        fail(f"There is no office in {settings.key_file.parent}: it holds no office.key.")
    try:
        with Office.open(settings).lent() as office:
            yield office
    except OfficeUnavailable as e:
        unavailable(e)


def unavailable(error: OfficeUnavailable) -> NoReturn:
    """End the command: the office can't be used, or gave out in the middle.

    What was done in transactions that had ended stays done.
    """
    fail(
        f"The office can't be used: {error}. Check the folder, its key file, --db and --files."
    )
