"""What goes to the office: the outbox, batch by batch, and the office's word on each operation.

In comes an open transaction of the store; out come the next batch and its request, and in again
the verdicts. Rule: an operation is marked only by a verdict that names it; everything else
leaves the outbox as it is, so sending twice is always safe and losing is never possible.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from fieldapp.store import outbox
from fieldapp.store.device import device
from fieldapp.store.outbox import OutboxItem, Word
from fieldapp.store.transaction import Transaction
from sync.client.sizes import MAX_OCTETS
from sync.errors import BadWire
from sync.wire import DROPPED, Outcome, Verdict

FORK = "fork"
"""The reason of a quarantined operation whose place in the chain is taken by another one."""

STRANGE = "unknown_incarnation"
"""The reason where the office does not know of the chain at all: it was set back."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An operation with the office's word on it."""

    item: OutboxItem
    verdict: Verdict

    @property
    def is_misplaced(self) -> bool:
        """Whether it has no place in the office's chain, and may have one in the next."""
        verdict = self.verdict
        return verdict.outcome is Outcome.QUARANTINED and verdict.reason in {FORK, STRANGE}


def next_batch(
    c: Transaction, limit: int, seen: Collection[str], octets: int = MAX_OCTETS
) -> tuple[OutboxItem, ...]:
    """The oldest operations that wait, without those that were `seen` in this run.

    At most `limit`, and at most `octets` of them unless it is one.
    """
    batch: list[OutboxItem] = []
    size = 0
    for item in outbox.to_send(c, len(seen) + limit):
        if item.id in seen:
            continue
        size += item.size
        if batch and size > octets:
            break
        batch.append(item)
        if len(batch) >= limit:
            break
    return tuple(batch)


def judged(batch: tuple[OutboxItem, ...], verdicts: tuple[Verdict, ...]) -> tuple[Judged, ...]:
    """Each operation with its verdict.

    Raises:
        BadWire: a verdict is missing, or is about something that was not sent.
    """
    if len(batch) != len(verdicts):
        raise BadWire(f"{len(verdicts)} verdicts on {len(batch)} operations")
    pairs = tuple(Judged(item, verdict) for item, verdict in zip(batch, verdicts, strict=True))
    for pair in pairs:
        if pair.verdict.id != pair.item.id and not _unreadable(pair.verdict):
            raise BadWire("verdict on an operation that was not sent")
    return pairs


def _unreadable(verdict: Verdict) -> bool:
    """A header from which the office could not even read an id; its place says which."""
    return verdict.outcome is Outcome.REJECTED and not verdict.id


def note(c: Transaction, pairs: tuple[Judged, ...], *, misplaced: bool = True) -> None:
    """Remember the verdicts; without `misplaced` an operation without a place goes on waiting.

    Its fact then goes again, signed anew, in the incarnation that follows.
    """
    outbox.note_verdicts(
        c,
        [
            _word(pair.item.id, pair.verdict)
            for pair in pairs
            if misplaced or not pair.is_misplaced
        ],
    )


def note_settled(c: Transaction, settled: Iterable[Verdict]) -> None:
    """Remember what a person at the office decided of operations that were set aside."""
    outbox.note_verdicts(c, [_word(verdict.id, verdict) for verdict in settled])


def _word(operation_id: str, verdict: Verdict) -> Word:
    dropped = verdict.outcome is Outcome.QUARANTINED and verdict.reason == DROPPED
    state = outbox.DROPPED if dropped else verdict.outcome
    return Word(operation_id, state, verdict.reason, verdict.received_at)


class Gap(Enum):
    """Why the office's chain ends before ours."""

    NONE = auto()  # it does not, or what follows waits to be sent
    LOST = auto()  # the office had it once: it was restored from a backup
    REJECTED = auto()  # the office will never have it


def gap_after(c: Transaction, known: int) -> Gap:
    """What stands in our chain right after `known`, where the office's chain ends."""
    owner = device(c)
    if owner is None or known >= outbox.last_sequence(c):
        return Gap.NONE
    item = outbox.at(c, owner.incarnation, known + 1)
    return Gap.NONE if item is None else _gap_at(item)


def _gap_at(item: OutboxItem) -> Gap:
    if item.state in outbox.TO_SEND or item.reason == FORK:
        return Gap.NONE
    return Gap.REJECTED if item.state == outbox.REJECTED else Gap.LOST
