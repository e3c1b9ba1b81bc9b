"""The way of a request: its number, the queue, the limits, the log and the metrics."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from fieldapp.domain import facts as f
from sync.client import answers
from sync.client.answers import Answer
from sync.errors import OfficeFault, SyncError, TryLater
from sync.server import entrance, exchange, limits, logs
from sync.server.figures import Figures
from sync.server.limits import Allowance, Limits
from sync.server.problems import ProblemError
from sync.wire import SyncRequest, encode
from tests.sync.server.doubles import REGION, START, HandClock, Running, Signer
from ui.messages import explain

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

NUMBER = "0f8fad5b-d9cb-469f-a165-70867728950e"
SYNC = encode(SyncRequest())


class Lines(logging.Handler):
    """The log's lines about requests and faults, which come a little after the answers."""

    def __init__(self) -> None:
        super().__init__()
        self._told: list[dict[str, Any]] = []
        self._more = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self._more:
            self._told.append(json.loads(logs.JsonLines().format(record)))
            self._more.notify_all()

    def last(self, number: int) -> list[dict[str, Any]]:
        """The last of so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self._told) >= number, 20)
            return self._told[-number:]


@pytest.fixture
def log(http: httpx.Client) -> Iterator[Lines]:
    """From when the laptop is enrolled and has its token."""
    del http
    loggers = [logging.getLogger(name) for name in ("sync.server.requests", "uvicorn.error")]
    before, handler = loggers[0].level, Lines()
    loggers[0].setLevel(logging.INFO)
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)
    loggers[0].setLevel(before)


def test_a_request_keeps_the_proxys_number(
    http: httpx.Client, laptop: Signer, log: Lines
) -> None:
    answer = http.post("/v1/sync?secret=1", content=SYNC, headers={"X-Request-Id": NUMBER})
    assert answer.headers["x-request-id"] == NUMBER
    [line] = log.last(1)
    assert (line["route"], line["status"], line["request"]) == ("POST /v1/sync", 200, NUMBER)
    assert (line["laptop"], line["received"]) == (laptop.laptop, len(SYNC))
    assert line["sent"] == int(answer.headers["content-length"])
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("said", ["", "short", "x" * 65, "Kasstraat 12, Naaldwijk", "a\tb" * 4])
def test_a_number_that_is_none_is_replaced(http: httpx.Client, said: str) -> None:
    answer = http.get("/v1/health", headers={"X-Request-Id": said})
    assert len(answer.headers["x-request-id"]) == 16


def test_an_unknown_path_is_not_written_down(http: httpx.Client, log: Lines) -> None:
    assert http.get("/v1/Kasstraat").status_code == 404
    assert http.request("PROPFIND", "/v1/sync").status_code == 405
    assert [(line["route"], line["status"]) for line in log.last(2)] == [
        ("other", 404),
        ("other", 405),
    ]


def test_an_error_has_the_number_that_the_laptop_shows(
    http: httpx.Client, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(exchange, "standing", broken)
    answer = http.post("/v1/sync", content=SYNC, headers={"X-Request-Id": NUMBER})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, NUMBER)
    line, fault = log.last(2)
    assert (line["status"], line["request"]) == (500, NUMBER)
    assert (fault["error"], fault["request"]) == ("ZeroDivisionError", NUMBER)
    with pytest.raises(OfficeFault) as raised:
        answers.check(Answer(500, dict(answer.headers), answer.content))
    assert NUMBER in explain(raised.value, "nl").detail


@pytest.mark.parametrize(("said", "kept"), [(NUMBER, NUMBER), ("<b>", ""), (None, "")])
def test_a_number_from_somebody_else_is_not_shown(said: str | None, kept: str) -> None:
    headers = {} if said is None else {"x-request-id": said}
    with pytest.raises(SyncError) as raised:
        answers.check(Answer(502, headers, b""))
    assert raised.value.request == kept


def test_newcomers_are_told_to_come_later(running: Running, http: httpx.Client) -> None:
    running.state.desk.most_waiting = 0
    for _ in range(8):
        answer = http.post("/v1/sync", content=SYNC)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:fieldapp:busy")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        with pytest.raises(TryLater):
            answers.check(Answer(503, dict(answer.headers), answer.content))
    assert http.get("/v1/health").status_code == http.get("/v1/ready").status_code == 200
    running.state.desk.most_waiting = 1
    assert http.post("/v1/sync", content=SYNC).status_code == 200


def test_a_queue_that_moves_turns_nobody_away(running: Running, http: httpx.Client) -> None:
    """However long it is; who would wait longer than a laptop does is told to come later."""
    desk = running.state.desk
    desk.waiting = lambda: entrance.MOST_WAITING - 1
    desk.waited_s = entrance.LONGEST_WAIT_S
    assert http.post("/v1/sync", content=SYNC).status_code == 200
    assert desk.waited_s < entrance.LONGEST_WAIT_S
    desk.waited_s = entrance.LONGEST_WAIT_S + 1
    assert http.post("/v1/sync", content=SYNC).status_code == 503
    desk.waiting = lambda: 0
    assert http.post("/v1/sync", content=SYNC).status_code == 200
    desk.waiting = lambda: 1
    assert http.post("/v1/sync", content=SYNC).status_code == 200


def test_bodies_in_memory_are_bounded_together(
    running: Running, http: httpx.Client, log: Lines
) -> None:
    running.state.desk.most_octets = len(SYNC) - 1
    answer = http.post("/v1/sync", content=SYNC)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert log.last(1)[0]["status"] == 503
    assert running.state.desk.octets == 0
    running.state.desk.most_octets = len(SYNC)
    assert http.post("/v1/sync", content=SYNC).status_code == 200
    assert log.last(2)[1]["status"] == 200
    assert running.state.desk.octets == 0


def test_a_bucket_fills_up_again() -> None:
    clock = HandClock()
    counted = Limits(clock)
    allowance = Allowance(burst=2, per_s=0.5)
    counted.take("L1", allowance)
    counted.take("L1", allowance)
    for _ in range(3):
        with pytest.raises(ProblemError) as raised:
            counted.take("L1", allowance)
        assert (raised.value.status, raised.value.headers["Retry-After"]) == (429, "2")
    counted.take("L2", allowance)
    clock.pass_time(2)
    counted.take("L1", allowance)
    with pytest.raises(ProblemError):
        counted.take("L1", allowance)


def test_the_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_NAMES", 2)
    counted = Limits(HandClock())
    allowance = Allowance(burst=1, per_s=1)
    for name in ("L1", "L2", "L3", "L1"):
        counted.take(name, allowance)
    with pytest.raises(ProblemError):
        counted.take("L3", allowance)


def test_a_laptop_gone_wrong_meets_its_own_limit(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.doors.SYNCS", Allowance(burst=1, per_s=0.01))
    assert http.post("/v1/sync", content=SYNC).status_code == 200
    answer = http.post("/v1/sync", content=SYNC)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "100")
    place = "/v1/files/nothing"
    assert http.head(place, headers={"Tus-Resumable": "1.0.0"}).status_code == 404


@pytest.fixture
def synced(premises: Backyard, http: httpx.Client, log: Lines) -> str:
    """A visit that went to the laptop and is counted."""
    [visit] = premises.visits()
    assert http.post("/v1/sync", content=SYNC).status_code == 200
    assert log.last(1)[0]["status"] == 200
    return visit


async def test_metrics_name_nobody(running: Running, laptop: Signer, synced: str) -> None:
    running.state.figures.refresh()
    page = running.state.metrics.page().decode()
    assert 'fieldapp_requests_total{process="1",route="POST /v1/sync",status="200"} 1.0' in page
    assert 'fieldapp_syncs_total{carried="changes",process="1"} 1.0' in page
    assert f'fieldapp_laptops{{not_heard="15m",region="{REGION}"}} 1.0' in page
    for private in (laptop.laptop, synced, "T1", "Technician", "Oefenklant", "8716870000"):
        assert private not in page


def test_what_waits_for_a_person_is_counted(backyard: Backyard, clock: HandClock) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    laptop.sequence = 3  # what came before never arrived
    held = [laptop.operation(visit, f.VisitAccepted(at=START)) for _ in range(2)]
    assert {outcome for outcome, _ in backyard.push(laptop, *held)} == {"held"}
    clock.pass_time(4000)
    figures = Figures(backyard.office)
    figures.refresh()
    backyard.laptop()
    clock.pass_time(59)
    figures.refresh()  # not within the minute
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in figures.collect()
        for sample in metric.samples
    }
    assert found == {
        ("fieldapp_laptops", REGION, "12h"): 1,
        ("fieldapp_operations_open", REGION, "held"): 2,
        ("fieldapp_operations_open_oldest_seconds", REGION, "held"): 4000,
        ("fieldapp_operations_open", REGION, "quarantined"): 0,
        ("fieldapp_operations_open_oldest_seconds", REGION, "quarantined"): 0,
    }
