"""Schedules: what happens on the laptops, in the office and on the line, drawn from a seed.

In comes a seed; out comes a `Schedule`, the same one for the same seed, as values that can be
printed, shortened and played again. Its steps name laptops and visits by small numbers that are
taken modulo what is there, so a shortened schedule still means something. Rule: values only.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random

import msgspec

from tests.sync.torture.faults import ANSWERS, Fault, Kind

TECHNICIANS, LAPTOPS = 3, 4
"""Three technicians' laptops, and a second one of the first technician's."""

_SAME = (0, 0, 0, 1, 1, 2, 3)


class Do(StrEnum):
    """What a step does."""

    WORK = "work"  # something on site: `what` a deed, `where` a visit
    SYNC = "sync"
    REOPEN = "reopen"  # the program ends and starts
    OLDER = "older"  # the program becomes one of the version before, or today's again
    SAVE = "save"  # the folder of the laptop is copied
    RESTORE = "restore"  # the last such copy is put back
    RESEND = "resend"  # what was refused is sent again, as the technician may ask
    CLOCK = "clock"  # the laptop's clock jumps `what` days
    PLAN = "plan"  # the office: `what` a deed of planning
    INBOX = "inbox"  # the office: conflicts are decided, what was set aside taken or dropped
    WITHDRAW = "withdraw"  # the office gives this laptop no more
    ARRIVE = "arrive"  # a request that was kept back reaches the office
    OFFICE_SAVE = "office_save"
    OFFICE_RESTORE = "office_restore"
    OFFICE_CLOCK = "office_clock"


class Death(msgspec.Struct, frozen=True, array_like=True):
    """One side ends at a commit: the how-manieth from now on, just before or just after it."""

    laptop: bool
    commit: int
    after: bool


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step; `who` is a laptop or a technician."""

    do: Do
    who: int = 0
    what: int = 0
    where: int = 0
    faults: tuple[Fault, ...] = ()
    death: Death | None = None


class Schedule(msgspec.Struct, frozen=True):
    """What is played, and the seed of all chance in it."""

    seed: int
    steps: tuple[Step, ...]


_WEIGHTS = {
    Do.WORK: 30,
    Do.SYNC: 34,
    Do.PLAN: 14,
    Do.ARRIVE: 4,
    Do.REOPEN: 3,
    Do.OLDER: 2,
    Do.SAVE: 3,
    Do.RESTORE: 3,
    Do.CLOCK: 3,
    Do.WITHDRAW: 1,
    Do.INBOX: 4,
    Do.RESEND: 1,
    Do.OFFICE_SAVE: 2,
    Do.OFFICE_RESTORE: 2,
    Do.OFFICE_CLOCK: 1,
}
_DAYS = (-400, -30, -3, -1, 1, 2, 45, 400)

_W, _S = Do.WORK, Do.SYNC
_CLAIMED = (Do.WORK, 140, 284, 428)  # `onsite` and the office change the same field
_CHANGED = (Do.PLAN, 7, 17, 27)
_PHOTO = (Do.WORK, 16, 448, 664)  # small, of one piece, of several
_DAY_OVER = (Do.WORK, 0, 400)
_MOTIFS: tuple[tuple[Do | tuple[Do, *tuple[int, ...]], ...], ...] = (
    (),
    (),
    (_W, _W, _S, _W, _S),
    (_W, Do.SAVE, _W, _S, Do.RESTORE, _W, _S),
    (_W, Do.SAVE, _S, Do.RESTORE, _S, Do.RESTORE, _W),
    (_W, _S, Do.OFFICE_SAVE, _W, _S, Do.OFFICE_RESTORE, _S),
    (_W, Do.SAVE, Do.OFFICE_SAVE, _S, _W, Do.OFFICE_RESTORE, _S, Do.RESTORE),
    (_W, Do.SAVE, _W, _S, Do.RESTORE, _W, _S, Do.OFFICE_SAVE, _W, _S, Do.OFFICE_RESTORE),
    (_W, Do.SAVE, _W, _S, Do.OFFICE_SAVE, Do.RESTORE, _W, _S, Do.OFFICE_RESTORE, _S),
    (_W, _S, _W, Do.PLAN, _W, _S, Do.PLAN, _S),
    (Do.PLAN, _S, Do.PLAN, _W, _S, Do.PLAN, _S),
    (_W, _S, Do.WITHDRAW, _W, _S),
    (_W, Do.SAVE, _W, _S, Do.WITHDRAW, Do.RESTORE, _W, _S),
    (_W, _S, _W, _S, Do.ARRIVE, _S, Do.ARRIVE),
    (_CHANGED, _CLAIMED, _S, Do.INBOX, _CHANGED, _S, Do.INBOX, _S),
    (_CLAIMED, _CHANGED, _CLAIMED, _S, _CHANGED, Do.INBOX, _S),
    (_W, _S, Do.WITHDRAW, _W, _S, Do.INBOX, _S, Do.RESEND, _S),
    (_W, Do.SAVE, _W, _S, Do.RESTORE, _W, _S, Do.INBOX, _S),
    (Do.OLDER, _W, _S, Do.PLAN, _S, Do.OLDER, _W, _S),
    (_DAY_OVER, _S, _W, _S, _DAY_OVER, _S),
    (_PHOTO, _S, _PHOTO, _S, _S),
    (_PHOTO, _W, _S, Do.REOPEN, _S),
)
"""What has broken others: each schedule has one of these in it, or none, and chance between."""

_MORE = 5


def draw(seed: int) -> Schedule:
    """The schedule of a seed: at least one sync in it goes wrong."""
    chance = Random(seed)
    kinds, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    who = chance.choice(_SAME)
    steps = [_of_motif(chance, one, who) for one in chance.choice(_MOTIFS)]
    for do in chance.choices(kinds, weights, k=chance.randint(1 if steps else 3, _MORE)):
        step = _step(chance, do, chance.choice((who, chance.choice(_SAME))))
        steps.insert(chance.randint(0, len(steps)), step)
    if not any(step.faults or step.death for step in steps):
        steps.append(_sync(chance, who, calm=False))
    return Schedule(seed, tuple(steps))


def _of_motif(chance: Random, one: Do | tuple[Do, *tuple[int, ...]], who: int) -> Step:
    """A step; where its deeds are named it is one of those, at a visit of this technician."""
    if isinstance(one, Do):
        return _step(chance, one, who)
    do, *deeds = one
    second = chance.randrange(2)
    where = 2 * (who % TECHNICIANS) + second if do is Do.PLAN else second
    return Step(do, who, chance.choice(deeds), where)


def _step(chance: Random, do: Do, who: int) -> Step:
    match do:
        case Do.WORK:
            death = _death(chance, laptop=True) if chance.random() < 0.06 else None
            what, where = chance.randrange(10_000), chance.randrange(4)
            return Step(do, who, what, where, death=death)
        case Do.SYNC:
            return _sync(chance, who, calm=chance.random() < 0.35)
        case Do.PLAN:
            death = _death(chance, laptop=False) if chance.random() < 0.1 else None
            what, where = chance.randrange(10_000), chance.randrange(12)
            return Step(do, chance.choice((who, 1, 2)), what, where, death=death)
        case Do.CLOCK | Do.OFFICE_CLOCK:
            return Step(do, who, chance.choice(_DAYS))
        case _:
            return Step(do, who, chance.randrange(10))


def _sync(chance: Random, who: int, *, calm: bool) -> Step:
    if calm:
        return Step(Do.SYNC, who)
    if chance.random() < 0.4:
        return Step(Do.SYNC, who, death=_death(chance, laptop=chance.random() < 0.5))
    count = chance.choice((1, 1, 1, 2, 3))
    files = chance.random() < 0.3
    places = sorted({min(int(chance.expovariate(0.35)), 9) for _ in range(count)})
    return Step(Do.SYNC, who, faults=tuple(_fault(chance, nth, files=files) for nth in places))


def _fault(chance: Random, nth: int, *, files: bool) -> Fault:
    kind = chance.choice(
        (Kind.CUT_UP, Kind.CUT_UP, Kind.CUT_DOWN, Kind.CUT_DOWN, *Kind)  # mostly cuts
    )
    if kind in {Kind.CUT_UP, Kind.CUT_DOWN}:
        at = chance.choice((0, 999, 1000, chance.randint(0, 1000)))
    else:
        at = chance.randrange(len(ANSWERS))
    return Fault(nth, kind, at, files)


def _death(chance: Random, *, laptop: bool) -> Death:
    return Death(laptop, chance.choice((1, 1, 2, 2, 3, 4, 5)), chance.random() < 0.5)
