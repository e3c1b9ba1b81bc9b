"""A day of a laptop that was never updated, with today's office on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sync.server import exchange, planning
from sync.server.settings import ServerSettings
from tests.sync.frozen.protocol_1 import Laptop
from tests.sync.server import conftest
from tests.sync.server.doubles import Backyard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sync.server.doubles import Running

AT = '"at":"2026-03-02T08:00:00Z","step":""'


@pytest.fixture
def served(settings: ServerSettings) -> Iterator[Running]:
    yield from conftest.serve(settings)


@pytest.fixture
def old(served: Running) -> Iterator[Laptop]:
    yard = Backyard(served.office)
    yard.technician()
    with httpx.Client(base_url=served.url, timeout=20) as http:
        yield Laptop(http, yard.code("T1"))


def test_a_whole_day_of_protocol_1(  # noqa: PLR0915 - one day, in its order
    served: Running, old: Laptop
) -> None:
    yard = Backyard(served.office)
    first, second = yard.visits(number=2)
    loaded = old.sync()
    assert (loaded.protocol, loaded.cursor, loaded.known_sequence) == (2, 2, 0)
    assert list(old.visits) == [first, second]
    assert loaded.permit is not None

    facts = [
        ("visit_accepted", AT),
        ("visit_travelling", AT),
        ("visit_arrived", AT),
        ("complaint_recorded", AT + ',"text":"vochtig","of_a_later_version":7'),
    ]
    made = [old.operation(first, kind, rest) for kind, rest in facts]
    told = old.sync(*(body for _, body in made))
    assert [(v.id, v.outcome) for v in told.verdicts] == [(name, "applied") for name, _ in made]
    assert old.sync(*(body for _, body in made)).verdicts == told.verdicts

    unknown, body = old.operation(first, "made_up_later", AT + ',"what":1')
    (verdict,) = old.sync(body).verdicts
    assert (verdict.id, verdict.outcome) == (unknown, "quarantined")

    old.send_file(first, b"\xff\xd8 the door")
    closed = (
        f'{AT},"day":"2026-03-02","visits":[{{"id":"{first}","state":"on_site","files":1}}],'
        '"operations":5,"undelivered":0,"files_waiting":0,"moves":{},"expected":{},"counted":{}'
    )
    closing, body = old.operation("day-2026-03-02", "day_closed", closed)
    last = old.sync(body, closings=(closing,))
    assert [(v.id, v.outcome, v.reason) for v in last.verdicts] == [(closing, "applied", "")]
    (receipt,) = last.receipts
    assert (receipt.day, receipt.closing, receipt.operations) == ("2026-03-02", closing, 5)
    assert receipt.visits == [{"id": first, "state": "on_site", "files": 1}]

    planning.cancel(served.office, yard.dispatcher, second)
    (gone,) = old.sync().changes
    assert (gone.visit_id, gone.kind) == (second, "withdrawn")
    assert yard.one("SELECT count(*) FROM operations WHERE in_chain") == 6


def test_a_protocol_that_is_too_old_is_told_so_and_nothing_is_taken(
    served: Running, old: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (visit,) = Backyard(served.office).visits()
    _, body = old.operation(visit, "visit_accepted", AT)
    with monkeypatch.context() as later:
        later.setattr(exchange, "PROTOCOL", 4)
        with pytest.raises(AssertionError, match="protocol-too-old"):
            old.sync(body)
    assert [verdict.outcome for verdict in old.sync(body).verdicts] == ["applied"]
