from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from fieldapp.domain import facts as f
from fieldapp.domain.operation import SignedOperation, decode_header
from sync.server import laptops, planning, verification
from sync.server.office import Office
from sync.server.settings import ServerSettings
from sync.server.tables import operations
from sync.wire import Outcome, digest

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, HandClock


class LaptopAndOffice(RuleBasedStateMachine):
    """Sends in any order, loses answers, damages what is on the way, moves visits."""

    yard_class: ClassVar[type[Backyard]]
    clock_class: ClassVar[type[HandClock]]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        settings_ = ServerSettings.in_folder(Path(self.folder.name))
        self.yard: Backyard = self.yard_class(Office.open(settings_, self.clock_class()))
        for name in ("T1", "T2"):
            self.yard.technician(name)
        self.laptop = self.yard.laptop()
        self.visits = self.yard.visits(number=3)
        self.made: list[SignedOperation] = []
        self.words: dict[str, Outcome] = {}
        self.incarnation = 1

    def teardown(self) -> None:
        self.yard.office.close()
        self.folder.cleanup()

    @rule(visit=st.integers(0, 2), kind=st.sampled_from(["note", "accept", "travel"]))
    def work(self, visit: int, kind: str) -> None:
        at = self.yard.office.clock.now()
        facts: dict[str, f.AnyFact] = {
            "note": f.ComplaintRecorded(at=at, text="x"),
            "accept": f.VisitAccepted(at=at),
            "travel": f.VisitTravelling(at=at),
        }
        self.made.append(self.laptop.operation(self.visits[visit], facts[kind]))

    @precondition(lambda self: self.made)
    @rule(data=st.data(), lost=st.booleans())
    def send_some(self, data: st.DataObject, *, lost: bool) -> None:
        chosen = data.draw(st.lists(st.sampled_from(self.made), max_size=6))
        self._send(chosen, lost=lost)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def send_damaged(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.made))
        damaged = data.draw(
            st.sampled_from(
                [
                    SignedOperation(one.header, bytes(64), one.payload),
                    SignedOperation(one.header, one.signature, b"{}"),
                    SignedOperation(one.header[:-1], one.signature, one.payload),
                ]
            )
        )
        (verdict,) = self.yard.sync(self.laptop, damaged).verdicts
        assert verdict.outcome is Outcome.REJECTED

    @rule(visit=st.integers(0, 2), to=st.sampled_from(["T1", "T2", None]))
    def move(self, visit: int, to: str | None) -> None:
        planning.reassign(self.yard.office, self.yard.dispatcher, self.visits[visit], to)

    @rule()
    def restore(self) -> None:
        """Only what the office has not is signed anew, under the same ids."""
        self._send(self.made, lost=False)
        known = self.yard.known(self.laptop)
        answer = laptops.new_incarnation(self.yard.office, known)
        self.laptop.start_anew(answer.incarnation)

    @rule()
    def deliver_all(self) -> None:
        self._send(self.made, lost=False)
        assert all(
            self.words[decode_header(one.header).id]
            in {Outcome.APPLIED, Outcome.APPLIED_WITH_CONFLICT}
            for one in self.made
        )

    def _send(self, chosen: list[SignedOperation], *, lost: bool) -> None:
        for start in range(0, len(chosen), 50):
            part = chosen[start : start + 50]
            answer = self.yard.sync(self.laptop, *part)
            assert len(answer.verdicts) == len(part)
            if lost:
                continue
            for one, verdict in zip(part, answer.verdicts, strict=True):
                assert verdict.id == decode_header(one.header).id
                before = self.words.get(verdict.id, Outcome.HELD)
                assert before in {Outcome.HELD, verdict.outcome}
                self.words[verdict.id] = verdict.outcome

    @invariant()
    def nothing_counts_twice_and_nothing_strange(self) -> None:
        with self.yard.office.database.reading() as c:
            rows = c.execute(select(operations.c.id).where(operations.c.counts)).all()
        counted = [row.id for row in rows]
        assert len(counted) == len(set(counted))
        assert set(counted) <= {decode_header(one.header).id for one in self.made}
        done = {Outcome.APPLIED, Outcome.APPLIED_WITH_CONFLICT}
        assert {i for i, word in self.words.items() if word in done} <= set(counted)

    @invariant()
    def both_sides_agree(self) -> None:
        held = self.yard.held_by(self.laptop)
        assert self.yard.sync(self.laptop).digest == digest(held)

    @invariant()
    def every_chain_holds(self) -> None:
        assert verification.verify(self.yard.office).broken == ()


def test_whatever_happens_nothing_is_lost_or_doubled(
    yard_class: type[Backyard], clock_class: type[HandClock]
) -> None:
    LaptopAndOffice.yard_class, LaptopAndOffice.clock_class = yard_class, clock_class
    case = LaptopAndOffice.TestCase
    case.settings = settings(
        max_examples=15,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()
