"""SET and ACTION with list, from the client to the meter and back."""

from __future__ import annotations

import pytest

from hardware.dlms.apdu_action import ActionListRequest, ActionListResponse
from hardware.dlms.apdu_set import SetListRequest, SetListResponse
from hardware.dlms.conversation import State
from hardware.dlms.data import enum, octet_string
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import LocalProtocolError
from hardware.values import Obis
from tests.hardware.dlms.talk import Talk

_TARGET = AttributeRef(1, Obis(0, 0, 96, 1, 0), 2)


def test_lists_are_asked_and_answered() -> None:
    talk = Talk()
    writes = SetListRequest(((_TARGET, enum(1)), (_TARGET, enum(2))))
    assert talk.ask(writes) == writes
    assert talk.answer(SetListResponse((0, 3))) == SetListResponse((0, 3))
    calls = ActionListRequest(((MethodRef(72, Obis(0, 1, 24, 1, 0), 3), enum(0)),))
    assert talk.ask(calls) == calls
    outcomes = ActionListResponse(((0, None),))
    assert talk.answer(outcomes) == outcomes
    assert talk.client.state is talk.meter.state is State.READY


def test_a_list_of_values_goes_in_one_piece_or_not_at_all() -> None:
    talk = Talk()
    with pytest.raises(LocalProtocolError, match="too long"):
        talk.client.send(SetListRequest(((_TARGET, octet_string(bytes(130))),)))
