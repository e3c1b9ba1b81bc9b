"""How long an answer may take."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from sync.client.http import Http, Limits
from sync.errors import Offline
from tests.sync.client.test_http import SHORT, reply

if TYPE_CHECKING:
    from tests.sync.client.conftest import ScriptedOffice


def test_an_answer_that_never_comes_ends(office: ScriptedOffice) -> None:
    office.stalls()
    http = Http(office.url, limits=SHORT)
    with pytest.raises(Offline):
        http.get("/")
    http.close()


def test_the_time_for_an_answer_begins_with_the_answer(office: ScriptedOffice) -> None:
    def think(_request: bytes, line: socket.socket) -> None:
        office.released.wait(0.7)
        line.sendall(reply(200, b'{"a": 1}'))

    office.will(think)
    http = Http(office.url, limits=Limits(read_s=10, total_s=0.5))
    assert http.post("/", b"x" * 300).body == b'{"a": 1}'
    http.close()


def test_a_dripping_answer_ends(office: ScriptedOffice) -> None:
    def drip(_request: bytes, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n")
        while not office.released.wait(0.05):
            line.sendall(b"x")

    office.will(drip)
    http = Http(office.url, limits=SHORT)
    with pytest.raises(Offline, match="too long"):
        http.get("/")
    http.close()
