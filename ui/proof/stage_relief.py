"""The relief technician: a day with a visit at every point where a picture is wanted.

In come an open laptop with its day and the street; out come ids of visits that stand at a
named point. Rule: a visit is worked up to its point when it is first asked for, by the same
hands that work the practice day, and stays there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

import resources
from ui.demo.hands import Hands
from ui.demo.plan import Script, load_scripts
from ui.demo.world import Street
from ui.presenters.metering import Sources
from ui.presenters.visit_page import Action, Primary
from ui.wiring import Laptop

TECHNICIAN = "M-06"


@dataclass(frozen=True, slots=True)
class Point:
    """Which practice visit, and what is next in it."""

    number: str
    action: Action | None
    about: str = ""
    step: str = ""

    def reached(self, primary: Primary | None) -> bool:
        """Whether a page with this next thing to do is there."""
        if primary is None:
            return self.action is None
        here = self.step in {"", primary.step}
        return here and (primary.action, primary.about) == (self.action, self.about)


_ONE_METER = "Dezelfde meter hangt in elk van deze bezoeken."
POINTS: Mapping[str, Point] = {
    "planned": Point("V-1001", Action.ACCEPT),
    "travelling": Point("V-1001", Action.ARRIVE),
    "lmra": Point("V-1002", Action.ANSWER_LMRA),
    "lmra_no": Point("V-1003", Action.ANSWER_LMRA),
    "identity": Point("V-1001", Action.IDENTIFY_METER, "E"),
    "by_hand": Point("V-1002", Action.TAKE_READINGS, "final.E"),
    "photo": Point("V-1002", Action.TAKE_PHOTO, "old_meter"),
    "seal": Point("V-1002", Action.RECORD_SEAL, "old_terminal_cover"),
    "question": Point("V-1004", Action.ANSWER_QUESTION, "medical_equipment"),
    "confirm": Point("V-1002", Action.CONFIRM_ITEM, "voltage_free"),
    "place": Point("V-1002", Action.PLACE_METER, "E"),
    "measure": Point("V-1002", Action.ENTER_MEASUREMENT, "voltage_l1_n"),
    "gas_tight": Point("V-1002", Action.ANSWER_QUESTION, "gas_tight"),
    "clock": Point("V-1002", Action.RETRIEVE_STATE, "placed"),
    "alarms": Point("V-1002", Action.RETRIEVE_STATE, "placed"),
    "modem": Point("V-1002", Action.RETRIEVE_STATE, "placed"),
    "couple": Point("V-1002", Action.COUPLE, "G"),
    "telegram": Point("V-1002", Action.HEAR_TELEGRAM),
    "start_readings": Point("V-1002", Action.TAKE_READINGS, "start.E"),
    "reset": Point("V-1004", Action.RESET_METER),
    "choice": Point("V-1001", Action.RECORD_CHOICE),
    "written": Point("V-1001", Action.FINISH_STEP, step="write_preference"),
    "sign": Point("V-1008", Action.SIGN),
    "close": Point("V-1008", Action.CLOSE),
    "state": Point("V-1003", Action.RETRIEVE_STATE, "before"),
    "finding": Point("V-1003", Action.RECORD_FINDINGS),
    "found": Point("V-1003", Action.FINISH_STEP, step="findings"),
    "action": Point("V-1003", Action.RECORD_ACTION),
    "done": Point("V-1001", None),
    "gone": Point("V-1008", Action.ACCEPT),
    "mended": Point("V-1003", None),
    "removed": Point("V-1004", None),
    "other_meter": Point("V-1002", Action.PLACE_METER, "E"),
}
"""By name; the day has one visit for each."""


class _Enough(Exception):
    """The hands got as far as the picture wants."""


def number_of(name: str) -> str:
    """The number of the visit for a point."""
    return f"V-{3001 + list(POINTS).index(name)}"


def day() -> list[dict[str, Any]]:
    """The relief technician's visits, as the office imports them."""
    practice = {
        row["number"]: row
        for row in json.loads(resources.read_text("demo/westland.json"))["visits"]
    }
    rows = []
    for name, point in POINTS.items():
        row = json.loads(json.dumps(practice[point.number]))
        row |= {"number": number_of(name), "technician": TECHNICIAN}
        row["customer"]["reference"] = f"K-{row['number']}"
        if name == "measure":
            row["new_meters"] = [_twin(meter) for meter in row["new_meters"]]
        rows.append(row)
    return rows


def _twin(meter: dict[str, Any]) -> dict[str, Any]:
    """Another meter of the same kind: each hangs at one visit only."""
    return {**meter, "number": f"{meter['number'][:-1]}9"}


@dataclass(slots=True)
class Relief:
    """Works for the pictures.

    Attributes:
        visits: the day's ids by number.
    """

    laptop: Laptop
    street: Street
    visits: Mapping[str, str]
    _standing: dict[str, str] = field(default_factory=dict)

    async def at(self, name: str) -> str:
        """The id of the visit that stands at a point of `POINTS`."""
        if name not in self._standing:
            visit = self.visits[number_of(name)]
            await self._work(visit, POINTS[name])
            self._standing[name] = visit
        return self._standing[name]

    async def _work(self, visit: str, point: Point) -> None:
        page = self.laptop.visit_presenter(visit)
        sources = Sources(p1=self.street.p1, p0=self.street.optical)
        meters = self.laptop.meter_presenter(visit, sources)
        await page.open()

        def tell(**_done: str) -> None:
            if point.action is not None and point.reached(page.state.primary):
                raise _Enough

        try:
            tell()
            await Hands(page, meters, _script(point), self._plug, tell).work()
        except _Enough:
            pass
        finally:
            page.close()

    def _plug(self, number: str) -> None:
        self.street.plug(number)


def _script(point: Point) -> Script:
    """As on the practice day; meters are told by their name plates, which takes no time."""
    script = load_scripts()[point.number]
    return msgspec.structs.replace(script, identify="nameplate", despite=_ONE_METER)
