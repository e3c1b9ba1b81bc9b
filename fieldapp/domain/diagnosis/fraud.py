"""The rule about traces of fraud since the last visit, without the traces of our own work.

A failed login (46) and a changed configuration (47) are what this visit's own contacts leave
behind (DSMR Main 4.2.2, 4.4.16 and 4.4.20), as are covers opened while the technician works.
Rule: what is found here is for the file only, so no other rule tells of these bits and events.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from fieldapp.domain.diagnosis.answers import found, open_question, ruled_out, unread
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import Event, State

_CHANNELS = (1, 2, 3, 4)
_LOG = "fraud"
_OF_CONTACT = ("failed_login", "configuration_changed")
_OF_COVER = (
    "terminal_cover_removed",
    "terminal_cover_closed",
    "module_cover_opened",
    "module_cover_closed",
)
_BITS = ("fraud_attempt", "configuration_changed")
_DEVICE_EVENTS = ("fraud_attempt", "tamper_")
TRACES = (
    *_BITS,
    *(f"mbus{channel}_{name}" for channel in _CHANNELS for name in _DEVICE_EVENTS),
)
"""Beginnings of the names of bits and events that are told here and nowhere else."""
NEAR = timedelta(minutes=2)
"""A row this close to a contact of ours is its trace."""


def fraud(seen: Observations) -> Finding:
    """Rows of the fraud log, tampering of devices, and the bits that go with them."""
    state = seen.state
    if state is None:
        return unread(seen)
    rows = tuple(event for event in state.log(_LOG) if _counts(seen, event))
    theirs = tuple(event for event in rows if not _is_ours(seen, state, event))
    devices = seen.events(*TRACES[len(_BITS) :])
    ours = len(rows) > len(theirs)
    bits = () if ours else state.lit(*_BITS)
    evidence = (
        *(event.evidence for event in (*theirs, *devices)),
        *bits,
        *state.lit(*TRACES[len(_BITS) :]),
        *_device_bits(state),
    )
    if evidence:
        names = ", ".join(dict.fromkeys(one.name for one in evidence))
        grave = (Severity.WARNING, Advice.FILE_FRAUD)
        return found(
            Why.TRACES, grave, evidence, count=len(evidence), names=names, since=seen.since
        )
    if not state.has_log(_LOG):
        return open_question(Why.REFUSED)
    return ruled_out(Why.NO_TRACES, since=seen.since, own=len(rows))


def _counts(seen: Observations, event: Event) -> bool:
    return event.at is None or event.at >= seen.since


def _is_ours(seen: Observations, state: State, event: Event) -> bool:
    """Whether this visit itself left the row; by the meter's clock, which may be off."""
    if event.at is None:
        return False
    at = _by_laptop(event.at, state.deviation_s or Decimal(0))
    if event.name in _OF_COVER:
        return seen.began is not None and at >= seen.began - NEAR
    return event.name in _OF_CONTACT and any(abs(at - c) <= NEAR for c in seen.contacts)


def _by_laptop(at: datetime, off_s: Decimal) -> datetime:
    """The time by the laptop's clock; a deviation beyond all calendars counts for nothing."""
    try:
        return at - timedelta(seconds=float(off_s))
    except OverflowError:
        return at


def _device_bits(state: State) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            f"mbus{channel.number}_{bit}", "1", "", Origin.P0, f"0-{channel.number}:24.2.6"
        )
        for channel in state.channels or ()
        for bit in channel.status
        if bit.startswith(_DEVICE_EVENTS)
    )
