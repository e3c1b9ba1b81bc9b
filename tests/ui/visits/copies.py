"""A laptop's folder as a kill would leave it, taken while its program goes on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from fieldapp.store.opening import READING


@dataclass
class Copy:
    """The laptop's folder as a kill just before a commit would leave it.

    Attributes:
        source, target: the folder, and where it is put.
        due: commits until then.
    """

    source: Path
    target: Path
    due: int

    def __enter__(self) -> Copy:
        event.listen(Engine, "commit", self._committing)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "commit", self._committing)
        if not self.target.exists():
            shutil.copytree(self.source, self.target)

    def _committing(self, connection: Connection) -> None:
        if not connection.get_execution_options().get(READING):
            self.due -= 1
            if self.due == 0:
                shutil.copytree(self.source, self.target)
