"""A real office on loopback with two technicians and a dispatcher, for the planner's tests."""

from __future__ import annotations

import json
import socket
import threading
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter

import resources
from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress, fold
from sync.client.desk import Desk
from sync.client.http import Http
from sync.server import effects, importing, laptops, people, planning
from sync.server.app import ServerSettings, create_app
from sync.server.changes import open_bundle
from sync.server.dayfile import DayFile
from sync.server.doors import Role, User
from sync.server.exchange import sync
from sync.server.office import Office
from sync.server.tables import visits
from sync.server.visits import rows, seen
from sync.wire import EnrolRequest, SyncRequest
from tests.sync.server.doubles import Signer

DAY = date(2026, 11, 23)
REGION = "Westland"
NAMES = {"T1": "Oefenmonteur 1", "T2": "Oefenmonteur 2", "T3": "Oefenmonteur 3"}


def desk(server: str, token: str) -> Desk:
    return Desk(Http(server), token)


class PlanningOffice:
    """Runs until `stop`; `url` and `token` are what a dispatcher types."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        app = create_app(ServerSettings.in_folder(folder), clock)
        self.office: Office = app.state.office
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}
        )
        self._thread.start()
        self.dispatcher = User("Dirk", Role.DISPATCHER, REGION)
        with self.office.database.writing() as c:
            for technician, name in NAMES.items():
                people.add_technician(c, REGION, technician, name)
            self.token = people.add_user(self.office, c, self.dispatcher)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.should_exit = True
            self._thread.join()
            self._socket.close()

    def load(self, technicians: dict[str, str], on: date = DAY) -> None:
        """The demo's visits, those in `technicians` (by number) with somebody."""
        rows = json.loads(resources.read_text("demo/westland.json"))["visits"]
        for row in rows:
            row["technician"] = technicians.get(row["number"])
        file = DayFile.model_validate({"date": on.isoformat(), "visits": rows})
        importing.import_day(self.office, self.dispatcher, file)

    def publish(self) -> int:
        return planning.publish_day(self.office, self.dispatcher, DAY)

    def happened(self, number: str, state: str) -> None:
        """As if the technician's laptop had told this state."""
        with self.office.database.writing() as c:
            c.exec_driver_sql(f"UPDATE visits SET state = '{state}' WHERE number = '{number}'")

    def told(self, number: str, *facts: f.AnyFact) -> None:
        """What a technician's facts of this visit set going in the office."""
        now, progress = self.office.clock.now(), Progress()
        with self.office.database.writing() as c:
            (row,) = rows(c, REGION, visits.c.number == number)
            visit = open_bundle(self.office, c, row.bundle)
            for fact in facts:
                progress = fold(progress, fact)
                told = effects.Told(visit, progress, self.office.clock.new_id(), fact)
                effects.note(c, told, now)

    def change(self, number: str, **changed: object) -> None:
        """The office's source has another row of this visit, planned as it was, from now on."""
        rows = json.loads(resources.read_text("demo/westland.json"))["visits"]
        (row,) = [row for row in rows if row["number"] == number]
        row |= {"technician": self.held()[number][0], **changed}
        file = DayFile.model_validate({"date": DAY.isoformat(), "visits": [row]})
        importing.import_day(self.office, self.dispatcher, file)

    def laptop(self, technician: str = "T1") -> Signer:
        """A laptop of this technician, enrolled."""
        key = Ed25519PrivateKey.generate()
        with self.office.database.writing() as c:
            code = people.new_enrolment_code(self.office, c, technician)
        asked = EnrolRequest(code=code, public_key=key.public_key().public_bytes_raw())
        return Signer(key, laptops.enrol(self.office, asked).laptop)

    def sends(self, laptop: Signer, number: str, *facts: f.AnyFact) -> None:
        """A laptop's sync that brings facts of this visit, or of one that nobody knows."""
        with self.office.database.reading() as c:
            known = laptops.find(c, laptop.laptop)
            found = seen(c, REGION, visits.c.number == number)
        assert known is not None
        visit = found[0].id if found else number
        told = tuple(laptop.operation(visit, fact) for fact in facts)
        sync(self.office, known, SyncRequest(operations=told))

    def held(self) -> dict[str, tuple[str | None, int, bool]]:
        """By number: technician, position, published."""
        with self.office.database.reading() as c:
            query = "SELECT number, technician, route_position, published FROM visits"
            return {row[0]: (row[1], row[2], bool(row[3])) for row in c.exec_driver_sql(query)}

    def trail(self) -> list[str]:
        """What the audit trail says was done, in order."""
        with self.office.database.reading() as c:
            found = c.exec_driver_sql("SELECT action FROM audit ORDER BY chain, number")
            return TypeAdapter(list[str]).validate_python([row[0] for row in found])


def numbers(blocks: Any) -> list[str]:
    """The visit numbers of blocks, in their order."""
    return [block.number for block in blocks]
