"""Retrieve state: everything that a visit reads from a meter, in named steps.

In comes a conversation, out comes a `Readout`. Rule: what the meter refuses or does not have is
left out and said so; silence and broken answers end the readout. No interval profile is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from hardware.drivers.optical_answers import ClockReading, Readout
from hardware.drivers.optical_clock import read_clock
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_groups import GroupReader
from hardware.drivers.optical_identity import read_identity
from hardware.drivers.optical_logs import LogReader
from hardware.drivers.optical_mbus import read_mbus
from hardware.drivers.optical_modem import read_modem
from hardware.dsmr.inventory import Inventory

STEPS = (
    "identity",
    "clock",
    "registers",
    "phases",
    "preference",
    "alarms",
    "mbus",
    "modem",
    "logs",
)
DEFAULT_PERIOD = timedelta(days=30)
Found = TypeVar("Found")

_REGISTERS = ("energy_to_client", "energy_by_client")
_PHASES = ("voltage_l", "current_l", "power_to_client", "power_by_client")
_COUNTERS = (
    "power_failures",
    "long_power_failures",
    "voltage_sags_l",
    "voltage_swells_l",
    "thd_over_limit_count_l",
)
NO_INTERVALS = "interval profiles: read apart, for a purpose of their own"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a readout is done.

    Attributes:
        now: gives this machine's time, aware.
        since: start of the logs; None is 30 days ago.
        progress: called with the name of each step before it begins (see `STEPS`).
    """

    now: Callable[[], datetime]
    since: datetime | None = None
    progress: Callable[[str], None] = field(default=lambda _: None)


async def retrieve_state(
    conversation: Conversation, inventory: Inventory, wishes: Wishes
) -> Readout:
    """The whole standard readout.

    Raises:
        PortTimeout: the meter fell silent; `detail` says where.
        PortGone: unplugged.
        RemoteProtocolError: an answer that breaks the protocol.
    """

    async def step(name: str, work: Awaitable[Found]) -> Found:
        wishes.progress(name)
        return await work

    identity = await step("identity", read_identity(conversation))
    reader, logs = GroupReader(conversation, inventory), LogReader(conversation, inventory)
    clock = await step("clock", read_clock(conversation, wishes.now))
    registers = await step("registers", reader.registers(_REGISTERS))
    phases = await step("phases", reader.registers(_PHASES))
    counters = await reader.numbers(_COUNTERS)
    preference = await step("preference", reader.preference())
    state = await step("alarms", reader.alarm_state())
    mbus = await step("mbus", read_mbus(conversation, inventory))
    modem = await step("modem", read_modem(conversation, inventory))
    await step("logs", logs.read_all(*_period(wishes, clock)))
    return Readout(
        identity=replace(identity, version=inventory.version or ""),
        clock=clock,
        registers=registers,
        phases=phases,
        counters=counters,
        preference=preference,
        alarms=state.alarms,
        errors=state.errors,
        mbus=mbus,
        modem=modem,
        logs=logs.rows,
        left_out=(*reader.left_out, *logs.left_out, *_unread(inventory)),
        wire=conversation.stats,
        registers_set=state.registers,
    )


def _unread(inventory: Inventory) -> tuple[str, ...]:
    unnamed = inventory.unnamed
    if not unnamed:
        return (NO_INTERVALS,)
    return (NO_INTERVALS, f"{len(unnamed)} objects without a name: {', '.join(unnamed)}")


def _period(wishes: Wishes, clock: ClockReading) -> tuple[datetime, datetime]:
    """The logs' period; a clock that is ahead writes rows in our future."""
    now = wishes.now()
    end = now if clock.time is None else max(now, clock.time)
    return wishes.since or now - DEFAULT_PERIOD, end + timedelta(minutes=5)
