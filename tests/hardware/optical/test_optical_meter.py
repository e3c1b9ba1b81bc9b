from __future__ import annotations

from typing import Any

import pytest

from hardware.dlms.acse import Aare, Aarq, Mechanism, Release
from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
from hardware.dlms.apdu_action import ActionListRequest, ActionListResponse
from hardware.dlms.apdu_get import GetListRequest, GetListResponse, GetRequest, GetResponse
from hardware.dlms.apdu_set import SetListRequest, SetListResponse, SetRequest, SetResponse
from hardware.dlms.data import NULL, Data, array, enum, octet_string, structure, unsigned
from hardware.dlms.initiate import MANAGEMENT, PUBLIC, InitiateRequest, InitiateResponse
from hardware.dlms.results import (
    CLASS_INCONSISTENT,
    OBJECT_UNDEFINED,
    OTHER_REASON,
    READ_WRITE_DENIED,
    TYPE_UNMATCHED,
)
from hardware.dlms.targets import AttributeRef, MethodRef, Selection
from hardware.dsmr.objects import Version, objects_of
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_objects import build_model
from hardware.simulators.optical_service import MeterService
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.values import Obis

_STATUS = Obis(0, 1, 94, 31, 0)
_INITIATE = InitiateRequest(MANAGEMENT).to_bytes()


def _status(meter: OpticalMeter, value: Data) -> Apdu:
    return MeterService(meter, 1).answer(SetRequest(AttributeRef(1, _STATUS, 2), value))


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (enum(1), 0),
        (enum(0), 0),
        (enum(3), OTHER_REASON),
        (unsigned(1), TYPE_UNMATCHED),
        (NULL, TYPE_UNMATCHED),
    ],
)
def test_the_status_takes_an_enum_of_0_to_2(
    value: Data, result: int, meter: OpticalMeter
) -> None:
    assert _status(meter, value) == SetResponse(result)
    assert (meter.logs["fraud"][-1].code == 47) is (result == 0)


@pytest.mark.parametrize(
    ("client", "aarq", "answer"),
    [
        (16, Aarq(user_information=_INITIATE), (0, 0)),
        (1, Aarq(user_information=_INITIATE), (1, 12)),
        (1, Aarq(mechanism=Mechanism.HLS_GMAC, authentication=b"x" * 16), (1, 11)),
        (1, Aarq(mechanism=Mechanism.LLS, authentication=b"x"), (1, 13)),
        (102, Aarq(user_information=_INITIATE), (1, 1)),
        (1, Aarq(context=3), (1, 2)),
    ],
)
def test_who_may_associate(
    client: int, aarq: Aarq, answer: tuple[int, int], meter: OpticalMeter
) -> None:
    aare = MeterService(meter, client).answer(aarq)
    assert isinstance(aare, Aare)
    assert (aare.result, aare.diagnostic) == answer


def test_a_public_client_is_granted_less_than_it_asks(meter: OpticalMeter) -> None:
    aare = MeterService(meter, 16).answer(Aarq(user_information=_INITIATE))
    assert isinstance(aare, Aare)
    granted = InitiateResponse.from_bytes(aare.user_information)
    assert granted == InitiateResponse(PUBLIC, 1024)


@pytest.mark.parametrize(
    ("target", "result"),
    [
        (AttributeRef(3, Obis(1, 0, 1, 8, 0), 2), READ_WRITE_DENIED),
        (AttributeRef(1, Obis(1, 0, 1, 8, 0), 2), CLASS_INCONSISTENT),
        (AttributeRef(3, Obis(1, 0, 1, 9, 9), 2), OBJECT_UNDEFINED),
        (AttributeRef(1, Obis(0, 0, 96, 1, 1), 7), OBJECT_UNDEFINED),
    ],
)
def test_what_a_public_client_is_refused(
    target: AttributeRef, result: int, meter: OpticalMeter
) -> None:
    assert MeterService(meter, 16).answer(GetRequest(target)) == GetResponse(result)


def test_lists_are_bounded_and_not_for_the_public(meter: OpticalMeter) -> None:
    target = AttributeRef(1, Obis(0, 0, 96, 1, 1), 2)
    refused = ExceptionResponse(1, 2)
    assert MeterService(meter, 16).answer(GetListRequest((target,))) == refused
    assert MeterService(meter, 1).answer(GetListRequest((target,) * 17)) == refused
    answer = MeterService(meter, 1).answer(GetListRequest((target,) * 16))
    assert isinstance(answer, GetListResponse)
    text = AttributeRef(1, Obis(0, 0, 96, 1, 3), 2)
    written = MeterService(meter, 1).answer(
        SetListRequest(((text, octet_string(b"A")), (target, octet_string(b"B"))))
    )
    assert written == SetListResponse((0, 3))
    assert meter.texts["location"] == "A"
    capture = MethodRef(72, Obis(0, 1, 24, 1, 0), 3)
    done = MeterService(meter, 1).answer(ActionListRequest(((capture, NULL), (capture, NULL))))
    assert done == ActionListResponse(((0, None), (0, None)))
    for asked in (SetListRequest(()), ActionListRequest(())):
        assert MeterService(meter, 16).answer(asked) == refused


def test_messages_without_sense_are_refused(meter: OpticalMeter) -> None:
    assert MeterService(meter, 1).answer(DataNotification(1, b"", NULL)) == ExceptionResponse(
        1, 2
    )
    released = MeterService(meter, 1).answer(Release(is_response=False))
    assert released == Release(is_response=True)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(1, NULL),
        Selection(1, structure(NULL, octet_string(b"\xff" * 12), octet_string(b""), array(()))),
        Selection(1, structure(NULL, octet_string(b"\xff" * 12), NULL, array(()))),
        Selection(1, structure(NULL, *(octet_string(b"\xff" * 12),) * 2, array(()))),
        Selection(2, structure(NULL)),
    ],
)
def test_a_broken_selection_is_refused(selection: Selection, meter: OpticalMeter) -> None:
    target = AttributeRef(7, Obis(0, 0, 99, 98, 0), 2, selection)
    assert MeterService(meter, 1).answer(GetRequest(target)) == GetResponse(OTHER_REASON)


@pytest.mark.parametrize(
    ("obis", "value"),
    [
        (Obis(0, 0, 96, 1, 3), octet_string(bytes(49))),
        (Obis(0, 0, 96, 1, 3), NULL),
        (Obis(0, 0, 97, 98, 10), NULL),
    ],
)
def test_values_that_are_not_taken(obis: Obis, value: Data, meter: OpticalMeter) -> None:
    answer = MeterService(meter, 1).answer(SetRequest(AttributeRef(1, obis, 2), value))
    assert isinstance(answer, SetResponse)
    assert answer.result in {OTHER_REASON, TYPE_UNMATCHED}


@pytest.mark.parametrize("octets", [b"\xff" * 12, b"\x07\xea"])
def test_a_clock_takes_whole_moments_only(octets: bytes, meter: OpticalMeter) -> None:
    target = AttributeRef(8, Obis(0, 0, 1, 0, 0), 2)
    answer = MeterService(meter, 1).answer(SetRequest(target, octet_string(octets)))
    assert isinstance(answer, SetResponse)
    assert answer.result != 0
    assert meter.clock_error_s == 0


@pytest.mark.parametrize("version", list(Version))
def test_every_attribute_of_every_version_can_be_read(version: Version, clock: Any) -> None:
    meter = furnished(OpticalMeter("E0044007382246019", clock, version))
    for found in build_model(meter).values():
        for number, reader in found.attributes.items():
            assert isinstance(reader(), Data), (found.obis, number)


def test_a_single_phase_meter_has_no_other_phases(clock: Any) -> None:
    model = build_model(OpticalMeter("E0044007382246019", clock, phases=1))
    assert Obis(1, 0, 32, 7, 0) in model
    assert Obis(1, 0, 52, 7, 0) not in model
    entries = {
        entry.obis(1 if entry.per_channel else 0) for entry in objects_of(Version.SMR500)
    }
    assert entries - set(model)


def test_logs_are_as_long_as_a_real_one(meter: OpticalMeter) -> None:
    for number in range(40):
        meter.log("fraud", 40 + number % 2)
    assert len(meter.logs["fraud"]) == 30


def test_a_capture_without_a_device_changes_nothing(meter: OpticalMeter) -> None:
    meter.capture(2)
    assert meter.channels[1] is None


def test_faults_have_names() -> None:
    assert Line.named(["noise", "echo"], 20).faults == {Fault.NOISE, Fault.ECHO}
    with pytest.raises(ValueError, match="flood"):
        Line.named(["flood"])
