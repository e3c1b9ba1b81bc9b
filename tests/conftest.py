from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from fieldapp.settings import ENVIRONMENT

# Qt aborts, it does not raise, where it finds no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_NUMBERS = count()
_LONG = frozenset(
    {
        "test_gallery.py",
        "test_accessibility.py",
        "test_window.py",
        "test_torture.py",
        "test_practice_day.py",
        "test_kinds_of_work.py",
    }
)
"""Files that take minutes: two workers end together only where these are begun first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the rest keeps its order."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test keeps what it keeps in a folder of its own and leaves no name of it behind."""
    before = os.environ.get(ENVIRONMENT)
    folder = tmp_path_factory.getbasetemp() / f"data-{next(_NUMBERS)}"
    os.environ[ENVIRONMENT] = str(folder)
    yield
    os.environ.pop(ENVIRONMENT, None)
    if before is not None:
        os.environ[ENVIRONMENT] = before
