"""A technician's long day as the sync bench needs it: twelve visits, forty facts at each.

In come the practice day's visits and their flows; out come rows for the office to publish, and
facts of the kinds, sizes and order that a visit makes. Rule: nothing here is random; two runs
send the same but for ids, salts and signatures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit

VISITS = 12
FACTS = 40
PHOTO_OCTETS = 300 * 1000
_PHOTOS = ("old_meter", "new_meter", "seal", "cupboard", "leaflet", "nameplate")

Row = dict[str, Any]


def rows(technician: str) -> list[Row]:
    """The practice day's visits, with numbers of their own, all for one technician."""
    known = json.loads(resources.read_text("demo/westland.json"))["visits"]
    large = sorted(known, key=lambda row: len(json.dumps(row)), reverse=True)
    made = []
    for number in range(VISITS):
        row = {**large[number % 6], "number": f"B-{number + 1:02}", "technician": technician}
        row["customer"] = {**row["customer"], "reference": f"B-{number + 1:02}"}
        made.append(row)
    return made


def facts(visit: Visit, at: datetime) -> tuple[f.AnyFact, ...]:
    """`FACTS` facts of a visit, from accepting it to its end."""
    steps = [step.code for step in visit.flow.steps]
    return (
        *_coming(visit, at),
        *_meter(visit, at, steps[0]),
        *_answers(at, steps[-1]),
        *(f.StepDone(at=at, step=steps[number % len(steps)]) for number in range(10)),
        f.VisitNotDone(at=at, reason=NotDoneReason.NOBODY_HOME, text="Briefje achtergelaten."),
    )


def _coming(visit: Visit, at: datetime) -> Iterator[f.AnyFact]:
    yield f.VisitAccepted(at=at)
    yield f.VisitTravelling(at=at)
    yield f.VisitArrived(at=at)
    answers = {question.code: "yes" for question in visit.lmra.questions}
    yield f.LmraAnswered(at=at, version=visit.lmra.version, answers=answers, by="Monteur")
    yield f.VisitStarted(at=at)
    for number, slot in enumerate(_PHOTOS):
        name = hashlib.sha256(f"{visit.id}{slot}".encode()).hexdigest()
        yield f.EvidenceAdded(
            at=at, slot=slot, sha256=name, size=PHOTO_OCTETS + number, media_type="image/jpeg"
        )


def _meter(visit: Visit, at: datetime, step: str) -> Iterator[f.AnyFact]:
    for found in ("E0044007382246019", "E0044007382246010"):
        yield f.MeterContacted(
            at=at,
            step=step,
            channel=f.Channel.P1,
            purpose="reading_preference",
            expected="E0044007382246019",
            found=found,
        )
    for number in range(4):
        digits = f"{13205 + number}{visit.route_position:02}"
        yield f.ReadingTaken(
            at=at,
            step=step,
            moment="check",
            ean="871687000000200010",
            meter="E0044007382246019",
            obis=f"1-0:{1 + number % 2}.8.{1 + number // 2}",
            digits=digits,
            value=Decimal(digits) / 1000,
            unit="kWh",
            settlement=Decimal(digits[:-3]),
            channel=f.Channel.P1,
        )
    for name, value in (("voltage_l1", "231.4"), ("phase_rotation", "1")):
        yield f.MeasurementEntered(at=at, name=name, value=Decimal(value), unit="V")


def _answers(at: datetime, step: str) -> Iterator[f.AnyFact]:
    for question in ("cupboard_safe", "voltage_free", "seals_whole", "customer_present"):
        yield f.QuestionAnswered(at=at, step=step, item=question, answer="yes")
    for item in ("voltage_free", "leaflet", "display_explained", "cupboard_clean"):
        yield f.ItemConfirmed(at=at, step=step, item=item)
    for rule, verdict in (("reverse_energy", "ruled_out"), ("phase_missing", "not_examined")):
        yield f.FindingRecorded(
            at=at, rule=rule, verdict=verdict, why="no_trace", rules=1, values={"days": "14"}
        )
