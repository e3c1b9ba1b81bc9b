from pathlib import Path

import pytest

_PLACE = Path("shared") / "data" / "p1"
RECORDINGS = next(
    (folder / _PLACE for folder in Path(__file__).parents if (folder / _PLACE).is_dir()),
    Path(__file__).parent / _PLACE,
)
"""Beside the checkout or above it; tests that read them are skipped where they are absent."""


def path_name(path: object) -> str:
    return path.name if isinstance(path, Path) else "none here"


@pytest.fixture(params=sorted(RECORDINGS.glob("*.txt")), ids=path_name)
def recording(request: pytest.FixtureRequest) -> Path:
    """Each recording in turn; skipped where there are none."""
    path = request.param
    assert isinstance(path, Path)
    return path


def recording_named(name: str) -> bytes:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip("no recordings here")
    return path.read_bytes()


@pytest.fixture
def recording_v5() -> bytes:
    return recording_named("v5.txt")


@pytest.fixture
def recording_two_mbus() -> bytes:
    return recording_named("v5_two_mbus.txt")
