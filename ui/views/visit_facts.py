"""What was kept in a visit, one line a fact, as a technician reads it back.

In comes a fact; out comes its line in the language now spoken. Rule: values as they were kept,
never rounded; a fact that only moves the visit on has no line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldapp.domain import facts as f
from fieldapp.domain.report import REPORT
from ui.presenters.optical_deeds import names_set
from ui.presenters.visit_findings import row_of
from ui.views.finding_words import rule_name, says
from ui.views.language import Words
from ui.views.meter_words import event_name, optional, version_text
from ui.views.visit_words import (
    amount,
    capital,
    choice_name,
    obis_number,
    slot_name,
)

_REFUSED = "refused"


def fact_line(words: Words, fact: f.AnyFact) -> str:
    """What was kept, in one line; empty for what only moves the visit on."""
    made = _FACTS.get(type(fact))
    return made(words, fact) if made else ""


def _contact(words: Words, fact: f.MeterContacted) -> str:
    key = "visit.kept.same_meter" if fact.matches else "visit.kept.other_meter"
    via = words(f"visit.via_{fact.channel}")
    return words(key, number=fact.found, via=via)


def _reading(words: Words, fact: f.ReadingTaken) -> str:
    value = amount(words, fact.value, fact.unit)
    via = words(f"visit.via_{fact.channel}")
    return words("visit.kept.reading", obis=obis_number(fact.obis), value=value, via=via)


def _evidence(words: Words, fact: f.EvidenceAdded) -> str:
    if fact.slot == "signature":
        return words("visit.kept.signature")
    if fact.slot == REPORT:
        return words("documents.kept")
    about = slot_name(words, fact.slot)
    return words("visit.kept.photo", about=about, size=words.size(fact.size))


def _item(words: Words, fact: f.ItemConfirmed) -> str:
    return words("visit.kept.item", about=words.code("about", fact.item))


def _measured(words: Words, fact: f.MeasurementEntered) -> str:
    text = words(
        "visit.kept.measured",
        about=words.code("about", fact.name),
        value=amount(words, fact.value, fact.unit),
    )
    return f"{text} · {fact.instrument}" if fact.instrument else text


def _answered(words: Words, fact: f.QuestionAnswered) -> str:
    question = capital(words.code("about", fact.item))
    answer = words.code("answers", f"{fact.item}.{fact.answer}")
    text = words("visit.kept.answer", question=question, answer=answer)
    return f"{text} · {fact.note}" if fact.note else text


def _telegram(words: Words, fact: f.TelegramChecked) -> str:
    gas = words("visit.gas_none")
    if fact.gas_at is not None:
        key = "visit.gas_fresh" if fact.gas_fresh else "visit.gas_stale"
        gas = words(key, time=words.moment(fact.gas_at))
    version = words("meter.dsmr", version=version_text(fact.version)) if fact.version else "P1"
    checksum = words(f"visit.checksum_{fact.checksum}")
    return words(
        "visit.kept.telegram", number=fact.meter, version=version, checksum=checksum, gas=gas
    )


def _reset(words: Words, fact: f.MeterReset) -> str:
    return words("visit.kept.reset", number=fact.meter)


def _follow_up(words: Words, fact: f.FollowUpAsked) -> str:
    work, reason = words.code("kinds", fact.work), words.code("about", fact.reason)
    text = words("visit.kept.follow_up", work=work, reason=reason)
    return f"{text} · {fact.note}" if fact.note else text


def _seal(words: Words, fact: f.SealRecorded) -> str:
    done = words(f"visit.seal_{fact.action}")
    return words(
        "visit.kept.seal",
        about=words.code("about", fact.position),
        done=done,
        number=fact.number or words("visit.no_number"),
    )


def _removed(words: Words, fact: f.MeterRemoved) -> str:
    return words("visit.kept.removed", number=fact.number)


def _placed(words: Words, fact: f.MeterPlaced) -> str:
    said = words("visit.kept.placed", number=fact.number)
    return words("van.despite", placed=said, reason=fact.despite) if fact.despite else said


def _choice(words: Words, fact: f.ChoiceRecorded) -> str:
    by = words(f"visit.by_{fact.choice.by}")
    return words("visit.kept.choice", choice=choice_name(words, fact.choice.preference), by=by)


def _applied(words: Words, fact: f.PreferenceApplied) -> str:
    return words(
        "visit.kept.applied",
        before=choice_name(words, fact.before),
        after=choice_name(words, fact.after),
    )


def _deferred(words: Words, fact: f.PreferenceDeferred) -> str:
    return words("visit.kept.deferred", choice=choice_name(words, fact.requested))


def _retrieved(words: Words, fact: f.StateRetrieved) -> str:
    moment = words.code("about", fact.moment)
    return words("visit.kept.state", moment=moment, number=fact.meter)


def _clock_set(words: Words, fact: f.ClockSet) -> str:
    before, after = (
        words.number(off, "s") if off is not None else words("meter.no_value")
        for off in (fact.before_s, fact.after_s)
    )
    return words("visit.kept.clock_set", before=before, after=after)


def _cleared(words: Words, fact: f.AlarmsCleared) -> str:
    names = ", ".join(event_name(words, name) for name in fact.names)
    back = ", ".join(event_name(words, name) for name in names_set(fact.after))
    if not back:
        return words("visit.kept.alarms_cleared", names=names)
    return words("visit.kept.alarms_came_back", names=names, back=back)


def _coupled(words: Words, fact: f.MbusCoupled) -> str:
    status = fact.key_status or "no_key"
    told = optional(words, f"meter.key_{status}", status)
    if fact.key == _REFUSED:
        told = f"{told}, {words('visit.kept.mbus_key_refused')}"
    number = fact.device or fact.number
    return words("visit.kept.mbus_coupled", channel=fact.channel, number=number, status=told)


def _host(words: Words, fact: f.HostConfirmed) -> str:
    return words("visit.kept.host_confirmed", number=fact.meter)


def _decoupled(words: Words, fact: f.MbusDecoupled) -> str:
    number = fact.device or fact.number
    return words("visit.kept.mbus_decoupled", channel=fact.channel, number=number)


def _location(words: Words, fact: f.LocationWritten) -> str:
    return words("visit.kept.location_written", code=fact.after)


def _message(words: Words, fact: f.MessageWritten) -> str:
    template = optional(words, f"meter.message_{fact.template}", fact.template)
    return words("visit.kept.message_written", template=template)


def _finding(words: Words, fact: f.FindingRecorded) -> str:
    verdict = words(f"visit.verdict.{fact.verdict}")
    return words(
        "visit.kept.finding",
        rule=rule_name(words, fact.rule),
        verdict=verdict,
        why=says(words, row_of(fact)),
    )


def _action(words: Words, fact: f.ActionTaken) -> str:
    done = words(f"visit.deed.{fact.action}")
    return f"{done}: {fact.note}" if fact.note else done


def _waived(words: Words, fact: f.WaivedRequirement) -> str:
    way = words.code("ways_out", fact.way_out)
    return words("visit.kept.waived", way=way, reason=fact.reason)


def _refusal(words: Words, fact: f.RefusalRecorded) -> str:
    return words("visit.kept.refusal", offered=words(f"visit.meter_{fact.offered}"))


def _complaint(words: Words, fact: f.ComplaintRecorded) -> str:
    return words("visit.kept.complaint", text=fact.text)


def _danger(words: Words, fact: f.DangerReported) -> str:
    return words("visit.kept.danger", danger=words(f"visit.danger.{fact.danger}"))


def _found_other(words: Words, fact: f.OtherMeterFound) -> str:
    return words("visit.kept.found_other", number=fact.found, reason=fact.reason)


_FACTS: dict[type[f.Fact], Callable[[Words, Any], str]] = {
    f.MeterContacted: _contact,
    f.OtherMeterFound: _found_other,
    f.ReadingTaken: _reading,
    f.EvidenceAdded: _evidence,
    f.ItemConfirmed: _item,
    f.MeasurementEntered: _measured,
    f.QuestionAnswered: _answered,
    f.TelegramChecked: _telegram,
    f.MeterReset: _reset,
    f.FollowUpAsked: _follow_up,
    f.SealRecorded: _seal,
    f.MeterRemoved: _removed,
    f.MeterPlaced: _placed,
    f.ChoiceRecorded: _choice,
    f.PreferenceApplied: _applied,
    f.PreferenceDeferred: _deferred,
    f.StateRetrieved: _retrieved,
    f.ClockSet: _clock_set,
    f.AlarmsCleared: _cleared,
    f.HostConfirmed: _host,
    f.MbusCoupled: _coupled,
    f.MbusDecoupled: _decoupled,
    f.LocationWritten: _location,
    f.MessageWritten: _message,
    f.FindingRecorded: _finding,
    f.ActionTaken: _action,
    f.RefusalRecorded: _refusal,
    f.ComplaintRecorded: _complaint,
    f.WaivedRequirement: _waived,
    f.DangerReported: _danger,
}
