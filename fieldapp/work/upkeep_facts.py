"""The facts of a meter's upkeep: what the proofs of the driver are in a visit.

In comes a proof, out comes the fact that is kept. Rule: what was read back is what is told.
"""

from __future__ import annotations

from datetime import datetime

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from hardware.drivers.optical_answers import PreferenceProof
from hardware.drivers.optical_proofs import AlarmProof, ClockProof, CouplingProof, TextProof


def preference_applied(proof: PreferenceProof, wanted: Preference) -> f.PreferenceApplied:
    """The administrative status, written."""
    return f.PreferenceApplied(
        at=proof.time,
        meter=proof.meter,
        before=proof.before.value,
        requested=wanted,
        after=proof.after.value,
    )


def clock_set(at: datetime, meter: str, proof: ClockProof) -> f.ClockSet:
    """The clock, set."""
    return f.ClockSet(
        at=at,
        meter=meter,
        before_s=proof.before.deviation_s,
        after_s=proof.after.deviation_s,
        marked=proof.marks_intervals,
    )


def alarms_cleared(at: datetime, meter: str, proof: AlarmProof) -> f.AlarmsCleared:
    """The registers, cleared."""
    return f.AlarmsCleared(
        at=at,
        meter=meter,
        before=proof.before.registers,
        after=proof.after.registers,
        names=(*proof.before.alarms, *proof.before.errors),
    )


def coupled(at: datetime, meter: str, proof: CouplingProof) -> f.MbusCoupled:
    """A device, coupled; also one that was coupled already, which is worth knowing."""
    after = proof.after
    return f.MbusCoupled(
        at=at,
        meter=meter,
        channel=proof.channel,
        number=after.number,
        device=after.equipment_id,
        medium=after.device,
        key_status=after.key_status,
        key=proof.key,
    )


def decoupled(at: datetime, meter: str, proof: CouplingProof) -> f.MbusDecoupled:
    """A device, taken off."""
    before = proof.before
    return f.MbusDecoupled(
        at=at,
        meter=meter,
        channel=proof.channel,
        number=before.number,
        device=before.equipment_id,
    )


def location_written(at: datetime, meter: str, proof: TextProof) -> f.LocationWritten:
    """The office's code, written."""
    return f.LocationWritten(at=at, meter=meter, before=proof.before, after=proof.after)
