"""The practice day: a real office, a real laptop, a street of meters, and one kill.

In comes a folder; out come the steps as they happen and a summary of what the laptop made and
what the office holds. Everything runs as processes of this same program; the office is really
stopped while the visits are worked, and the technician's process is really killed once. Rule:
the summary is read back from the office, never taken from what was meant to happen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import resources
from fieldapp.clock import Clock
from fieldapp.store import orders
from ui.demo.comparison import Comparison, compare
from ui.demo.processes import DemoFailed, Office, lines, run, start
from ui.demo.world import DESIGNATIONS, KEYS, STOCK, Street, street

REGION = "westland"
_IMPORTS = (("keys", KEYS), ("stock", STOCK), ("designations", DESIGNATIONS))
TECHNICIAN = "M-01"
_NAME = "Oefenmonteur"
_KILLED_AFTER = ("V-1002", "place_meter")
_STARTS = 3

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Day:
    """What the practice day runs on.

    Attributes:
        folder: `laptop` and `office` come to lie in it.
        say: hears every step.
        sync: False ends the day with everything still in the laptop's outbox.
    """

    folder: Path
    clock: Clock
    say: Say
    sync: bool = True

    @property
    def laptop(self) -> Path:
        """The laptop's data folder."""
        return self.folder / "laptop"


async def run_day(day: Day) -> Comparison | None:
    """Run the whole day; None where it was to stop before the sync.

    Raises:
        DemoFailed: a process did not do its part.
        PortGone: no pseudo-terminals on this machine.
    """
    async with AsyncExitStack() as stack:
        office = Office(day.folder / "office")
        stack.push_async_callback(office.stop)
        await morning(day, office)
        await office.stop()
        day.say({"kind": "offline", "office": "stopped"})
        here = await stack.enter_async_context(street(day.clock))
        await _work(day, here)
        if not day.sync:
            return None
        await office.start()
        day.say({"kind": "online", "office": office.url})
        await _bring_home(day, office)
        return await compare(day.laptop, office)


async def morning(day: Day, office: Office) -> None:
    """The office plans and publishes; the laptop is enrolled and loads its day."""
    await office.start()
    day.say({"kind": "office", "url": office.url})
    await office.admin("technician", TECHNICIAN, _NAME, "--region", REGION)
    [user] = await office.admin("user", "planner", "--role", "dispatcher", "--region", REGION)
    token = day.folder / "planner.token"
    token.touch(mode=0o600)
    token.write_text(user["token"], encoding="ascii")
    for what, source in _IMPORTS:
        await _import(day, office, what, source)
    await _publish(day, office, token)
    [code] = await office.admin("enrolment-code", TECHNICIAN)
    laptop = ("--data", str(day.laptop))
    await run("enrol", office.url, code["code"], "--practice", *laptop)
    for line in await run("sync", "--json", *laptop):
        day.say(line)


async def _import(day: Day, office: Office, what: str, source: str) -> None:
    """The meters' keys and what is in the van, as an administrator brings them in."""
    file = day.folder / f"{what}.csv"
    file.touch(mode=0o600)
    file.write_bytes(resources.read_bytes(source))
    for line in await office.admin("import", what, str(file)):
        day.say({**line, "kind": "office", "did": line["kind"]})
    file.unlink()


async def _publish(day: Day, office: Office, token: Path) -> None:
    visits = day.folder / "westland.json"
    visits.write_bytes(resources.read_bytes("demo/westland.json"))
    today = orders.local_day(day.clock.now()).isoformat()
    door = ("--date", today, "--server", office.url, "--token-file", str(token))
    for words in (("import", str(visits)), ("plan",), ("publish",)):
        for line in await run("dispatch", *words, *door):
            day.say({"kind": "dispatch", "did": words[0], **line})


async def _work(day: Day, here: Street) -> None:
    """Start the technician's process until it has worked the whole day; kill it once."""
    kill_after: tuple[str, str] | None = _KILLED_AFTER
    for _ in range(_STARTS):
        if await _shift(day, here, kill_after):
            return
        day.say({"kind": "killed", "signal": "SIGKILL", "next": "started again"})
        kill_after = None
    raise DemoFailed("technician", "was started too often")


async def _shift(day: Day, here: Street, kill_after: tuple[str, str] | None) -> bool:
    """One run of the technician's process; False when it was killed.

    Raises:
        DemoFailed: it ended with an error of its own.
    """
    ports = ("--p1", here.p1, "--optical", here.optical)
    process = await start("demo-technician", "--data", str(day.laptop), *ports)
    try:
        async for line in lines(process):
            if line["kind"] == "plug":
                await _answer(process, here.plug(line["meter"]))
                continue
            day.say(line)
            if kill_after == (line.get("visit"), line.get("action")):
                process.kill()
                await process.communicate()
                return False
        _, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    if process.returncode != 0:
        raise DemoFailed("technician", err.decode(errors="replace"))
    return True


async def _answer(process: asyncio.subprocess.Process, plugged: bool) -> None:  # noqa: FBT001
    if process.stdin is not None:
        process.stdin.write(json.dumps({"plugged": plugged}).encode() + b"\n")
        await process.stdin.drain()


async def _bring_home(day: Day, office: Office) -> None:
    laptop = ("--data", str(day.laptop))
    for line in await run("sync", "--json", "--server", office.url, *laptop):
        day.say(line)
