"""The practice street in a process of its own, so that its work is not the window's.

Takes a meter's number; tells `ready` with the two ports, and runs until it is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from fieldapp.clock import SystemClock
from ui.demo.world import street
from ui.proof.telling import tell


async def stand(number: str) -> None:
    """Put both cables into this meter and wait."""
    async with street(SystemClock()) as here:
        here.plug(number)
        tell("ready", p1=here.p1, optical=here.optical)
        await asyncio.Event().wait()


def main() -> None:
    """Run until ended."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(stand(sys.argv[1]))


if __name__ == "__main__":
    main()
