"""What `fieldapp server` makes of its options."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from sync.server.service import Seat, Service, packed, unpacked
from sync.server.settings import ServerSettings
from ui.cli.office import register

APP = typer.Typer()
register(APP)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """What would be served."""
    found: list[Service] = []
    monkeypatch.setattr("ui.cli.office.run", lambda service, _ready: found.append(service))
    return found


def test_on_windows_one_process_serves(
    services: list[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["server", "--processes", "3", "--metrics", "[::1]:9300"]
    assert CliRunner().invoke(APP, words).exit_code == 0
    monkeypatch.setattr("ui.cli.office.sys", SimpleNamespace(platform="win32"))
    said = CliRunner().invoke(APP, words)
    assert (said.exit_code, len(said.stderr.splitlines())) == (0, 1)
    assert [service.processes for service in services] == [3, 1]
    assert (services[0].metrics_host, services[0].metrics_port) == ("::1", 9300)


@pytest.mark.parametrize("place", ["9300", "host:", "host:0", "host:99999", ":9300"])
def test_metrics_have_a_place(services: list[Service], place: str) -> None:
    words = ["server", "--metrics", place]
    assert CliRunner().invoke(APP, words).exit_code == 2
    assert not services


def test_a_process_is_told_the_whole_service(tmp_path: Path) -> None:
    settings = ServerSettings.in_folder(tmp_path, practice=True)
    seat = Seat(2, 7, Service(settings, processes=3, trusted_proxies=("10.0.0.1",)))
    assert packed(seat).count(b"\n") == 1
    assert unpacked(packed(seat)) == seat
