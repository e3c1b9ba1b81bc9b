"""A technician of pure facts: makes for any requirement of any visit the facts that meet it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need, Requirement, Step, parse_flow, parse_lmra
from fieldapp.domain.pending import check_of, owed
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import Progress, meter_now
from fieldapp.domain.requirements import missing_in, missing_registers
from fieldapp.domain.rules import advance
from fieldapp.domain.steps import current_step, lmra_questions
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    Visit,
    WorkKind,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EANS = {"E": "871687100000000012", "G": "871687100000000029"}
OLD = {"E": "E0044007382246019", "G": "G0007001234567809"}
NEW = {"E": "E0044007382246020", "G": "G0039001936990625"}
REGISTERS = {
    "E": tuple(
        MeterRegister(obis=f"1-0:{d}.8.{t}", unit="kWh", digits=6)
        for d in (1, 2)
        for t in (1, 2)
    ),
    "G": (MeterRegister(obis="0-1:24.2.1", unit="m3", digits=5, decimals=3),),
}
CHOICE = Choice(preference=Preference.OFF, by=Requester.HOLDER, verified="at_door", made_at=NOW)


def make_visit(
    kind: WorkKind,
    variant: str = "E",
    meter_kind: MeterKind = MeterKind.SMART,
    *,
    old: MeterKind | None = MeterKind.SMART,
    **planned: int,
) -> Visit:
    """A visit; `old` is the kind of meter that hangs there, None for none.

    `planned` may say the `version` of the definitions and how many `phases` there are.
    """
    version, phases = planned.get("version", 2), planned.get("phases", 3)

    def connection(carrier: str) -> Connection:
        hangs = (
            None
            if old is None
            else Meter(number=OLD[carrier], kind=old, registers=REGISTERS[carrier])
        )
        return Connection(
            ean=EANS[carrier],
            commodity=Commodity(carrier),
            capacity="3x25A" if carrier == "E" else "G4",
            phases=phases if carrier == "E" else 1,
            meter=hangs,
        )

    carriers = variant.split("+")
    return Visit(
        id="v1",
        number="V-1",
        kind=kind,
        region="westland",
        window_start=NOW,
        window_end=NOW + timedelta(hours=2),
        customer=Customer(holder="h1", name="Test"),
        address=Address(street="Dijk", number="1", postcode="2671 AB", place="Naaldwijk"),
        connections=tuple(connection(carrier) for carrier in carriers),
        flow=parse_flow(resources.read_text(f"flows/{kind}-{version}.toml")),
        lmra=parse_lmra(resources.read_text(f"lmra/lmra-{version}.toml")),
        variant=variant,
        meter_kind=meter_kind,
        new_meters=tuple(
            Meter(number=NEW[c], kind=meter_kind, registers=REGISTERS[c]) for c in carriers
        ),
    )


def started(visit: Visit) -> Progress:
    """On site with the risk analysis answered, and begun."""
    progress = Progress()
    for fact in (f.VisitAccepted(at=NOW), f.VisitTravelling(at=NOW), f.VisitArrived(at=NOW)):
        progress = advance(visit, progress, fact)
    return begin(visit, progress)


def begin(visit: Visit, progress: Progress) -> Progress:
    """The risk analysis, and work begins (again)."""
    answers = {question.code: "yes" for question in lmra_questions(visit, progress)}
    lmra = f.LmraAnswered(at=NOW, version=visit.lmra.version, answers=answers, by="T1")
    return advance(visit, advance(visit, progress, lmra), f.VisitStarted(at=NOW))


def work(visit: Visit, progress: Progress, deed: str = "") -> Progress:
    """Every step done as it should, then closed; `deed` is what is done about a fault."""
    while (step := current_step(visit, progress)) is not None:
        for need in _open(visit, progress, step):
            said = deed if need.need is Need.ACTION else ""
            for fact in meeting(visit, progress, step.code, need, said):
                progress = advance(visit, progress, fact)
        progress = advance(visit, progress, f.StepDone(at=NOW, step=step.code))
    return close(visit, progress)


def close(visit: Visit, progress: Progress) -> Progress:
    """Closed, with what has to be named."""
    pending = tuple(check_of(what, date(2026, 11, 24)) for what in owed(progress))
    return advance(visit, progress, f.VisitClosed(at=NOW, pending=pending))


def _open(visit: Visit, progress: Progress, step: Step) -> Iterator[Requirement]:
    """The requirements still open, asked anew each time, since facts may add some."""
    seen: set[str] = set()
    while True:
        now = current_step(visit, progress)
        missing = missing_in(visit, progress, now) if now else ()
        left = [n for n in (now or step).needs if n.code in missing and n.code not in seen]
        if not left:
            return
        seen.add(left[0].code)
        yield left[0]


def meeting(
    visit: Visit, progress: Progress, step: str, need: Requirement, answer: str = ""
) -> tuple[f.AnyFact, ...]:
    """The facts that meet one requirement; `answer` picks one of a question's options."""
    about = need.about
    match need.need:
        case Need.READINGS:
            return tuple(_readings(visit, progress, step, about))
        case Need.FINDINGS:
            rules = need.options or ("voltage_out_of_range",)
            return tuple(_finding(step, rule) for rule in rules)
        case Need.IDENTITY:
            number = _number(visit, progress, about)
            return (_contact(step, number),)
        case _:
            return (_one(visit, progress, step, need, answer),)


def _one(
    visit: Visit, progress: Progress, step: str, need: Requirement, answer: str
) -> f.AnyFact:
    about, electric = need.about, _number(visit, progress, "E")
    made: dict[Need, f.AnyFact] = {
        Need.CONFIRM: f.ItemConfirmed(at=NOW, step=step, item=about),
        Need.MEASURE: f.MeasurementEntered(
            at=NOW, step=step, name=about, value=Decimal(230), unit=need.unit, instrument="1"
        ),
        Need.PHOTO: _file(step, about),
        Need.SIGNATURE: _file(step, "signature"),
        Need.SEAL: f.SealRecorded(at=NOW, step=step, position=about, number="1", action="x"),
        Need.CHOICE: f.ChoiceRecorded(at=NOW, step=step, choice=CHOICE),
        Need.PREFERENCE: f.PreferenceApplied(
            at=NOW, step=step, meter=electric, before=0, requested=Preference.OFF, after=1
        ),
        Need.STATE: state(step, about, electric),
        Need.CLOCK: f.ClockSet(
            at=NOW, step=step, meter=electric, before_s=Decimal(90), after_s=Decimal(0)
        ),
        Need.ALARMS: f.AlarmsCleared(at=NOW, step=step, meter=electric, before={}, after={}),
        Need.COUPLED: f.MbusCoupled(
            at=NOW, step=step, meter=electric, channel=1, number="1", key_status="in_use"
        ),
        Need.DECOUPLED: f.MbusDecoupled(
            at=NOW, step=step, meter=electric, channel=1, number="1"
        ),
        Need.MODEM: state(step, "placed", electric, modem={"registration": "home"}),
        Need.TELEGRAM: f.TelegramChecked(
            at=NOW, step=step, meter=electric, version="50", checksum="ok"
        ),
        Need.RESET: f.MeterReset(at=NOW, step=step, meter=electric),
        Need.FINDING: _finding(step, "voltage_out_of_range"),
        Need.ACTION: f.ActionTaken(at=NOW, step=step, action=answer or "repaired"),
        Need.FOLLOW_UP: f.FollowUpAsked(at=NOW, step=step, work=WorkKind.FAULT, reason=about),
    }
    match need.need:
        case Need.ANSWER:
            said = answer or need.options[0]
            return f.QuestionAnswered(at=NOW, step=step, item=about, answer=said)
        case Need.REMOVED:
            return f.MeterRemoved(at=NOW, step=step, ean=EANS[about], number=OLD[about])
        case Need.PLACED:
            return f.MeterPlaced(
                at=NOW,
                step=step,
                ean=EANS[about],
                number=NEW[about],
                meter_kind=visit.meter_kind,
            )
        case _:
            return made[need.need]


def state(step: str, moment: str, meter: str, **parts: object) -> f.StateRetrieved:
    """A readout that tells little, unless `parts` say more."""
    told = {"alarms": ["fraud"], "clock": {"deviation_s": "75"}, "modem": None}
    return f.StateRetrieved(
        at=NOW, step=step, moment=moment, channel=f.Channel.P0, meter=meter, state=told | parts
    )


def waiver(step: str, need: Requirement, way_out: str) -> f.WaivedRequirement:
    """A way out, taken."""
    return f.WaivedRequirement(
        at=NOW, step=step, requirement=need.code, way_out=way_out, reason="so it was"
    )


def _number(visit: Visit, progress: Progress, carrier: str) -> str:
    meter = meter_now(visit, progress, Commodity(carrier))
    return meter.number if meter else ""


def _contact(step: str, number: str) -> f.MeterContacted:
    return f.MeterContacted(
        at=NOW,
        step=step,
        channel=f.Channel.P0,
        purpose="placement",
        expected=number,
        found=number,
    )


def _finding(step: str, rule: str) -> f.FindingRecorded:
    return f.FindingRecorded(at=NOW, step=step, rule=rule, verdict="ruled_out", why="230 V")


def _file(step: str, slot: str) -> f.EvidenceAdded:
    return f.EvidenceAdded(
        at=NOW, step=step, slot=slot, sha256="0" * 64, size=1, media_type="image/png"
    )


def _readings(
    visit: Visit, progress: Progress, step: str, about: str
) -> Iterator[f.ReadingTaken]:
    moment, _, carrier = about.partition(".")
    number = OLD[carrier] if moment == "final" else _number(visit, progress, carrier)
    for obis in missing_registers(visit, progress, about):
        yield f.ReadingTaken(
            at=NOW,
            step=step,
            moment=moment,
            ean=EANS[carrier],
            meter=number,
            obis=obis,
            digits="001234",
            value=Decimal(1234),
            unit="kWh" if carrier == "E" else "m3",
            settlement=Decimal(1234),
            channel=f.Channel.P1,
        )
