"""What was done at the customer's, and what was agreed, as codes with a time.

In come a visit and its progress; out come the lines that a customer is told, in the order in
which they happened. Rule: a fact has a line here or is not told; what a person typed beside it
(a note, a reason) is never taken along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference
from fieldapp.domain.progress import Progress, commodity_of
from fieldapp.domain.steps import placed_kind
from fieldapp.domain.work_order import MeterKind, Visit, WorkKind

_CONFIRMED = frozenset({"main_switch_on", "joints_tight", "pipe_capped_tight", "vented"})
_SAID = frozenset({"gas_tight.tight", "gas_tight.leak_inside", "gas_tight.leak_network"})
_SAID |= frozenset({"network_leak.repaired", "network_leak.reported", "appliances.relit"})
_ESTIMATED = "unreadable"
_RELIGHT = ("appliances", "customer_told")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done.

    Attributes:
        number: of the meter it is about, or empty.
        carrier: `E`, `G` or empty.
    """

    code: str
    at: datetime
    number: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Something agreed with the customer; `about` is a code or empty."""

    code: str
    about: str = ""


def deeds(visit: Visit, progress: Progress) -> tuple[Deed, ...]:
    """What was done, in order; what was done twice alike is told once, as it was last."""
    told = [one for fact in progress.facts for one in _deed(visit, fact)]
    last = {(one.code, one.number): one for one in told}
    return tuple(one for one in told if last[one.code, one.number] is one)


def _deed(visit: Visit, fact: f.AnyFact) -> Iterator[Deed]:
    match fact:
        case f.MeterRemoved():
            yield Deed("removed", fact.at, fact.number, commodity_of(visit, fact.ean))
        case f.MeterPlaced():
            carrier = commodity_of(visit, fact.ean)
            code = "placed" if carrier == "G" else f"placed_{fact.meter_kind}"
            yield Deed(code, fact.at, fact.number, carrier)
        case f.MbusCoupled():
            yield Deed("coupled", fact.at, fact.device or fact.number)
        case f.MbusDecoupled():
            yield Deed("decoupled", fact.at, fact.device or fact.number)
        case _ if code := _without_number(fact):
            yield Deed(code, fact.at)
        case _:
            pass


def _without_number(fact: f.AnyFact) -> str:
    match fact:
        case f.PreferenceApplied():
            return f"set_{fact.requested}"
        case f.ActionTaken():
            return f"action.{fact.action}"
        case f.ClockSet() | f.TelegramChecked() | f.StateRetrieved():
            return fact.kind
        case f.ItemConfirmed() if fact.item in _CONFIRMED:
            return fact.item
        case f.QuestionAnswered() if f"{fact.item}.{fact.answer}" in _SAID:
            return f"{fact.item}.{fact.answer}"
        case _:
            return ""


def agreed(visit: Visit, progress: Progress, choice: Choice | None) -> tuple[Agreement, ...]:
    """What was agreed and what the customer still has to do, each once."""
    told = [one for fact in progress.facts for one in _agreement(fact)]
    if _sends_readings(visit, progress, choice):
        told.append(Agreement("own_readings"))
    return tuple(dict.fromkeys(told))


def _agreement(fact: f.AnyFact) -> Iterator[Agreement]:
    match fact:
        case f.ItemConfirmed() if fact.item in {"gas_left_off", "installer_advised"}:
            yield Agreement(fact.item)
        case f.QuestionAnswered() if (fact.item, fact.answer) == _RELIGHT:
            yield Agreement("relight")
        case f.FollowUpAsked():
            yield Agreement("follow_up", fact.work)
        case f.RefusalRecorded():
            yield Agreement("refused", fact.offered)
            if fact.accepted_instead is not None:
                yield Agreement("instead", fact.accepted_instead)
        case f.ComplaintRecorded():
            yield Agreement("complaint")
        case f.WaivedRequirement() if fact.way_out == _ESTIMATED:
            yield Agreement("estimated", fact.requirement.partition(":")[2])
        case _:
            pass


def _sends_readings(visit: Visit, progress: Progress, choice: Choice | None) -> bool:
    """Who is not read remotely sends readings once a year (trade.md, The customer's choice)."""
    if any(fact.item == "own_readings_told" for fact in progress.of(f.ItemConfirmed)):
        return True
    if visit.kind is WorkKind.PLACEMENT and placed_kind(visit, progress) is MeterKind.DIGITAL:
        return True
    return choice is not None and choice.preference is Preference.OFF
