"""What is different between the state before the work and the state after it.

In come two states as facts keep them; out come the values that changed, each with both. Rule:
what moves by itself (energy, time, what the wire took) is no difference; rows that logs gained
are counted, except those of the fraud log, which are the file's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldapp.domain.diagnosis.fraud import TRACES
from fieldapp.domain.diagnosis.state import Channel, State, number


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changed; empty text: it was not there.

    Attributes:
        kind: `voltage`, `counter`, `alarm`, `preference`, `device`, `modem`, `clock`, `log`
            or `firmware`.
        name: of the value.
    """

    kind: str
    name: str
    before: str
    after: str
    unit: str = ""


_SIGNAL = "signal_dbm"


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Everything that changed, in the order of a readout."""
    first, last = State(before, None), State(after, None)
    parts = (_clock, _voltages, _counters, _status, _bits, _devices, _modem, _firmware, _logs)
    return tuple(change for part in parts for change in part(first, last))


def _clock(first: State, last: State) -> Iterator[Change]:
    before, after = first.deviation_s, last.deviation_s
    if before is None or after is None:
        return
    if abs(before - after) > first.uncertainty_s + last.uncertainty_s:
        yield Change("clock", "deviation", f"{before:f}", f"{after:f}", "s")


def _voltages(first: State, last: State) -> Iterator[Change]:
    for phase in (1, 2, 3):
        name = f"voltage_l{phase}"
        before, after = first.quantity(name), last.quantity(name)
        if before is not None and after is not None and before.value != after.value:
            yield Change("voltage", name, f"{before.value:f}", f"{after.value:f}", after.unit)


def _counters(first: State, last: State) -> Iterator[Change]:
    yield from _changed("counter", _numbers(first), _numbers(last))


def _status(first: State, last: State) -> Iterator[Change]:
    before, after = first.status, last.status
    if before != after:
        yield Change("preference", "administrative_status", _told(before), _told(after))


def _bits(first: State, last: State) -> Iterator[Change]:
    before, after = _lit(first), _lit(last)
    yield from _changed("alarm", before, after)


def _devices(first: State, last: State) -> Iterator[Change]:
    before, after = first.channels or (), last.channels or ()
    yield from _changed("device", _by_number(before), _by_number(after))


def _modem(first: State, last: State) -> Iterator[Change]:
    """The network it is in; how well it hears moves by itself."""
    before, after = (
        {str(k): str(v) for k, v in (state.modem or {}).items() if k != _SIGNAL}
        for state in (first, last)
    )
    yield from _changed("modem", before, after)


def _firmware(first: State, last: State) -> Iterator[Change]:
    yield from _changed("firmware", _versions(first), _versions(last))


def _logs(first: State, last: State) -> Iterator[Change]:
    before, after = _lengths(first), _lengths(last)
    yield from _changed("log", before, after)


def _changed(
    kind: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        held, holds = before.get(name, ""), after.get(name, "")
        if held != holds:
            yield Change(kind, name, held, holds)


def _numbers(state: State) -> dict[str, str]:
    held = state.raw.get("counters")
    rows = held.items() if isinstance(held, Mapping) else ()
    return {str(name): f"{value:f}" for name, v in rows if (value := number(v)) is not None}


def _lit(state: State) -> dict[str, str]:
    return {bit.name: "1" for bit in state.lit("") if not bit.name.startswith(TRACES)}


def _by_number(channels: tuple[Channel, ...]) -> dict[str, str]:
    return {f"mbus{channel.number}": channel.device for channel in channels}


def _versions(state: State) -> dict[str, str]:
    identity = state.raw.get("identity")
    held = identity.get("firmware") if isinstance(identity, Mapping) else None
    rows = held.items() if isinstance(held, Mapping) else ()
    return {str(name): str(version) for name, version in rows}


def _lengths(state: State) -> dict[str, str]:
    held = state.raw.get("logs")
    rows = held.items() if isinstance(held, Mapping) else ()
    return {
        str(name): str(len(log))
        for name, log in rows
        if name != "fraud" and isinstance(log, list)
    }


def _told(status: int | None) -> str:
    return "" if status is None else str(status)
