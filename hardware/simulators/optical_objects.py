"""The object model of a simulated meter: attributes, rights and writes, built from a catalogue.

In comes a meter, out come its COSEM objects by OBIS code, each attribute as a function that
gives the value of this moment. Rule: the model holds no values of its own; it is a view on the
meter's state through the classes of IEC 62056-6-2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from hardware.dlms.data import (
    NULL,
    Data,
    DataType,
    array,
    double_long_unsigned,
    enum,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from hardware.dlms.date_time import build_date_time
from hardware.dlms.targets import Selection
from hardware.dlms.units import ScalerUnit
from hardware.dsmr.objects import CHANNELS, MeterObject, Version, objects_of
from hardware.simulators.optical_fixed import FIXED_CLASSES, fixed_attributes
from hardware.simulators.optical_intervals import interval_attributes, selected_intervals
from hardware.simulators.optical_profile import log_attributes, selected_rows
from hardware.simulators.optical_state import GasMeter, OpticalMeter
from hardware.simulators.optical_values import DUTCH, GAS_PERIODS_S, clock_octets, value_of
from hardware.simulators.optical_writes import methods_of, writers_of
from hardware.values import Obis

Reader = Callable[[], Data]
Writer = Callable[[Data], int]
Method = Callable[[Data | None], int]


@dataclass(frozen=True, slots=True)
class CosemObject:
    """One object of the meter.

    Attributes:
        attributes: attribute number to its value now; 1 (logical name) included.
        writers: attribute number to what a SET does; it gives a data-access-result.
        methods: method number to what an ACTION does; it gives an action-result.
        select: the rows of a profile for a selective access, else None.
        refused: whether the meter keeps it to itself, whoever asks.
    """

    class_id: int
    version: int
    obis: Obis
    public: bool
    attributes: dict[int, Reader]
    writers: dict[int, Writer] = field(default_factory=dict)
    methods: dict[int, Method] = field(default_factory=dict)
    select: Callable[[Selection], Data] | None = None
    refused: bool = False


Model = dict[Obis, CosemObject]


def build_model(meter: OpticalMeter) -> Model:
    """Every object of the meter's version, for its phases and M-Bus channels."""
    model: Model = {}
    for entry, channel in _entries(meter):
        found = _object(meter, entry, channel)
        model.setdefault(found.obis, found)
    association = next(found for found in model.values() if found.class_id == 15)
    association.attributes[2] = partial(_object_list, model)
    return model


def _entries(meter: OpticalMeter) -> Iterator[tuple[MeterObject, int]]:
    for entry in objects_of(meter.profile):
        if (entry.polyphase and meter.phases < 3) or entry.name in meter.absent:
            continue
        for channel in CHANNELS if entry.per_channel else (0,):
            yield entry, channel


def _object(meter: OpticalMeter, entry: MeterObject, channel: int) -> CosemObject:
    obis = entry.obis(channel)
    name = octet_string(obis.to_bytes())
    if entry.class_id in FIXED_CLASSES:
        more = fixed_attributes(entry)
    else:
        more = _CLASSES[entry.class_id](meter, entry, channel)
    return CosemObject(
        entry.class_id,
        entry.version,
        obis,
        entry.public,
        {1: lambda: name, **more},
        writers_of(meter, entry, channel) if entry.writable else {},
        methods_of(meter, entry, channel),
        _selector(meter, entry, channel),
        entry.name in meter.refused,
    )


def _selector(
    meter: OpticalMeter, entry: MeterObject, channel: int
) -> Callable[[Selection], Data] | None:
    if entry.class_id != 7:
        return None
    if entry.name.endswith("_log"):
        return partial(selected_rows, meter, entry.name.removesuffix("_log"))
    return partial(selected_intervals, meter, entry, channel)


def _profile(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Reader]:
    is_log = entry.name.endswith("_log")
    attributes = log_attributes if is_log else interval_attributes
    return attributes(meter, entry, channel)


def _data(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Reader]:
    return {2: partial(value_of, meter, entry, channel)}


def _register(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Reader]:
    scale = ScalerUnit(entry.scaler or 0, entry.unit)
    return {**_data(meter, entry, channel), 3: scale.to_data}


def _extended(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Reader]:
    is_value = entry.name in GAS_PERIODS_S

    def scale() -> Data:
        coupled = is_value and meter.heard(channel)
        return (ScalerUnit(-3, "m3") if coupled else ScalerUnit(0, "")).to_data()

    def captured() -> Data:
        if meter.heard(channel) is None:
            return octet_string(b"\xff" * 12)
        period_s = GAS_PERIODS_S.get(entry.name, 3600)
        _, moment = meter.gas_at(channel, meter.clock(), period_s)
        return octet_string(build_date_time(moment, DUTCH))

    return {
        2: partial(value_of, meter, entry, channel),
        3: scale,
        4: lambda: unsigned(0),
        5: captured,
    }


def _clock(meter: OpticalMeter, _entry: MeterObject, _channel: int) -> dict[int, Reader]:
    """Class 8: last Sunday of March 02:00 and of October 03:00, 60 minutes (P3 4.2.2)."""
    return {
        2: lambda: octet_string(clock_octets(meter)),
        3: lambda: Data(DataType.LONG, -60),
        4: lambda: unsigned(clock_octets(meter)[11]),
        5: lambda: octet_string(bytes.fromhex("FFFF03FE0702000000800080")),
        6: lambda: octet_string(bytes.fromhex("FFFF0AFE0703000000800000")),
        7: lambda: Data(DataType.INTEGER, 60),
        8: lambda: Data(DataType.BOOLEAN, value=True),
        9: lambda: enum(1),
    }


def _association(_meter: OpticalMeter, entry: MeterObject, _channel: int) -> dict[int, Reader]:
    partners = structure(Data(DataType.INTEGER, 1), long_unsigned(1))
    attributes: dict[int, Reader] = {3: lambda: partners, 8: lambda: enum(2)}
    if entry.version >= 1:
        security = octet_string(Obis(0, 0, 43, 0, 0).to_bytes())
        attributes[9] = lambda: security
    return attributes


def _object_list(model: Model) -> Data:
    return array(
        structure(
            long_unsigned(found.class_id),
            unsigned(found.version),
            octet_string(found.obis.to_bytes()),
            _access_rights(found),
        )
        for found in model.values()
    )


def _access_rights(found: CosemObject) -> Data:
    """access_right: attributes (1 read, 3 read and write) and methods (1 allowed)."""
    attributes = array(
        structure(
            Data(DataType.INTEGER, number),
            enum(3 if number in found.writers else 1),
            NULL,
        )
        for number in sorted(found.attributes)
    )
    methods = array(
        structure(Data(DataType.INTEGER, number), enum(1)) for number in sorted(found.methods)
    )
    return structure(attributes, methods)


def _modem(meter: OpticalMeter, entry: MeterObject, _channel: int) -> dict[int, Reader]:
    """Class 47: an LTE or CDMA network at home, signal quality 21 (-71 dBm)."""
    cell = structure(
        double_long_unsigned(0x01A2B3),
        long_unsigned(4211),
        unsigned(21),
        unsigned(0),
        long_unsigned(204),
        long_unsigned(8),
        double_long_unsigned(6300),
    )
    packet = {"modem_gprs": 1, "modem_cdma": 6, "modem_lte": 5}[entry.name]
    return {
        2: lambda: Data(DataType.VISIBLE_STRING, "20408"),
        3: lambda: enum(meter.modem_registration),
        4: lambda: enum(0),
        5: lambda: enum(packet),
        6: lambda: cell,
        7: lambda: array(()),
        8: lambda: octet_string(clock_octets(meter)),
    }


def _mbus_client(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Reader]:
    def number(attribute: int, kind: DataType) -> Reader:
        def read() -> Data:
            held = meter.bus.identification(channel, entry.version)
            return Data(kind, held.get(attribute, 0))

        return read

    octet = DataType.UNSIGNED
    port = octet_string(Obis(0, 0, 24, 6, 0).to_bytes())
    return {
        2: lambda: port,
        3: lambda: array(()),
        4: lambda: double_long_unsigned(3600),
        5: number(5, octet),
        6: number(6, DataType.DOUBLE_LONG_UNSIGNED),
        7: number(7, DataType.LONG_UNSIGNED),
        8: number(8, octet),
        9: number(9, octet),
        10: lambda: unsigned(0),
        11: lambda: unsigned(0),
        12: lambda: unsigned(0),
        **(_encryption(meter, channel) if meter.profile is not Version.DSMR22 else {}),
    }


def _encryption(meter: OpticalMeter, channel: int) -> dict[int, Reader]:
    """Configuration and key status, which DSMR 2.2 does not have."""
    return {
        13: lambda: long_unsigned(0x0063),
        14: lambda: enum(meter.key_status(channel)),
    }


def _mbus_diagnostic(
    meter: OpticalMeter, _entry: MeterObject, channel: int
) -> dict[int, Reader]:
    def device() -> GasMeter | None:
        return meter.channels[channel - 1]

    return {
        2: lambda: unsigned(found.signal if (found := device()) else 0),
        3: lambda: unsigned(channel),
        4: lambda: enum(2 if device() else 0),
        5: lambda: array(()),
        6: lambda: double_long_unsigned(1),
        7: lambda: double_long_unsigned(100),
        8: lambda: double_long_unsigned(0),
        9: lambda: octet_string(clock_octets(meter)),
    }


_CLASSES: dict[int, Callable[[OpticalMeter, MeterObject, int], dict[int, Reader]]] = {
    1: _data,
    3: _register,
    4: _extended,
    7: _profile,
    8: _clock,
    15: _association,
    17: _data,
    47: _modem,
    72: _mbus_client,
    77: _mbus_diagnostic,
}
