from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tests.ui.visits.robot import Robot
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Street

MakeRobot = Callable[[Laptop, str], Awaitable[Robot]]


@pytest.fixture
def robot(street: Street) -> MakeRobot:
    async def make(laptop: Laptop, number: str) -> Robot:
        made = Robot(laptop, street.at, f"visit-{number}")
        await made.open()
        return made

    return make
