from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hardware.dlms.acse import Aare, Aarq, Diagnostic, Mechanism
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import ActionResponse
from hardware.dlms.data import enum, octet_string
from hardware.dlms.initiate import MANAGEMENT, InitiateRequest, InitiateResponse, ServiceError
from hardware.dlms.security import GlobalKeys
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import RUN, Authentication
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.objects import Version
from hardware.errors import (
    AccessDenied,
    CounterTooLow,
    HardwareError,
    LocalProtocolError,
    MeterError,
    NotSupported,
    PortLocked,
    RemoteProtocolError,
    Undecipherable,
    Unproven,
    WrongMeter,
    WrongMeterKey,
)
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_session import Session
from hardware.simulators.optical_state import OpticalMeter
from hardware.trace import Trace, TracedPort
from hardware.values import Obis
from tests.hardware.optical.conftest import Clock, Plug
from tests.hardware.optical.scripted import Scripted
from tests.hardware.optical.secured import (
    KEYS,
    SECRET,
    Book,
    Direct,
    access,
    chance,
    demands,
)

_NUMBER = AttributeRef(1, Obis(0, 0, 96, 1, 1), 2)
_HLS3, _HLS4, _HLS5 = Authentication.HLS3, Authentication.HLS4, Authentication.HLS5
_OTHER = GlobalKeys(bytes(16), bytes(16))


@pytest.mark.parametrize(
    "way_in",
    [
        (_HLS5, KEYS, False),
        (_HLS5, KEYS, True),
        (_HLS4, KEYS, False),
        (_HLS3, KEYS, False),
        (_HLS4, None, False),
        (_HLS3, None, False),
    ],
)
async def test_a_visit_under_each_security(
    way_in: tuple[Authentication, GlobalKeys | None, bool],
    meter: OpticalMeter,
    plug: Plug,
    clock: Clock,
) -> None:
    auth, keys, general = way_in
    meter.security = demands(auth, keys)
    options = access(auth, keys, general=general)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.expect_meter(meter.meter_number)
        readout = await session.retrieve_state(
            Wishes(clock, since=clock() - timedelta(days=500))
        )
        proof = await session.write_preference("off", clock)
    assert readout.registers[0].register.value == 4213567
    assert len(readout.logs["communication"]) == 1
    assert proof.written
    assert meter.administrative_status == 1


async def test_counters_follow_each_other_and_no_nonce_comes_twice(
    meter: OpticalMeter,
) -> None:
    """P3 4.2.2, 3.2.3: each next frame exactly one higher; the proof has one of its own."""
    meter.security = demands()
    line = Direct(Session(meter, 1))
    conversation = Conversation(line)
    await conversation.associate(access(), meter.invocation_counter)
    for _ in range(3):
        await conversation.get(_NUMBER)
    frames = [octets[3:7] for octets in line.asked[1:]]
    counters = [int.from_bytes(octets, "big") for octets in frames]
    assert counters == [253, 254, 255, 256]
    assert meter.invocation_counter == 256
    theirs = [int.from_bytes(octets[3:7], "big") for octets in line.answered[1:]]
    assert theirs == sorted(set(theirs))


async def test_the_meters_own_count_is_read_by_the_public_client(
    meter: OpticalMeter, plug: Plug
) -> None:
    meter.security = demands()
    meter.invocation_counter = 70_000
    options = access()
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.identify()
        both = session.stats
    assert meter.invocation_counter > 70_000
    assert options.hls is not None
    assert isinstance(options.hls.counters, Book)
    assert list(options.hls.counters.next.values()) == [70_001 + RUN]
    assert both.round_trips >= 10, "the look ahead counts too"


@pytest.mark.parametrize("auth", [_HLS5, _HLS4])
async def test_a_key_is_not_tried_on_another_meter(
    auth: Authentication, meter: OpticalMeter, plug: Plug
) -> None:
    meter.security = demands(auth)
    options = access(auth, _OTHER)
    assert options.hls is not None
    its = replace(options, hls=replace(options.hls, meter="E0099001111111120"))
    with pytest.raises(WrongMeter) as caught:
        async with open_optical(plug(OpticalSimulator(meter)), its):
            raise AssertionError("it opened")
    assert caught.value.found == meter.meter_number
    assert not meter.is_locked
    assert "fraud" not in meter.logs or 46 not in [row.code for row in meter.logs["fraud"]]


async def test_without_such_an_object_the_own_count_serves(clock: Clock, plug: Plug) -> None:
    meter = OpticalMeter("E0044007382246019", clock, Version.DSMR422, security=demands())
    async with open_optical(plug(OpticalSimulator(meter)), access()) as session:
        assert (await session.identify()).equipment_id == meter.meter_number


async def test_a_count_that_is_too_low_is_said(meter: OpticalMeter) -> None:
    meter.security = demands()
    conversation = Conversation(Direct(Session(meter, 1)))
    with pytest.raises(CounterTooLow, match="251"):
        await conversation.associate(access())
    assert not meter.is_locked


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        (_HLS5, access(keys=_OTHER)),
        (_HLS5, access(keys=replace(KEYS, authentication=bytes(16)))),
        (_HLS4, access(_HLS4, keys=_OTHER)),
        (_HLS4, access(_HLS4, secret=b"een ander geheim")),
        (_HLS3, access(_HLS3, secret=b"een ander geheim")),
    ],
)
async def test_a_wrong_key_is_tried_once_and_locks(
    auth: Authentication,
    options: OpticalOptions,
    meter: OpticalMeter,
    plug: Plug,
    clock: Clock,
) -> None:
    meter.security = demands(auth)
    with pytest.raises(WrongMeterKey) as caught:
        async with open_optical(plug(OpticalSimulator(meter)), options):
            raise AssertionError("it opened")
    assert [row.code for row in meter.logs["fraud"]].count(46) == 1
    assert meter.is_locked
    assert KEYS.encryption.hex() not in str(caught.value)
    with pytest.raises(PortLocked):
        async with open_optical(plug(OpticalSimulator(meter)), access(auth)):
            raise AssertionError("it opened")
    clock.forward(11)
    async with open_optical(plug(OpticalSimulator(meter)), access(auth)) as session:
        await session.identify()


@pytest.mark.parametrize(
    ("auth", "keys", "options", "error"),
    [
        (_HLS5, KEYS, OpticalOptions(password=b"00000001"), NotSupported),
        (_HLS5, KEYS, OpticalOptions(auth=Authentication.NONE), NotSupported),
        (_HLS3, None, OpticalOptions(auth=Authentication.NONE), AccessDenied),
        (_HLS3, None, access(_HLS4, None), AccessDenied),
        (_HLS3, None, access(), NotSupported),
        (_HLS5, KEYS, access(_HLS4), AccessDenied),
    ],
)
async def test_another_way_in_than_demanded(
    auth: Authentication,
    keys: GlobalKeys | None,
    options: OpticalOptions,
    error: type[HardwareError],
    meter: OpticalMeter,
) -> None:
    meter.security = demands(auth, keys)
    conversation = Conversation(Direct(Session(meter, 1)))
    with pytest.raises(error):
        await conversation.associate(options, meter.invocation_counter)
    assert not meter.is_locked


async def test_the_last_counter_of_all_is_refused_like_any_other(meter: OpticalMeter) -> None:
    meter.security = demands()
    meter.invocation_counter = 0xFFFFFFFF
    with pytest.raises(CounterTooLow):
        await Conversation(Direct(Session(meter, 1))).associate(access())


@pytest.mark.parametrize("client", [16, 102])
async def test_only_the_management_client_has_keys(client: int, meter: OpticalMeter) -> None:
    meter.security = demands()
    conversation = Conversation(Direct(Session(meter, client)))
    with pytest.raises(NotSupported):
        await conversation.associate(access(), meter.invocation_counter)


def test_a_challenge_that_is_too_short_is_refused(meter: OpticalMeter) -> None:
    meter.security = demands(_HLS4, None)
    asked = InitiateRequest(MANAGEMENT).to_bytes()
    aarq = Aarq(1, Mechanism.HLS_SHA1, b"short", None, asked)
    answer = Aare.from_bytes(Session(meter, 1).answer(aarq.to_bytes()))
    assert answer.diagnostic == Diagnostic.AUTHENTICATION_FAILURE


async def test_a_counter_left_out_ends_it_without_a_word(meter: OpticalMeter) -> None:
    meter.security = demands()
    session = Session(meter, 1)
    line = Direct(session)
    await Conversation(line).associate(access(), meter.invocation_counter)
    assert session.answer(line.asked[-1]) == b"", "a replay"
    assert session.answer(b"\xc8\x03\x30\0\0")[0] == 0xD8, "no association any more"


async def test_damage_within_an_association_locks_nothing(meter: OpticalMeter) -> None:
    meter.security = demands()
    twisted = False

    def twist(octets: bytes) -> bytes:
        return octets[:-1] + bytes((octets[-1] ^ 1,)) if twisted else octets

    conversation = Conversation(Direct(Session(meter, 1), twist))
    await conversation.associate(access(), meter.invocation_counter)
    twisted = True
    with pytest.raises(Undecipherable):
        await conversation.get(_NUMBER)
    twisted = False
    assert (await conversation.get(_NUMBER)).octets == meter.meter_number.encode()
    assert not meter.is_locked


async def test_a_damaged_request_is_refused_in_the_clear(meter: OpticalMeter) -> None:
    meter.security = demands()
    session = Session(meter, 1)
    line = Direct(session)
    await Conversation(line).associate(access(), meter.invocation_counter)
    broken = line.asked[-1][:-1] + bytes((line.asked[-1][-1] ^ 1,))
    assert session.answer(broken) == ExceptionResponse(1, 5).to_bytes()
    assert not meter.is_locked


def _answers(challenge: bytes = b"challenge of it", **changes: Any) -> Aare:
    granted = InitiateResponse(MANAGEMENT, 1024).to_bytes()
    asked = Aare(
        diagnostic=Diagnostic.AUTHENTICATION_REQUIRED,
        mechanism=Mechanism.HLS_SHA1,
        authentication=challenge,
        user_information=granted,
    )
    return replace(asked, **changes)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([_answers(diagnostic=Diagnostic.NONE)], Unproven),
        ([_answers(mechanism=Mechanism.HLS_MD5)], RemoteProtocolError),
        ([_answers(b"short")], RemoteProtocolError),
        ([_answers(chance(b"client")(16))], RemoteProtocolError),
        ([_answers(authentication=None)], RemoteProtocolError),
        ([_answers(), ActionResponse(0)], Unproven),
        ([_answers(), ActionResponse(0, 4)], Unproven),
        ([_answers(), ActionResponse(0, enum(1))], Unproven),
        ([_answers(), ActionResponse(0, octet_string(b"no proof"))], Unproven),
        ([_answers(), ActionResponse(250)], WrongMeterKey),
        ([_answers(), ExceptionResponse(1, 1)], MeterError),
        ([ExceptionResponse(1, 5)], WrongMeterKey),
        ([ExceptionResponse(1, 6, 900)], CounterTooLow),
        ([ExceptionResponse(1, 2)], NotSupported),
        ([ServiceError(1, 6, 4)], MeterError),
        ([Aare(2, Diagnostic.NO_REASON)], PortLocked),
        ([Aare(2, Diagnostic.NO_REASON, by_user=False)], PortLocked),
        ([Aare(1, Diagnostic.AUTHENTICATION_FAILURE)], WrongMeterKey),
    ],
)
async def test_what_a_meter_may_answer_to_hls(
    answers: list[Apdu], error: type[HardwareError]
) -> None:
    conversation = Conversation(Scripted(*answers))
    with pytest.raises(error):
        await conversation.associate(access(_HLS4, None))


@pytest.mark.parametrize(
    "options", [OpticalOptions(auth=_HLS5), access(_HLS5, None), OpticalOptions(auth=_HLS3)]
)
async def test_options_that_lack_what_they_take(options: OpticalOptions) -> None:
    with pytest.raises(LocalProtocolError):
        await Conversation(Scripted()).associate(options)


async def test_keys_are_in_no_trace_log_repr_or_error(
    meter: OpticalMeter, plug: Plug, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    meter.security = demands()
    trace = Trace()
    port = TracedPort(plug(OpticalSimulator(meter)), trace)
    options = access()
    async with open_optical(port, options) as session:
        await session.retrieve_state(Wishes(clock))
        shown = repr(session) + repr(options) + repr(meter) + repr(meter.security)
    octets = b"".join(record.data for record in trace)
    for key in (KEYS.encryption, KEYS.authentication, SECRET):
        assert key not in octets
        for text in (shown, trace.to_text(), caplog.text):
            assert key.hex() not in text
            assert repr(key)[2:-1] not in text
