"""A file whose server is killed anywhere, again and again: in the end it is as it was sent."""

from __future__ import annotations

import os
import random
from contextlib import suppress

import pytest

from sync.server import files, laptops
from sync.server.office import Office
from sync.server.sealed_file import RECORD
from tests.sync.server.phone import Child, Phone, raw_patch

pytestmark = [pytest.mark.torture, pytest.mark.timeout(3600)]

SIZE = 8 * RECORD + 7


@pytest.mark.parametrize("files_url", ["disk", "s3"], indirect=True)
@pytest.mark.parametrize("seed", range(8))
def test_killed_anywhere_at_every_piece(
    remote: tuple[Office, str, str], files_url: str, seed: int
) -> None:
    office, laptop, token = remote
    chance, content = random.Random(seed), os.urandom(SIZE)
    kept = 0
    while kept < SIZE:
        with (
            Child(office.settings.files.parent, files_url) as child,
            child.client(token) as http,
        ):
            phone = Phone(http, "nowhere", content)
            told = int(phone.announce().headers["upload-offset"])
            assert told >= kept, "what was acknowledged is there after a kill"
            kept = told + _some(chance, child, phone, told)
            child.kill()
    with office.database.reading() as c:
        known = laptops.find(c, laptop)
    assert known is not None
    upload = files.find(office, known, phone.place.rpartition("/")[2])
    assert files.offset(office, upload) == SIZE
    assert b"".join(files.content(office, upload).read()) == content


def _some(chance: random.Random, child: Child, phone: Phone, at: int) -> int:
    """Send something in one of three ways before the kill; what was acknowledged of it."""
    size = min(SIZE - at, chance.randint(1, 2 * RECORD))
    way = chance.choice(("whole", "streamed", "left"))
    if way == "whole":
        assert phone.send(at, at + size).status_code == 204
        return size
    with raw_patch(child, phone, size, start=at) as line, suppress(OSError):
        line.sendall(phone.content[at : at + chance.randint(0, size)])
        if way == "streamed":
            line.settimeout(chance.random() / 20)
            line.recv(1)
    return 0
