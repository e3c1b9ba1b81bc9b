from pathlib import Path

import msgspec
import platformdirs
import pytest

from fieldapp import settings
from fieldapp.settings import Settings


def test_the_command_line_goes_before_the_environment(tmp_path: Path) -> None:
    named = {settings.ENVIRONMENT: str(tmp_path / "named")}
    assert settings.data_folder(tmp_path, named) == tmp_path
    assert settings.data_folder(None, named) == tmp_path / "named"


@pytest.mark.parametrize("environment", [{}, {settings.ENVIRONMENT: ""}])
def test_without_either_it_is_the_platforms_folder(environment: dict[str, str]) -> None:
    platform = platformdirs.user_data_path("fieldapp", appauthor=False)
    assert settings.data_folder(None, environment) == platform


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    wanted = Settings(
        language="nl",
        theme="dark",
        ports={"p1": "/dev/ttyUSB0", "optical": "COM4"},
        server_url="https://office.example",
        ca_file="ca.pem",
    )
    settings.save(folder, wanted)
    assert settings.load(folder) == wanted
    assert [p.name for p in folder.iterdir()] == ["settings.json"]


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path) == Settings()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"ports": 1}', b"[" * 5000, b"\xff", b'{"theme": "\xff"}']
)
def test_a_damaged_file_is_put_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.json").write_bytes(content)
    assert settings.load(tmp_path) == Settings()
    assert (tmp_path / "settings.broken.json").read_bytes() == content
    assert settings.load(tmp_path) == Settings()


def test_a_field_of_a_newer_program_is_passed_over(tmp_path: Path) -> None:
    content = msgspec.json.encode({"language": "en", "later": 1})
    (tmp_path / "settings.json").write_bytes(content)
    assert settings.load(tmp_path) == Settings(language="en")


def test_settings_that_can_not_be_saved_leave_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save(tmp_path, Settings(language="nl"))

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        settings.save(tmp_path, Settings(language="en"))
    assert settings.load(tmp_path) == Settings(language="nl")
    assert [p.name for p in tmp_path.iterdir()] == ["settings.json"]
