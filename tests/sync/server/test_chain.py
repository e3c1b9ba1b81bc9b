from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.operation import FIRST_PREVIOUS
from sync.server.chain import Chain, Link, Place


def links(bad: list[bool]) -> list[Link]:
    """A laptop's own chain; `bad` says which signatures were damaged on the way."""
    made, previous = [], FIRST_PREVIOUS
    for sequence, damaged in enumerate(bad, start=1):
        sha256 = f"{sequence:064x}"
        made.append(Link(sequence, sha256, previous, not damaged))
        previous = sha256
    return made


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_any_order_ends_in_the_same_chain(bad: list[bool], data: st.DataObject) -> None:
    own = links([*bad, False])
    chain, seated = Chain(), []
    for link in data.draw(st.permutations(own)):
        place = chain.place(link)
        assert place is not Place.FORK
        if place is Place.SEATED:
            seated.append(link)
        seated += [settled for settled, where in chain.settle() if where is Place.SEATED]
    assert [link.sequence for link in seated] == list(range(1, len(own) + 1))
    assert (chain.sequence, chain.sha256) == (len(own), own[-1].sha256)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(1, 8), st.data())
def test_a_strange_link_never_takes_a_seat(size: int, at: int, data: st.DataObject) -> None:
    own, strange = links([False] * size), Link(at, "e" * 64, "d" * 64)
    chain, seated = Chain(), set()
    for link in data.draw(st.permutations([*own, strange])):
        if chain.place(link) is Place.SEATED:
            seated.add(link)
        seated |= {settled for settled, where in chain.settle() if where is Place.SEATED}
    assert seated == set(own)


def test_a_chain_goes_on_where_it_stopped() -> None:
    one, two, three, four = links([False] * 4)
    chain = Chain(1, one.sha256, [four, three])
    assert chain.settle() == []
    assert chain.place(two) is Place.SEATED
    assert chain.settle() == [(three, Place.SEATED), (four, Place.SEATED)]


def test_a_damaged_end_waits_for_somebody_to_vouch_for_it() -> None:
    one, two, three = links([False, True, False])
    chain = Chain()
    chain.place(one)
    assert chain.place(two) is Place.WAITS
    assert chain.settle() == []
    assert chain.place(three) is Place.WAITS
    assert chain.settle() == [(two, Place.SEATED), (three, Place.SEATED)]


def test_what_is_forgotten_does_not_come_back() -> None:
    one, two = links([False, False])
    chain = Chain(waiting=[two])
    chain.forget(two)
    assert chain.place(one) is Place.SEATED
    assert chain.settle() == []


def test_the_past_is_closed() -> None:
    one, two = links([False, False])
    chain = Chain(2, two.sha256)
    assert chain.place(Link(1, "b" * 64, FIRST_PREVIOUS)) is Place.FORK
    assert chain.place(Link(1, one.sha256, FIRST_PREVIOUS, trusted=False)) is Place.WAITS
    assert chain.settle() == []
