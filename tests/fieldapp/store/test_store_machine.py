import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit
from fieldapp.store import chain, inbox, orders, outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, store_device
from fieldapp.store.inbox import InboxChange
from fieldapp.store.retention import purge

NUMBERS = st.integers(1, 3)
OUTCOMES = st.sampled_from(
    ["held", "applied", "applied_with_conflict", "quarantined", "rejected"]
)
ALL = frozenset({"visits", "outbox"})


@dataclass
class Known:
    """What the store has to hold: the office's list and the operations made here."""

    versions: dict[str, int] = field(default_factory=dict)
    cursor: int = 0
    operations: dict[str, tuple[str, str]] = field(default_factory=dict)
    made: int = 0


class Store(RuleBasedStateMachine):
    plan: ClassVar[Callable[..., Visit]]
    clock: ClassVar[Clock]
    owner: ClassVar[Device]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.known = Known()
        self.incarnation = 1
        self.open()
        self.write(lambda c: store_device(c, self.owner))

    def open(self) -> None:
        path = Path(self.folder.name) / "store.db"
        self.db = self.runner.run(Database.open(path, bytes(32)))

    def write(self, change: Callable[[Connection], Any]) -> Any:
        return self.runner.run(self.db.write(change, touched=ALL))

    def read(self, query: Callable[[Connection], Any]) -> Any:
        return self.runner.run(self.db.read(query))

    def visit(self, number: int) -> Visit:
        version = self.known.versions.get(f"visit-{number}", 1)
        return type(self).plan(number, version=version)

    def teardown(self) -> None:
        self.runner.run(self.db.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(number=NUMBERS)
    def office_plans(self, number: int) -> None:
        self.known.cursor += 1
        version = self.known.cursor
        change = InboxChange(
            f"visit-{number}", version, type(self).plan(number, version=version)
        )
        self.write(lambda c: inbox.store_page(c, [change], version))
        self.known.versions[f"visit-{number}"] = version

    @rule(number=NUMBERS)
    def office_withdraws(self, number: int) -> None:
        self.known.cursor += 1
        change = InboxChange(f"visit-{number}", self.known.cursor, None)
        self.write(lambda c: inbox.store_page(c, [change], self.known.cursor))
        self.known.versions.pop(f"visit-{number}", None)

    @rule()
    def both_load_everything_anew(self) -> None:
        changes = [
            InboxChange(name, version, type(self).plan(int(name[-1]), version=version))
            for name, version in self.known.versions.items()
        ]
        self.write(inbox.rebaseline)
        self.write(lambda c: inbox.store_page(c, changes, self.known.cursor, last=True))

    @rule(number=NUMBERS, ended=st.booleans(), fails=st.booleans())
    def technician_works(self, number: int, *, ended: bool, fails: bool) -> None:
        visit, at = self.visit(number), self.clock.now()
        if self.read(lambda c: orders.visit(c, visit.id)) is None:
            return
        fact: f.AnyFact = f.VisitAccepted(at=at)
        if ended:
            fact = f.VisitNotDone(at=at, reason=NotDoneReason.NO_ACCESS)

        def change(c: Connection) -> str:
            made = outbox.append(c, visit, fact, self.clock)
            if fails:
                raise LookupError
            return made

        if fails:
            with pytest.raises(LookupError):
                self.write(change)
        else:
            self.known.operations[self.write(change)] = (visit.id, "waiting")
            self.known.made += 1

    @precondition(lambda self: self.known.operations)
    @rule(data=st.data(), outcome=OUTCOMES)
    def office_answers(self, data: st.DataObject, outcome: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.known.operations)))
        at = None if outcome == "rejected" else self.clock.now()
        self.write(lambda c: outbox.note_verdict(c, name, outcome, "", at))
        self.known.operations[name] = (self.known.operations[name][0], outcome)

    @rule()
    def laptop_is_restored(self) -> None:
        self.incarnation += 1
        title = self.incarnation.to_bytes(8, "big")
        self.write(lambda c: outbox.start_incarnation(c, self.incarnation, title))
        states = {"held": "waiting"}
        self.known.operations = {
            name: (visit, states.get(state, state))
            for name, (visit, state) in self.known.operations.items()
        }

    @rule()
    def a_day_passes(self) -> None:
        later = self.clock.now() + timedelta(hours=25)
        gone = self.write(lambda c: purge(c, later, 24))
        left = [o for o in self.known.operations.values() if o[0] in gone]
        assert [state for _, state in left if state in outbox.UNDELIVERED] == []
        self.known.operations = {
            name: o for name, o in self.known.operations.items() if o[0] not in gone
        }

    @rule()
    def program_starts_again(self) -> None:
        self.runner.run(self.db.close())
        self.open()

    @invariant()
    def outbox_holds_what_was_made(self) -> None:
        items = self.read(outbox.items)
        assert {i.id: (i.visit, i.state) for i in items} == self.known.operations
        public = secrets.public_key(self.owner.private_key)
        assert self.read(lambda c: chain.broken_at(c, public)) is None

    @invariant()
    def inbox_holds_what_the_office_planned(self) -> None:
        assert self.read(orders.versions) == self.known.versions

    @invariant()
    def undelivered_work_is_always_shown(self) -> None:
        shown = {s.visit.id: s.undelivered for s in self.read(orders.held)}
        waiting = [v for v, s in self.known.operations.values() if s in outbox.UNDELIVERED]
        assert {visit: waiting.count(visit) for visit in waiting} == {
            visit: count for visit, count in shown.items() if count
        }


def test_any_order_of_events_keeps_both_boxes(
    plan: Callable[..., Visit], clock: Clock, owner: Device
) -> None:
    Store.plan, Store.clock, Store.owner = staticmethod(plan), clock, owner
    machine = Store.TestCase
    machine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
    machine("runTest").runTest()
