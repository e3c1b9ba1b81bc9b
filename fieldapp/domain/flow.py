"""Step definitions: what each kind of work asks for, as versioned data.

In comes the TOML of `resources/flows`; out come frozen definitions that travel in the visit,
so that a visit planned under one version is finished under it. Rule: steps are data; what a
definition may depend on are the visit's traits (`steps`), and the only code that knows what
satisfies a requirement is `requirements`.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import StrEnum

import msgspec

When = tuple[tuple[str, ...], ...]
"""Groups of traits: of each group one must hold; `!trait` holds where the trait does not."""


class Need(StrEnum):
    """The kinds of requirement; `about` of a requirement says which one is meant."""

    LMRA = "lmra"  # all questions answered, no "no"
    IDENTITY = "identity"  # about: commodity; the meter's number compared with the visit's
    CONFIRM = "confirm"  # about: the item that is ticked
    ANSWER = "answer"  # about: the question; one of its options, none that stops the work
    MEASURE = "measure"  # about: the measurement's name
    READINGS = "readings"  # about: "<final|start|check>.<E|G>", every register of that meter
    PHOTO = "photo"  # about: the slot
    SIGNATURE = "signature"
    SEAL = "seal"  # about: the position
    PLACED = "placed"  # about: commodity
    REMOVED = "removed"  # about: commodity
    CHOICE = "choice"  # the customer's choice, by whom and how verified
    PREFERENCE = "preference"  # written and read back, or on its way through the office
    STATE = "state"  # about: before | placed | after
    CLOCK = "clock"  # set, or found right
    ALARMS = "alarms"  # shown and cleared, or none set
    COUPLED = "coupled"  # about: commodity on the M-Bus of the electricity meter
    DECOUPLED = "decoupled"  # about: commodity
    MODEM = "modem"  # registered, by the last state that was read
    TELEGRAM = "telegram"  # a whole P1 telegram of the meter that hangs there
    RESET = "reset"  # the removed meter set back by its script
    FINDING = "finding"
    FINDINGS = "findings"  # options: the rules, each with a verdict
    ACTION = "action"
    FOLLOW_UP = "follow_up"  # about: the reason; asked of the office from the site


class Requirement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a step needs before it can be done.

    Attributes:
        need: the kind.
        about: which one (slot, item, commodity, ...).
        ways_out: codes of the alternatives; empty where there is none (LMRA, identity,
            voltage-free, gas tightness).
        when: it is asked of visits with these traits only.
        options: the answers that may be given, or the rules that are to be judged.
        stops: options with which the work does not go on.
        unit: of a measurement, `V` or `mbar`.
        low, high: what is usual, in `unit`; outside is said and kept as it is.
    """

    need: Need
    about: str = ""
    ways_out: tuple[str, ...] = ()
    when: When = ()
    options: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    unit: str = "V"
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def code(self) -> str:
        """`photo:old_meter`; unique within a step."""
        return f"{self.need}:{self.about}" if self.about else str(self.need)


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step; steps are worked in order.

    Attributes:
        code: its name, the same in every definition where it means the same.
        needs: what must be there before it is done.
        only_for: of version 1: variants (E+G, E, G) or meter kinds (smart, digital), one of
            which must hold; empty: all.
        when: it is a step of visits with these traits only.
        after: codes of steps that must be done before anything of this one is begun.
    """

    code: str
    needs: tuple[Requirement, ...] = ()
    only_for: tuple[str, ...] = ()
    when: When = ()
    after: tuple[str, ...] = ()


class Activity(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a technician must be designated for, in visits with these traits."""

    code: str
    when: When = ()


class Flow(msgspec.Struct, frozen=True):
    """The steps of one kind of work under one version, and the activities that it is."""

    kind: str
    version: int
    steps: tuple[Step, ...]
    activities: tuple[Activity, ...] = ()

    def activities_for(self, traits: AbstractSet[str]) -> tuple[str, ...]:
        """Codes of the activities of a visit with these traits."""
        return tuple(one.code for one in self.activities if holds(one.when, traits))

    def steps_for(self, traits: AbstractSet[str]) -> tuple[Step, ...]:
        """The steps, each with the requirements, that a visit with these traits has."""
        return tuple(
            msgspec.structs.replace(
                step, needs=tuple(need for need in step.needs if holds(need.when, traits))
            )
            for step in self.steps
            if holds((step.only_for,) if step.only_for else step.when, traits)
        )


class LmraQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question of the last-minute risk analysis; the words are in the translations."""

    code: str
    when: When = ()


class Lmra(msgspec.Struct, frozen=True):
    """The last-minute risk analysis under one version."""

    version: int
    questions: tuple[LmraQuestion, ...]

    def questions_for(self, traits: AbstractSet[str]) -> tuple[LmraQuestion, ...]:
        """The questions that a visit with these traits asks."""
        return tuple(q for q in self.questions if holds(q.when, traits))


def holds(when: When, traits: AbstractSet[str]) -> bool:
    """Whether of each group one trait holds."""
    return all(any(_has(trait, traits) for trait in group) for group in when)


def _has(trait: str, traits: AbstractSet[str]) -> bool:
    return trait[1:] not in traits if trait.startswith("!") else trait in traits


def parse_flow(toml: str) -> Flow:
    """Read a flow definition.

    Raises:
        msgspec.DecodeError: not TOML, or not of this shape.
    """
    return msgspec.toml.decode(toml, type=Flow)


def parse_lmra(toml: str) -> Lmra:
    """Read an LMRA definition; errors as `parse_flow`."""
    return msgspec.toml.decode(toml, type=Lmra)
