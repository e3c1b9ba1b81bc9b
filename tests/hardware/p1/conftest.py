from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "p1"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each recording; skipped where there are none."""
    if "recording" not in metafunc.fixturenames:
        return
    files = sorted(RECORDINGS.glob("*.txt"))
    skipped = pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))
    metafunc.parametrize("recording", files or [skipped], ids=lambda path: str(path)[-20:])


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
