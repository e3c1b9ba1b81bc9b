"""A real practice office, worked by its own commands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from tests.journeys.programs import Services, fieldapp

_TECHNICIAN, _REGION = "M-01", "westland"


class Office:
    """An office with one technician and one planner."""

    def __init__(self, folder: Path, services: Services) -> None:
        self.folder = folder
        words = ("server", "--data", str(folder), "--port", "0", "--practice")
        self.url = services.start(*words).ready
        self._admin("technician", _TECHNICIAN, "Oefenmonteur", "--region", _REGION)
        [user] = self._admin("user", "planner", "--role", "dispatcher", "--region", _REGION)
        self._token = folder / "planner.token"
        self._token.write_text(user["token"], encoding="ascii")

    def publish(self, on: date, visits: list[dict[str, Any]]) -> None:
        """Import, plan and publish a day."""
        file = self.folder / "day.json"
        file.write_text(json.dumps({"visits": visits}), encoding="utf-8")
        for words in (("import", str(file)), ("plan",), ("publish",)):
            self.dispatch(*words, "--date", on.isoformat())

    def dispatch(self, *words: str) -> list[dict[str, Any]]:
        """What the planner's command says."""
        door = ("--server", self.url, "--token-file", str(self._token))
        said = fieldapp("dispatch", *words, *door)
        assert said.status == 0, said.err
        return said.lines

    def enrol(self, laptop: Path) -> list[dict[str, Any]]:
        """Tie a laptop to the technician; what its first sync says."""
        [code] = self._admin("enrolment-code", _TECHNICIAN)
        said = fieldapp("enrol", self.url, code["code"], "--practice", data=laptop)
        assert said.status == 0, said.err
        return fieldapp("sync", "--json", data=laptop).lines

    def import_keys(self, file: Path) -> list[dict[str, Any]]:
        """Take meters' keys in from a file."""
        return self._admin("import", "keys", str(file))

    def operations(self) -> list[str]:
        """The operations that it holds."""
        return [line["id"] for line in self._admin("operations", "--json")]

    def counted(self) -> dict[str, Any]:
        """How much of everything it holds."""
        [counts] = self._admin("status", "--json")
        return counts

    def _admin(self, *words: str) -> list[dict[str, Any]]:
        said = fieldapp("server-admin", *words, data=self.folder)
        assert said.status == 0, said.err
        return said.lines
