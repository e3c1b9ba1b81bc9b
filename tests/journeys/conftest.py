from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.programs import Services


@pytest.fixture
def services() -> Iterator[Services]:
    running = Services()
    yield running
    running.end()
