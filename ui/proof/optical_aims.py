"""What the optical port is meant to reach, held against the rows of a bench.

In come rows as `ui.cli.bench.optical` makes them; out comes each aim with whether it is met.
Rule: an aim that this run could not judge is not in the answer.
"""

from __future__ import annotations

from typing import Any

LINE_AIM = 1.10
"""Seconds, in times of line seconds and turnarounds."""

PEER_AIM = 0.8
"""40 attributes from a known make of meter, in times of the Gurux client's with-list."""

EACH_AIM = 0.25
"""The same, in times of reading one by one."""

STATE_AIM_S, PLACEMENT_AIM_S = 30.0, 15.0
"""At a turnaround of 200 ms; the requirements allow 60 s each (DSMR Main 4.6)."""

SLOW_MS = 200
Row = dict[str, Any]


def aims_of(rows: list[Row]) -> dict[str, bool]:
    """Each aim, by name."""
    own = [row for row in rows if row.get("client") == "fieldapp"]
    aims = {"line": all(row["ratio"] <= LINE_AIM for row in own)} if own else {}
    for row in own:
        at = row["turnaround_ms"]
        if row["task"] == "attributes_again":
            aims |= _held("each", at, row, EACH_AIM, _seconds(own, at, "attributes_each"))
            peers = [other for other in rows if other.get("client") == "gurux"]
            aims |= _held("gurux", at, row, PEER_AIM, _seconds(peers, at, "attributes_list"))
        elif at == SLOW_MS and row["task"] == "retrieve_state":
            aims["retrieve_state"] = row["seconds"] <= STATE_AIM_S
        elif at == SLOW_MS and row["task"] == "placement":
            aims["placement"] = row["seconds"] <= PLACEMENT_AIM_S
    return aims


def _held(
    name: str, turnaround_ms: int, row: Row, share: float, other: float | None
) -> dict[str, bool]:
    if other is None:
        return {}
    return {f"{name}_{turnaround_ms}": row["seconds"] <= share * other}


def _seconds(rows: list[Row], turnaround_ms: int, task: str) -> float | None:
    for row in rows:
        if (row.get("turnaround_ms"), row.get("task")) == (turnaround_ms, task):
            return None if "error" in row else float(row["seconds"])
    return None
