"""Deciding a conflict with somebody else at it, on a page that is no longer of now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sync.server import conflicts as kept
from sync.server import deciding, overview, planning
from sync.server.deciding import Basis, Chosen, Keep
from sync.server.doors import Role, User
from sync.server.problems import ProblemError
from tests.sync.server.test_conflicts import (
    NUMBER,
    OTHER,
    THIRD,
    bring,
    found,
    note,
    only,
    values,
    with_meter,
)

if TYPE_CHECKING:
    from fieldapp.domain import facts as f
    from tests.sync.server.doubles import Backyard, Signer


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


@pytest.fixture
def visit(backyard: Backyard, laptop: Signer, beginning: list[f.AnyFact]) -> str:
    """A visit under way, which the laptop has in its first version."""
    (made,) = backyard.visits()
    backyard.sync(laptop, *(laptop.operation(made, fact) for fact in beginning))
    return made


def basis_of(opened: deciding.Opened) -> Basis:
    return Basis(opened.line.state, opened.line.operation, opened.now)


def test_two_people_decide_the_same_and_the_later_one_is_told(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    second = User("Sanne", Role.DISPATCHER, user.region)
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    which = only(backyard).id
    basis = basis_of(deciding.look(office, user, which))
    chosen = Chosen(Keep.FIELD, basis=basis)
    first = deciding.decide(office, user, which, chosen)
    heard = backyard.last_change()
    for keep in (Keep.OFFICE, Keep.MERGE):
        with pytest.raises(ProblemError, match="conflict-changed"):
            deciding.decide(office, second, which, Chosen(keep, "E1", basis))
    assert values(backyard, visit)["meter.E"] == OTHER
    # the answer was cut off, and the same is asked again
    assert deciding.decide(office, user, which, chosen).line == first.line
    assert backyard.last_change() == heard
    again = Chosen(Keep.OFFICE, basis=basis_of(deciding.look(office, second, which)))
    assert deciding.decide(office, second, which, again).now == THIRD


def test_of_four_people_at_the_same_moment_one_decides(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    which = only(backyard).id
    basis = basis_of(deciding.look(office, user, which))

    def decide(value: str) -> str:
        try:
            chosen = Chosen(Keep.MERGE, value, basis)
            return str(deciding.decide(office, user, which, chosen).now)
        except ProblemError as problem:
            return problem.name

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(decide, ("E1", "E2", "E3", "E4")))
    assert told.count("conflict-changed") == 3
    assert values(backyard, visit)["meter.E"] in told


@pytest.mark.parametrize("keep", [Keep.FIELD, Keep.OFFICE])
def test_a_decision_on_what_is_no_longer_so(
    backyard: Backyard, laptop: Signer, visit: str, keep: Keep
) -> None:
    """The technician, or the office's source, says something that nobody looked at."""
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, access_note="Bel aan")
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    which = only(backyard).id
    looked_at = Chosen(keep, basis=basis_of(deciding.look(office, user, which)))
    if keep is Keep.FIELD:
        backyard.push(laptop, laptop.operation(visit, note("Voorom")))
    else:
        bring(backyard, access_note="Klop aan")
    with pytest.raises(ProblemError, match="conflict-changed"):
        deciding.decide(office, user, which, looked_at)
    assert only(backyard).state == kept.OPEN


def test_more_is_told_before_a_whole_visit_is_seen(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    planning.cancel(office, user, NUMBER)
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    line = only(backyard)
    backyard.push(laptop, laptop.operation(visit, note("Voorom")))
    chosen = Chosen(Keep.SEEN, basis=Basis(line.state, line.operation))
    with pytest.raises(ProblemError, match="conflict-changed"):
        deciding.decide(office, user, line.id, chosen)
    line = only(backyard)
    chosen = Chosen(Keep.SEEN, basis=Basis(line.state, line.operation))
    assert deciding.decide(office, user, line.id, chosen).line.state == kept.SEEN


def test_no_decision_takes_the_registers_of_a_meter_away(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    """A meter without a number is no meter, and with it everything known of it would go."""
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    which = only(backyard).id
    with pytest.raises(ProblemError, match="conflict-value"):
        deciding.decide(office, user, which, Chosen(Keep.MERGE))
    held = overview.whole(office, user, visit).connections[0].meter
    assert held is not None
    assert held.registers
