from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from hardware.dlms.acse import Aare
from hardware.dlms.apdu_get import GetResponse
from hardware.dlms.data import (
    NULL,
    Data,
    DataType,
    array,
    double_long_unsigned,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from hardware.dlms.date_time import build_date_time
from hardware.dlms.initiate import MANAGEMENT, InitiateResponse
from hardware.dlms.targets import AttributeRef, entry_range
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_logs import DUTCH, LogReader
from hardware.drivers.optical_profile import (
    Column,
    ProfileShape,
    read_last,
    read_rows,
    read_shape,
)
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.inventory import of_version
from hardware.dsmr.objects import Version
from hardware.errors import AccessDenied, RemoteProtocolError
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis
from tests.hardware.optical.scripted import Scripted

_ENERGY, _QUALITY = Obis(1, 0, 99, 1, 0), Obis(1, 0, 99, 1, 1)
Plug = Callable[[OpticalSimulator], MemoryPort]


async def test_a_day_of_quarters(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        shape = await session.profile_shape(_ENERGY)
        rows = await session.profile_rows(shape, clock() - timedelta(hours=24), clock())
    assert shape.is_interval_data
    assert shape.period_s == 900
    assert [column.name for column in shape.columns] == [
        "clock",
        "amr_status",
        "energy_to_client",
        "energy_by_client",
    ]
    assert len(rows) == 96
    assert rows[-1] == (datetime(2026, 11, 23, 10, tzinfo=UTC), 0, 4_213_567, 150_042)
    times = [row[0] for row in rows]
    assert all(
        isinstance(later, datetime)
        and isinstance(earlier, datetime)
        and later - earlier == timedelta(minutes=15)
        for earlier, later in pairwise(times)
    )


async def test_voltages_tell_nothing_about_a_household(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        shape = await session.profile_shape(_QUALITY)
        rows = await session.profile_rows(shape, clock() - timedelta(hours=1), clock())
    assert not shape.is_interval_data
    assert len(rows) == 4
    assert len(rows[0]) == 5
    assert [column.scale for column in shape.columns[:3]] == [None, None, ScalerUnit(-1, "V")]


async def test_the_whole_buffer_comes_in_blocks(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    target = (7, _ENERGY, 2)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        everything = await session.get(*target)
        some = await session.get(*target, entry_range(959, 0))
    assert len(everything.data.elements) == 960
    assert len(some.data.elements) == 2


async def test_a_public_client_reads_no_profile(
    meter: OpticalMeter, plug: Plug, public: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), public) as session:
        with pytest.raises(AccessDenied):
            await session.profile_shape(_ENERGY)


@pytest.mark.parametrize(
    ("registration", "kind", "word"), [(1, "gprs", "home"), (2, "gprs", "searching")]
)
async def test_a_modem_that_is_not_registered_is_still_shown(
    registration: int, kind: str, word: str, meter: OpticalMeter, plug: Plug
) -> None:
    meter.modem_registration = registration
    options = OpticalOptions(password=b"00000001")
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(meter.clock))
    assert readout.modem is not None
    assert (readout.modem.kind, readout.modem.registration) == (kind, word)


async def _conversation(*values: Data) -> Conversation:
    accepted = Aare(user_information=InitiateResponse(MANAGEMENT, 1024).to_bytes())
    line = Scripted(accepted, *(GetResponse(value) for value in values))
    conversation = Conversation(line)
    await conversation.associate(OpticalOptions())
    return conversation


_SHAPE = ProfileShape(_ENERGY, (Column(3, Obis(1, 0, 1, 8, 0), 2, "energy_to_client"),), 900)
_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "rows",
    [array((structure(NULL),)), array((structure(NULL, NULL),)), array((NULL,)), NULL],
)
async def test_rows_that_do_not_fit(rows: Data) -> None:
    conversation = await _conversation(rows)
    with pytest.raises(RemoteProtocolError):
        await read_rows(conversation, _SHAPE, _NOW, _NOW)


async def test_a_value_left_out_is_the_one_before() -> None:
    seven = double_long_unsigned(7)
    conversation = await _conversation(array((structure(seven), structure(NULL))))
    assert await read_rows(conversation, _SHAPE, _NOW, _NOW) == ((7,), (7,))


async def test_a_capture_object_that_the_catalogue_does_not_know() -> None:
    name = octet_string(Obis(1, 0, 99, 99, 9).to_bytes())
    index, data_index = Data(DataType.INTEGER, 2), long_unsigned(0)
    captured = array((structure(long_unsigned(1), name, index, data_index),))
    conversation = await _conversation(captured, double_long_unsigned(60))
    shape = await read_shape(conversation, _ENERGY)
    assert shape.columns[0].name == ""
    assert shape.is_interval_data


async def test_a_capture_object_without_a_name() -> None:
    broken = structure(long_unsigned(3), octet_string(b"\x01"), NULL, NULL)
    conversation = await _conversation(array((broken,)), double_long_unsigned(60))
    with pytest.raises(RemoteProtocolError):
        await read_shape(conversation, _ENERGY)


def test_a_target_with_a_selection_is_another_target() -> None:
    plain = AttributeRef(7, _ENERGY, 2)
    assert AttributeRef(7, _ENERGY, 2, entry_range(1, 2)) != plain


@pytest.mark.parametrize("count", [1, 7, 5000])
async def test_the_last_rows_by_their_numbers(
    count: int, meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    found = min(count, 960)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        shape = await session.profile_shape(_ENERGY)
        rows = await session.profile_last(shape, count)
        same = await session.profile_rows(shape, clock() - timedelta(hours=1), clock())
    assert len(rows) == found
    assert rows[-min(found, 4) :] == same[-min(found, 4) :]


async def test_an_empty_profile_has_no_last_rows() -> None:
    conversation = await _conversation(double_long_unsigned(0))
    assert await read_last(conversation, _SHAPE, 3) == ()


async def test_a_log_may_leave_out_what_stays_the_same() -> None:
    time = octet_string(build_date_time(_NOW, DUTCH))
    full, same = structure(time, unsigned(47)), structure(NULL, NULL)
    conversation = await _conversation(array((full, same)))
    reader = LogReader(conversation, of_version(Version.DSMR22))
    rows = await reader._rows("fraud", AttributeRef(7, _ENERGY, 2), (_NOW, _NOW))
    assert [(row.time, row.code) for row in rows] == [(_NOW, 47)] * 2


async def test_a_log_row_without_a_code() -> None:
    conversation = await _conversation(array((structure(NULL),)))
    reader = LogReader(conversation, of_version(Version.DSMR22))
    with pytest.raises(RemoteProtocolError):
        await reader._rows("fraud", AttributeRef(7, _ENERGY, 2), (_NOW, _NOW))
