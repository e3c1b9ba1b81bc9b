"""The office of the stage: the real one, in this process, on the stage's clock.

In come a folder, a clock and the day's plan; out come an address, codes and a dispatcher's
token. Rule: everything goes in through the doors that an administrator and a dispatcher use.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from uvicorn import Config

import resources
from fieldapp.clock import Clock
from sync.server import importing, laptops, people, planning
from sync.server.app import create_app
from sync.server.choices import Originals, choose_originals
from sync.server.dayfile import DayFile
from sync.server.designations import import_designations
from sync.server.doors import Role, User
from sync.server.importing_keys import import_keys
from sync.server.importing_stock import import_stock
from sync.server.office import Office
from sync.server.run import OfficeServer, address, listen
from sync.server.settings import ServerSettings
from ui.demo.world import DESIGNATIONS, KEYS, STOCK

REGION, OTHER_REGION = "Westland", "Delfland"
NAMES = {
    "M-01": "Oefenmonteur 1",
    "M-02": "Oefenmonteur 2",
    "M-03": "Oefenmonteur 3",
    "M-04": "Oefenmonteur 4",
    "M-05": "Oefenmonteur 5",
}
OTHERS = {
    "M-06": "Oefenmonteur 6",
    "M-07": "Oefenmonteur 7",
    "M-08": "Oefenmonteur 8",
    "M-09": "Oefenmonteur 9",
}
"""Of the other region, so that the first one's board stays what people know."""
_STREETS = ("Glazen Kasstraat", "Tomatentros", "Druivenpad", "Komkommerkreek", "Kasmuur")
_PLACES = (
    ("Naaldwijk", "2671ZA"),
    ("Monster", "2681ZA"),
    ("De Lier", "2678ZA"),
    ("Wateringen", "2291ZA"),
    ("Poeldijk", "2685ZA"),
    ("Maasdijk", "2676ZA"),
    ("Honselersdijk", "2675ZA"),
)
_STARTS = ((8, 0), (9, 0), (10, 30), (12, 30), (13, 30), (15, 0))
_SOON = "2026-12-01"
_READY_S = 30.0
Row = dict[str, Any]


class StageOffice:
    """Runs for as long as `running` does."""

    def __init__(self, office: Office, url: str) -> None:
        self.url = url
        self._office = office
        self._dispatcher = User("planner", Role.DISPATCHER, REGION)
        self._other = User("planner 2", Role.DISPATCHER, OTHER_REGION)
        with office.database.writing() as c:
            for region, names in ((REGION, NAMES), (OTHER_REGION, OTHERS)):
                for technician, name in names.items():
                    people.add_technician(c, region, technician, name)
            self.token = people.add_user(office, c, self._dispatcher)

    def import_keys(self) -> None:
        """The keys of the practice meters."""
        file = self._office.settings.files / "keys.csv"
        file.write_bytes(resources.read_bytes(KEYS))
        import_keys(self._office, file, dry_run=False)
        file.unlink()

    def import_stock(self, technician: str) -> None:
        """What is in a technician's van: that of the practice technician."""
        file = self._office.settings.files / "stock.csv"
        practice = resources.read_text(STOCK)
        file.write_text(practice.replace("M-01", technician), encoding="utf-8")
        import_stock(self._office, file, dry_run=False)
        file.unlink()

    def designate(self) -> None:
        """What the technicians may do: as the practice technician, whose gas part ends soon."""
        file = self._office.settings.files / "designations.csv"
        heading, *rows = resources.read_text(DESIGNATIONS).splitlines()
        everybody = [row.replace("M-01", who) for who in (*NAMES, *OTHERS) for row in rows]
        soon = [
            row.replace("2039-12-31", _SOON) if "M-01,V" in row else row for row in everybody
        ]
        file.write_text("\n".join((heading, *soon)), encoding="utf-8")
        import_designations(self._office, file, dry_run=False)
        file.unlink()

    def plan(self, on: date) -> None:
        """The practice day for the first technician, made-up ones for the others, some free."""
        rows = json.loads(resources.read_text("demo/westland.json"))["visits"]
        own = [{**row, "technician": "M-01"} for row in rows]
        others = [row for who in list(NAMES)[1:] for row in _route(rows, who)]
        free = [{**row, "technician": None} for row in _route(rows, "free")[1:5]]
        self._take(self._dispatcher, [*own, *others], on)
        planning.plan_day(self._office, self._dispatcher, on)
        planning.publish_day(self._office, self._dispatcher, on)
        self._take(self._dispatcher, free, on)

    def publish(self, rows: list[Row], on: date) -> None:
        """Visits of the other region, new or changed, on their way to their technicians."""
        self._take(self._other, rows, on)
        planning.plan_day(self._office, self._other, on)
        planning.publish_day(self._office, self._other, on)

    def change(self, number: str, on: date, **changed: object) -> None:
        """A visit of a colleague stands otherwise in the office's source from now on."""
        rows = json.loads(resources.read_text("demo/westland.json"))["visits"]
        route = [row for who in NAMES for row in _route(rows, who)]
        (row,) = [row for row in route if row["number"] == number]
        self._take(self._dispatcher, [row | changed], on)

    def withdraw(self, laptop: str) -> None:
        """A laptop gets nothing any more."""
        with self._office.database.writing() as c:
            laptops.withdraw(self._office, c, laptop)

    def cancel(self, number: str) -> None:
        """Take a visit of the other region back."""
        planning.cancel(self._office, self._other, number)

    def hold_originals(self, *, hold: bool) -> None:
        """Whether photos are to wait for a connection that costs nothing."""
        choose_originals(self._office, Originals.UNMETERED if hold else Originals.ANY)

    def code(self, technician: str) -> str:
        """A code that enrols a laptop of this technician."""
        with self._office.database.writing() as c:
            return people.new_enrolment_code(self._office, c, technician)

    def _take(self, who: User, rows: list[Row], on: date) -> None:
        file = DayFile.model_validate({"date": on.isoformat(), "visits": rows})
        importing.import_day(self._office, who, file)


def _route(rows: list[Row], who: str) -> list[Row]:
    """Six made-up visits in the manner of the practice day's, the same every time."""
    chance = random.Random(who)
    made = []
    for number, (hour, minute) in enumerate(_STARTS, 1):
        row = json.loads(json.dumps(chance.choice(rows)))
        place, postcode = chance.choice(_PLACES)
        name = f"V-{2000 + sum(map(ord, who)) % 97 * 10 + number}"
        row |= {
            "number": name,
            "technician": who,
            "window": [f"{hour:02}:{minute:02}", f"{hour + 2:02}:{minute:02}"],
            "address": {
                "street": chance.choice(_STREETS),
                "number": str(chance.randint(1, 99)),
                "postcode": postcode,
                "place": place,
            },
        }
        row["customer"] = {**row["customer"], "reference": f"K-{name}"}
        made.append(row)
    return made


@contextmanager
def running(folder: Path, clock: Clock) -> Iterator[StageOffice]:
    """The office on loopback, in a thread of its own."""
    app = create_app(ServerSettings.in_folder(folder, practice=True), clock)
    ready = threading.Event()
    with listen("127.0.0.1", 0) as bound:
        config = Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
        server = OfficeServer(config, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            if not ready.wait(_READY_S):
                raise TimeoutError("the office does not start")
            yield StageOffice(app.state.office, address(bound))
        finally:
            server.should_exit = True
            thread.join()
