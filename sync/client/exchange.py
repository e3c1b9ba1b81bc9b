"""The operations and changes of one sync: requests until neither side has more to say.

Each round asks the store for the next batch, sends it with the cursor, checks the whole answer
and stores verdicts, page and contact in one transaction; then it looks at what the answer says
about the two sides. Rule: a round either counts as a whole or left no trace here, so it can end
anywhere and be done again.

What a round can find, and what follows (sync.md "Shape"):

    more changes, more operations   the next round
    the office misses operations    all that is kept goes again; once in a run
    it misses them still            a new incarnation as well
    the office knows more than we   a restored laptop: all that is kept goes again, and what
                                    has no place there in a new incarnation; once in a run
    an operation's place is taken   the same
    the office misses incarnations  the same
    the office was put back         all that is kept goes again, and everything is loaded anew
    the office misses files         all that are kept are offered again
    the office rejected one         the same; that one stays behind, the others go on
    the digests differ              load everything anew; once in a run, then `in_step` says so
    a visit of a newer form         all else is taken; the digests bring it once it can be read
    the request is refused          find the operation that does it, set it aside, go on
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from fieldapp.clock import Clock
from fieldapp.errors import NotEnrolled
from fieldapp.store import (
    attachments,
    closings,
    device,
    inbox,
    meter_keys,
    outbox,
    outstanding,
    permit,
    recovery,
    seat,
    secrets,
    van,
)
from fieldapp.store.database import Database
from fieldapp.store.outbox import OutboxItem
from fieldapp.store.transaction import Transaction
from sync.client import pull, push
from sync.client.network import Network
from sync.client.push import Gap, Judged
from sync.client.report import OperationSent, Tally, VisitReceived
from sync.client.session import Session
from sync.client.sizes import Sizes
from sync.errors import BadWire, OfficeFault, Offline, Refused
from sync.wire import (
    MAX_OPERATIONS,
    MAX_SET_ASIDE,
    IncarnationAnswer,
    Outcome,
    SyncAnswer,
    SyncRequest,
    Verdict,
)

_OF_WHAT_IT_SAYS = frozenset({400, 413, 415, 422})
"""Statuses that the same request would get again (RFC 9110, 15.5)."""


class _Nothing(msgspec.Struct):
    """A request that says nothing but who asks."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A request, and the outbox's view of the operations in it."""

    batch: tuple[OutboxItem, ...]
    request: SyncRequest


@dataclass(frozen=True, slots=True)
class _Answer:
    """A checked answer, with its verdicts at their operations."""

    checked: pull.Page
    pairs: tuple[Judged, ...]

    @property
    def page(self) -> SyncAnswer:
        """What the office said, as far as it can be read."""
        return self.checked.answer


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the store says once a round is in it.

    Attributes:
        agrees: both sides hold the same visits, or more changes are to come.
        more_waits: operations that this run did not send yet.
        office_lost_some: the office misses what it had taken.
        chain_ends_here: the office has operations that this laptop does not know it made, or
            will never have one that this laptop made.
    """

    agrees: bool
    more_waits: bool
    office_lost_some: bool
    chain_ends_here: bool


class Exchange:
    """One run's rounds; made anew for each run.

    Attributes:
        in_step: both sides hold the same; False where they differ though all was loaded anew.
        meets_too_new: a visit came in a form that this program does not know.
    """

    def __init__(
        self, db: Database, network: Network, session: Session, clock: Clock, sizes: Sizes
    ) -> None:
        self._db = db
        self._sizes = sizes
        self._network = network
        self._session = session
        self._clock = clock
        self._seen: set[str] = set()
        self._limit = MAX_OPERATIONS
        self._last_of_the_old: int | None = None
        self._sent_again = self._restarted = self._rebaselined = False
        self.in_step = True
        self.meets_too_new = False

    async def run(self, tally: Tally) -> None:
        """Rounds until nothing is left to send or to get.

        Raises:
            SyncError: the line failed, or the office takes nothing from this laptop.
            StoreError: the answer could not be stored; nothing of it was.
        """
        while await self._round(tally):
            pass

    async def catch_up(self, tally: Tally) -> None:
        """Send what came up since `run`, or ask nothing; errors as there."""
        if await self._db.read(lambda c: bool(push.next_batch(c, 1, self._seen))):
            await self.run(tally)

    async def _round(self, tally: Tally) -> bool:
        question = await self._db.read(self._ask)
        if self._last_of_the_old is not None and not question.batch:
            await self._start_incarnation(after=question.request.incarnation)
            return True
        try:
            answer = await self._network(lambda: self._send(question))
        except (Refused, OfficeFault) as e:
            if not question.batch:
                raise
            await self._narrow(question, e, tally)
            return True
        finding = await self._db.write(
            lambda c: self._store(c, question, answer), touched=_touched(answer)
        )
        self._tell(answer, tally)
        self.meets_too_new = self.meets_too_new or bool(answer.checked.too_new)
        return await self._follow(answer.page, finding)

    def _ask(self, c: Transaction) -> _Question:
        owner = device.device(c)
        if owner is None:
            raise NotEnrolled
        limit = min(self._limit, self._sizes.operations)
        batch = push.next_batch(c, limit, self._seen, self._sizes.octets)
        if self._last_of_the_old is not None:
            # only these can be known to the office; the others go in the next incarnation
            batch = tuple(item for item in batch if item.sequence <= self._last_of_the_old)
        going = {item.id for item in batch}
        counts = outbox.counts(c)
        request = SyncRequest(
            cursor=device.cursor(c),
            incarnation=owner.incarnation,
            last_sequence=outbox.last_sequence(c),
            operations=tuple(item.operation for item in batch),
            agreement_key=secrets.agreement_key(owner.private_key),
            held_keys=meter_keys.held(c),
            van=van.version(c),
            permit=permit.version(c),
            closings=closings.awaited(c),
            recovery=recovery.known_id(c),
            page=self._sizes.page,
            waiting=counts.waiting - len(batch),
            files_waiting=counts.files_waiting,
            oldest_waiting=outstanding.oldest_waiting(c, going),
            set_aside=outstanding.set_aside(c, MAX_SET_ASIDE),
        )
        return _Question(batch, request)

    def _send(self, question: _Question) -> _Answer:
        try:
            raw = self._session.post("/v1/sync", question.request)
        except Offline as e:
            if type(e) is Offline:  # those that say why are no matter of size
                self._sizes.broke()
            raise
        self._sizes.went()
        checked = pull.read(raw, question.request.cursor)
        return _Answer(checked, push.judged(question.batch, checked.answer.verdicts))

    def _store(self, c: Transaction, question: _Question, answer: _Answer) -> _Finding:
        page = answer.page
        in_new_chain = self._restarted and self._last_of_the_old is None
        push.note(c, answer.pairs, misplaced=in_new_chain)
        push.note_settled(c, page.settled)
        if not pull.is_behind(page, question.request.cursor):
            pull.store(c, answer.checked, is_first=question.request.cursor == 0)
        device.note_contact(c, device.contact_at(self._clock, page.server_time))
        now = device.trusted_time(c, self._clock)
        pull.store_besides(c, page, now)
        meter_keys.let_go(c, now)
        self._seen.update(item.id for item in question.batch)
        if question.batch:
            self._limit = min(MAX_OPERATIONS, 2 * self._limit)
        return self._find(c, question.request, answer)

    def _find(self, c: Transaction, request: SyncRequest, answer: _Answer) -> _Finding:
        page = answer.page
        gap = push.gap_after(c, page.known_sequence)
        put_back = pull.is_of_another_life(c, page)
        behind = put_back or pull.is_behind(page, request.cursor)
        return _Finding(
            agrees=not behind and (page.has_more or pull.agrees(c, page)),
            more_waits=bool(push.next_batch(c, 1, self._seen)),
            office_lost_some=gap is Gap.LOST or (put_back and not self._restarted),
            # sent again and still without a place: a person there took or dropped the fork
            chain_ends_here=gap is Gap.REJECTED
            or (gap is Gap.LOST and self._sent_again)
            or 0 < page.incarnation < request.incarnation
            or seat.is_restored(c)
            or page.known_sequence > outbox.last_sequence(c)
            or any(pair.is_misplaced for pair in answer.pairs),
        )

    async def _follow(self, page: SyncAnswer, finding: _Finding) -> bool:
        """Do what the finding asks for; answers whether there is another round."""
        if finding.chain_ends_here and not self._restarted:
            self._restarted = True
            self._last_of_the_old = page.known_sequence
            await self._send_all_again()
            return True
        if finding.office_lost_some and not self._sent_again:
            self._sent_again = True
            await self._send_all_again()
            return True
        if not finding.agrees and not self._rebaselined and not self.meets_too_new:
            self._rebaselined = True
            await self._db.write(inbox.rebaseline, touched=frozenset({"visits"}))
            return True
        self.in_step = finding.agrees
        in_old_chain = self._last_of_the_old is not None
        return page.has_more or finding.more_waits or in_old_chain

    async def _send_all_again(self) -> None:
        """Whatever is kept: one side was restored, or both, and no number says what is gone."""

        def all_again(c: Transaction) -> None:
            outbox.resend_all(c)
            attachments.offer_again(c)

        await self._db.write(all_again, touched=frozenset({"outbox", "files"}))
        self._seen.clear()

    async def _start_incarnation(self, *, after: int) -> None:
        given = await self._ask_incarnation()
        while given.incarnation <= after:
            # an office that was set back counts on from there; ours is taken on our side
            last, given = given, await self._ask_incarnation()
            if given.incarnation <= last.incarnation:
                raise BadWire("incarnations that do not go on")
        await self._db.write(
            lambda c: outbox.start_incarnation(c, given.incarnation, given.system_title),
            touched=frozenset({"outbox", "device"}),
        )
        self._last_of_the_old = None
        self._seen.clear()

    async def _ask_incarnation(self) -> IncarnationAnswer:
        return await self._network(
            lambda: self._session.ask("/v1/incarnations", _Nothing(), IncarnationAnswer)
        )

    async def _narrow(
        self, question: _Question, error: Refused | OfficeFault, tally: Tally
    ) -> None:
        """Close in on the operation that the office can't take; one alone is set aside.

        After a refusal of what it says it waits for a person; after any other, which may be
        gone by itself (a conflict, a fault of the office), for the next run.

        Raises:
            SyncError: the office takes no request at all, so no operation is to blame.
        """
        empty = msgspec.structs.replace(question.request, operations=())
        await self._network(lambda: self._session.post("/v1/sync", empty))
        if len(question.batch) > 1:
            self._limit = len(question.batch) // 2
            return
        (item,) = question.batch
        self._seen.add(item.id)
        if isinstance(error, Refused) and error.status in _OF_WHAT_IT_SAYS:
            verdict = Verdict(id=item.id, outcome=Outcome.REJECTED, reason=error.problem)
            alone = (Judged(item, verdict),)
            await self._db.write(lambda c: push.note(c, alone), touched=frozenset({"outbox"}))
            tally.note(_sent(alone[0]))

    def _tell(self, answer: _Answer, tally: Tally) -> None:
        for pair in answer.pairs:
            tally.note(_sent(pair))
        for change in answer.page.changes:
            number = change.visit.number if change.visit else ""
            tally.note(
                VisitReceived(change.visit_id, number, change.version, change.kind.value)
            )


def _sent(pair: Judged) -> OperationSent:
    item, verdict = pair.item, pair.verdict
    return OperationSent(
        item.id,
        item.sequence,
        item.visit,
        item.kind,
        verdict.outcome.value,
        verdict.reason,
    )


def _touched(answer: _Answer) -> frozenset[str]:
    topics = {"device"}
    if answer.pairs or answer.page.receipts or answer.page.settled:
        topics |= {"outbox", "visits"}
    page = answer.page
    if page.changes or page.van is not None or page.permit is not None:
        topics.add("visits")
    return frozenset(topics)
