"""What a back office is started with.

In come the choices of whoever starts it; they never change while it runs. Rule: no secret
stands here, only where the key file lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where an office keeps its things.

    Attributes:
        db_url: SQLAlchemy URL; `sqlite:///…` or `postgresql+psycopg://…`.
        files: folder of the photos, signatures and captures.
        files_url: address of an S3-compatible store to keep them in instead (`objects_s3`).
        key_file: the office key, made 0600 at first start; without it nothing can be read.
        practice: takes practice laptops, and only those.
    """

    db_url: str
    files: Path
    key_file: Path
    practice: bool = False
    files_url: str = ""

    @classmethod
    def in_folder(cls, data: Path, *, practice: bool = False) -> ServerSettings:
        """The settings of an office that keeps everything in one folder, on SQLite."""
        return cls(
            db_url=f"sqlite:///{(data / 'office.sqlite').as_posix()}",
            files=data / "files",
            key_file=data / "office.key",
            practice=practice,
        )
