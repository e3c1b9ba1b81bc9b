"""Step definitions: what each kind of work asks for, as versioned data.

In comes the TOML of `resources/flows`; out come frozen definitions that travel in the visit,
so that a visit planned under one version is finished under it. Rule: steps are data; the only
code is `progress`, which knows what satisfies a requirement.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Need(StrEnum):
    """The kinds of requirement; `about` of a requirement says which one is meant."""

    LMRA = "lmra"  # all questions answered, no "no"
    IDENTITY = "identity"  # about: commodity; the meter's number compared with the visit's
    CONFIRM = "confirm"  # about: the item that is ticked
    MEASURE = "measure"  # about: the measurement's name
    READINGS = "readings"  # about: "<final|start|check>.<E|G>", every register of that meter
    PHOTO = "photo"  # about: the slot
    SIGNATURE = "signature"
    SEAL = "seal"  # about: the position
    PLACED = "placed"  # about: commodity
    REMOVED = "removed"  # about: commodity
    CHOICE = "choice"  # the customer's choice, by whom and how verified
    PREFERENCE = "preference"  # written and read back, or on its way through the office
    STATE = "state"  # about: before | after
    FINDING = "finding"
    ACTION = "action"


class Requirement(msgspec.Struct, frozen=True):
    """One thing that a step needs before it can be done.

    Attributes:
        need: the kind.
        about: which one (slot, item, commodity, ...).
        ways_out: codes of the alternatives; empty where there is none (LMRA, identity,
            voltage-free, gas tightness).
    """

    need: Need
    about: str = ""
    ways_out: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """`photo:old_meter`; unique within a step."""
        return f"{self.need}:{self.about}" if self.about else str(self.need)


class Step(msgspec.Struct, frozen=True):
    """One step; steps are worked in order.

    Attributes:
        code: its name, the same in every definition where it means the same.
        needs: what must be there before it is done.
        only_for: variants (E+G, E, G) or meter kinds (smart, digital) that have it; empty: all.
    """

    code: str
    needs: tuple[Requirement, ...] = ()
    only_for: tuple[str, ...] = ()


class Flow(msgspec.Struct, frozen=True):
    """The steps of one kind of work under one version."""

    kind: str
    version: int
    steps: tuple[Step, ...]

    def steps_for(self, *traits: str) -> tuple[Step, ...]:
        """The steps that a visit with these traits (variant, meter kind) has."""
        return tuple(
            step for step in self.steps if not step.only_for or set(traits) & set(step.only_for)
        )


class LmraQuestion(msgspec.Struct, frozen=True):
    """One question of the last-minute risk analysis; the words are in the translations."""

    code: str


class Lmra(msgspec.Struct, frozen=True):
    """The last-minute risk analysis under one version."""

    version: int
    questions: tuple[LmraQuestion, ...]


def parse_flow(toml: str) -> Flow:
    """Read a flow definition.

    Raises:
        msgspec.DecodeError: not TOML, or not of this shape.
    """
    return msgspec.toml.decode(toml, type=Flow)


def parse_lmra(toml: str) -> Lmra:
    """Read an LMRA definition; errors as `parse_flow`."""
    return msgspec.toml.decode(toml, type=Lmra)
