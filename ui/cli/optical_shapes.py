"""What the `optical` commands print: the answers of the driver as JSON objects.

In come frozen answers, out come dictionaries in the documented shapes; decimals and times stay
as they are for `emit_json`. Rule: names once printed stay; additions are free.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.domain.preference import Preference, foretold
from hardware.dlms.data import DataType
from hardware.drivers.optical_answers import (
    ClockReading,
    GetAnswer,
    Identity,
    LogEntry,
    MbusChannel,
    Modem,
    NamedRegister,
    PreferenceProof,
    Readout,
    text_of,
)
from hardware.drivers.optical_answers import Preference as HeldPreference
from hardware.drivers.optical_logs import POWER_FAILURES
from hardware.drivers.optical_profile import ProfileShape
from hardware.drivers.optical_proofs import (
    AlarmProof,
    AlarmState,
    ClockProof,
    CouplingProof,
    TextProof,
)
from hardware.pump import WireStats
from hardware.values import Obis

Shape = dict[str, object]
Rows = tuple[tuple[object, ...], ...]


def full(obis: Obis) -> str:
    """The code with all six groups, `1-0:1.8.0.255`."""
    return f"{obis.a}-{obis.b}:{obis.c}.{obis.d}.{obis.e}.{obis.f}"


def get_shape(answer: GetAnswer) -> Shape:
    """`optical get`; scaler, unit and scaled only where the class has them."""
    shape: Shape = {
        "class": answer.target.class_id,
        "obis": full(answer.target.obis),
        "attribute": answer.target.attribute,
        "type": answer.type,
        "value": answer.value,
    }
    if answer.data.tag == DataType.OCTET_STRING and text_of(answer.data) != answer.value:
        shape["text"] = text_of(answer.data)
    if answer.scaler is not None:
        shape |= {"scaler": answer.scaler, "unit": answer.unit, "scaled": answer.scaled}
    return shape


def proof_shape(proof: PreferenceProof, wanted: Preference | None = None) -> Shape:
    """`optical preference`; `foretold` is what the change leaves in the meter's fraud log."""
    return {
        "kind": "preference",
        "meter": proof.meter,
        "before": _preference(proof.before),
        "requested": proof.requested,
        "after": _preference(proof.after),
        "written": proof.written,
        "time": proof.time,
        "foretold": list(foretold(proof.before.value, wanted)),
    }


def _preference(held: HeldPreference) -> Shape:
    return {"value": held.value, "name": held.name}


def clock_shape(clock: ClockReading) -> Shape:
    """`optical clock`."""
    return {
        "time": clock.time,
        "deviation_s": clock.deviation_s,
        "uncertainty_s": clock.uncertainty_s,
        "flags": list(clock.flags),
    }


def clock_proof_shape(meter: str, proof: ClockProof) -> Shape:
    """`optical clock set`."""
    return {
        "kind": "clock",
        "meter": meter,
        "before": clock_shape(proof.before),
        "written": proof.written,
        "after": clock_shape(proof.after),
        "limit_s": proof.limit_s,
        "marks_intervals": proof.marks_intervals,
        "holds": proof.holds,
    }


def alarm_shape(state: AlarmState) -> Shape:
    """`optical alarms`."""
    return {
        "alarms": list(state.alarms),
        "errors": list(state.errors),
        "registers": dict(state.registers),
    }


def alarm_proof_shape(meter: str, proof: AlarmProof) -> Shape:
    """`optical alarms clear`."""
    return {
        "kind": "alarms",
        "meter": meter,
        "before": alarm_shape(proof.before),
        "cleared": list(proof.cleared),
        "after": alarm_shape(proof.after),
        "holds": proof.holds,
    }


def coupling_shape(meter: str, action: str, proof: CouplingProof) -> Shape:
    """`optical mbus couple|decouple`."""
    return {
        "kind": "coupling",
        "meter": meter,
        "action": action,
        "channel": proof.channel,
        "before": _channel(proof.before),
        "after": _channel(proof.after),
        "written": proof.written,
        "key": proof.key.value or None,
    }


def text_shape(kind: str, meter: str, proof: TextProof) -> Shape:
    """`optical location CODE` and `optical message TEMPLATE`."""
    return {
        "kind": kind,
        "meter": meter,
        "before": proof.before,
        "requested": proof.requested,
        "after": proof.after,
        "written": proof.written,
    }


def logs_shape(rows: dict[str, tuple[LogEntry, ...]]) -> Shape:
    """`optical logs`: each log by name, oldest row first."""
    return {
        name: [
            _failure(entry) if name == POWER_FAILURES else _entry(entry) for entry in entries
        ]
        for name, entries in rows.items()
    }


def _failure(entry: LogEntry) -> Shape:
    return {"end": entry.time, "duration_s": entry.code}


def _entry(entry: LogEntry) -> Shape:
    shape: Shape = {"time": entry.time, "code": entry.code, "name": entry.name}
    return shape | ({"extra": list(entry.extra)} if entry.extra else {})


def profile_shape(shape: ProfileShape, rows: Rows) -> Shape:
    """`optical profile`: columns, then rows of values in their order."""
    columns = [
        {
            "obis": full(column.obis),
            "attribute": column.attribute,
            "name": column.name or None,
            "scaler": column.scale.scaler if column.scale else None,
            "unit": column.scale.unit if column.scale else None,
        }
        for column in shape.columns
    ]
    return {
        "obis": full(shape.obis),
        "period_s": shape.period_s,
        "interval_data": shape.is_interval_data,
        "columns": columns,
        "rows": [list(row) for row in rows],
    }


def mbus_shape(channels: Iterable[MbusChannel]) -> list[Shape]:
    """`optical mbus`: four channels."""
    return [_channel(channel) for channel in channels]


def _channel(channel: MbusChannel) -> Shape:
    if channel.is_empty:
        return {"channel": channel.channel, "device": None}
    register = channel.register
    return {
        "channel": channel.channel,
        "device": channel.device,
        "equipment_id": channel.equipment_id,
        "number": channel.number,
        "manufacturer": channel.manufacturer,
        "version": channel.version,
        "address": channel.address,
        "key_status": channel.key_status,
        "value": register.value if register else None,
        "unit": register.unit if register else None,
        "time": register.time if register else None,
        "signal": channel.signal,
        "status": list(channel.status),
    }


def readout_shape(readout: Readout) -> Shape:
    """`optical read`."""
    phases = {named.name: named for named in readout.phases}
    return {
        "kind": "readout",
        "identity": _identity(readout.identity),
        "firmware": dict(readout.identity.firmware),
        "clock": clock_shape(readout.clock),
        "registers": [_register(named) for named in readout.registers],
        "voltages": _of_phases(phases, "voltage_"),
        "currents": _of_phases(phases, "current_"),
        "powers": [_register(named) for named in readout.phases if "power" in named.name],
        "counters": dict(readout.counters),
        "preference": _preference(readout.preference) if readout.preference else None,
        "alarms": list(readout.alarms),
        "errors": list(readout.errors),
        "logs": logs_shape(readout.logs),
        "mbus": mbus_shape(readout.mbus),
        "modem": _modem(readout.modem),
        "left_out": list(readout.left_out),
        "wire": _wire(readout.wire),
    }


def _identity(identity: Identity) -> Shape:
    return {
        "meter": identity.equipment_id,
        "serial_number": identity.serial_number,
        "logical_device": identity.logical_device,
        "hardware_id": identity.hardware_id,
        "version": identity.version or None,
        "p1_version": identity.p1_version,
        "signatures": dict(identity.signatures),
    }


def _register(named: NamedRegister) -> Shape:
    register = named.register
    return {
        "obis": str(register.obis),
        "name": named.name,
        "value": register.value,
        "unit": register.unit,
    }


def _of_phases(phases: dict[str, NamedRegister], start: str) -> Shape:
    return {
        name.removeprefix(start): named.register.value
        for name, named in phases.items()
        if name.startswith(start)
    }


def _modem(modem: Modem | None) -> Shape | None:
    if modem is None:
        return None
    return {
        "kind": modem.kind,
        "operator": modem.operator,
        "registration": modem.registration,
        "packet_service": modem.packet_service,
        "signal_dbm": modem.signal_dbm,
    }


def _wire(stats: WireStats) -> Shape:
    return {
        "bytes_sent": stats.bytes_sent,
        "bytes_received": stats.bytes_received,
        "round_trips": stats.round_trips,
        "seconds": round(stats.seconds, 3),
        "line_seconds": round(stats.line_seconds, 3),
        "bytes_echoed": stats.bytes_echoed,
        "pause_seconds": round(stats.pause_seconds, 3),
    }
