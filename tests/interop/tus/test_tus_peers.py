"""Other people's tus: tuspy uploads to this office, this client to the protocol's own server.

`make interop` brings both; elsewhere what is missing is skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from fieldapp.store.attachments import Attachment
from fieldapp.store.device import Device
from sync.client import tus
from sync.client.http import Http
from sync.client.session import Session
from sync.server import files, laptops, people
from sync.server.office import Office
from sync.server.sealed_file import RECORD
from sync.server.settings import ServerSettings
from sync.wire import EnrolRequest
from tests.sync.server.phone import Child

ROOT = Path(__file__).parents[3]
PEERS = Path(__file__).parent / "peers"
HOME = ROOT / ".venv-interop-tus"
PYTHON = HOME / "bin" / "python"
REQUIRED = "FIELDAPP_INTEROP"

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


def there(path: Path) -> None:
    if path.exists():
        return
    if os.environ.get(REQUIRED) and (path == PYTHON or shutil.which("npm")):
        pytest.fail("the other side is missing: make interop")
    pytest.skip("the other side: make interop")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office.open(ServerSettings.in_folder(tmp_path / "office"))
    yield opened
    opened.close()


@dataclass(frozen=True)
class Photo:
    """A file beside its content, which tuspy sends in pieces of so many octets."""

    path: Path
    content: bytes
    piece: int

    def upload(self, url: str, token: str, stop_at: int) -> str:
        """Send it to a server, or go on with it at its place, and stop there; its place."""
        said = {
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "visit": "nowhere",
            "slot": "old_meter",
            "mediatype": "image/jpeg",
        }
        words = (url, token, str(self.path), str(self.piece), str(stop_at), json.dumps(said))
        asked = [str(PYTHON), str(PEERS / "upload.py"), *words]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.mark.parametrize("piece", [100_000, RECORD, 2 * RECORD + 3])
def test_tuspy_uploads_and_goes_on_after_a_kill(
    office: Office, tmp_path: Path, piece: int
) -> None:
    there(PYTHON)
    with office.database.writing() as c:
        people.add_technician(c, "Westland", "T1", "Ans")
        code = people.new_enrolment_code(office, c, "T1")
    laptop = laptops.enrol(office, EnrolRequest(code=code, public_key=bytes(32))).laptop
    token = office.door.token("Westland", laptop, office.clock.now())
    photo = Photo(tmp_path / "photo.jpg", os.urandom(3 * RECORD + 5), piece)
    photo.path.write_bytes(photo.content)
    folder = office.settings.files.parent
    with Child(folder) as child:
        place = photo.upload(f"{child.url}/v1/files", token, stop_at=piece)
        child.kill()
    file = place.rpartition("/")[2]
    with Child(folder) as child:
        photo.upload(f"{child.url}/v1/files/{file}", token, stop_at=0)
    with office.database.reading() as c:
        known = laptops.find(c, laptop)
    assert known is not None
    kept = files.find(office, known, file)
    assert kept.complete
    assert b"".join(files.content(office, kept).read()) == photo.content


NOBODY = Device(
    laptop="L1",
    technician="T1",
    technician_name="Ans",
    region="Westland",
    office="O1",
    server_url="",
    incarnation=1,
    system_title=bytes(8),
    private_key=bytes(32),
)


class KnownSession(Session):
    """A session with a server that asks nobody who they are."""

    def _new_token(self) -> str:
        return "token"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    there(HOME / "node" / "node_modules" / "@tus" / "server")
    store = tmp_path / "store"
    store.mkdir()
    words = ["node", str(PEERS / "server.mjs"), str(store), str(HOME / "node")]
    server = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        http = Http(url)
        yield KnownSession(http, msgspec.structs.replace(NOBODY, server_url=url))
        http.close()
    finally:
        server.kill()
        server.communicate()


def test_the_protocols_own_server_takes_what_this_client_sends(
    session: Session, tmp_path: Path
) -> None:
    content = os.urandom(700_000)
    sha256 = hashlib.sha256(content).hexdigest()
    file = Attachment(sha256, len(content), "image/jpeg", "old", "v1", original="0" * 64)
    place = tus.ask_place(session, file)
    assert place.offset == 0
    first = tus.send_piece(session, file, place, content[:300_000])
    assert first is not None
    assert first.offset == 300_000
    assert tus.send_piece(session, file, place, content[:300_000]) is None, (
        "it has that already"
    )
    second = tus.send_piece(session, file, first, content[300_000:])
    assert second is not None
    assert second.offset == len(content)
    (kept,) = (path for path in (tmp_path / "store").iterdir() if path.suffix != ".json")
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256


def test_a_place_that_is_gone_is_asked_for_anew(session: Session) -> None:
    file = Attachment("0" * 64, 10, "image/jpeg", "old", "v1")
    place = tus.Place("/v1/files/nothing", 0)
    assert tus.send_piece(session, file, place, b"0123456789") is None
