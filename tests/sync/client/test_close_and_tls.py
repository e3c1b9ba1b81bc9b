from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.client.http import NO_CA_FILE, Http, Limits
from sync.errors import BadWire, Offline, Refused, SyncError

if TYPE_CHECKING:
    from tests.sync.client.conftest import ScriptedOffice

SHORT = Limits(connect_s=2, read_s=0.2, total_s=0.6)
OK = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def asked_and_closed(office: ScriptedOffice, http: Http) -> SyncError:
    """What a request under way ends with when its session is closed by another thread."""
    caught: list[SyncError] = []

    def ask() -> None:
        try:
            http.get("/")
        except SyncError as e:
            caught.append(e)

    thread = threading.Thread(target=ask)
    thread.start()
    assert office.asked.wait(5)
    http.close()
    thread.join(5)
    assert not thread.is_alive()
    return caught[0]


def test_close_breaks_off_a_request_under_way(office: ScriptedOffice) -> None:
    http = Http(office.url)
    office.stalls()
    assert isinstance(asked_and_closed(office, http), Offline)
    with pytest.raises(Offline, match="closed"):
        http.get("/")


def test_a_missing_ca_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        Http("https://office.example", ca_file=tmp_path / "none.pem")
    assert caught.value.problem == NO_CA_FILE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2120))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "office.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(pem))
    return path


@pytest.fixture
def tls_url(office: ScriptedOffice, certificate: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    office.wrap(lambda line: context.wrap_socket(line, server_side=True))
    return f"https://localhost:{office.port}"


def test_an_unknown_certificate_is_a_stranger(tls_url: str) -> None:
    http = Http(tls_url, limits=SHORT)
    with pytest.raises(BadWire, match="certificate"):
        http.get("/")
    http.close()


def test_the_own_ca_is_trusted_by_file(
    office: ScriptedOffice, tls_url: str, certificate: Path
) -> None:
    office.answers(OK)
    http = Http(tls_url, ca_file=certificate, limits=SHORT)
    assert http.get("/").body == b"{}"
    http.close()


def test_close_breaks_off_a_tls_request_under_way(
    office: ScriptedOffice, tls_url: str, certificate: Path
) -> None:
    http = Http(tls_url, ca_file=certificate)
    office.stalls()
    assert isinstance(asked_and_closed(office, http), Offline)
