from __future__ import annotations

import pytest

from fieldapp.domain.privacy import WRITES, MeterAction, Purpose, check_purpose, purpose_for
from fieldapp.domain.work_order import WorkKind
from fieldapp.errors import PurposeRefused

A = MeterAction
_MAY = {
    Purpose.PLACEMENT: set(A) - {A.READ_INTERVALS, A.EXPORT, A.RESET_METER},
    Purpose.READING_PREFERENCE: {A.IDENTIFY, A.READ_PREFERENCE, A.WRITE_PREFERENCE},
    Purpose.FAULT: set(A) - {A.WRITE_PREFERENCE, A.WRITE_LOCATION, A.RESET_METER},
    Purpose.REMOVAL: {
        A.IDENTIFY,
        A.READ_REGISTERS,
        A.RETRIEVE_STATE,
        A.KEEP_TELEGRAM,
        A.EXPORT_TRACE,
        A.DECOUPLE_MBUS,
        A.RESET_METER,
    },
    Purpose.WORKSHOP: set(A),
}


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("action", list(MeterAction))
def test_each_purpose_allows_its_own(purpose: Purpose, action: MeterAction) -> None:
    if action in _MAY[purpose]:
        check_purpose(purpose, action)
        return
    with pytest.raises(PurposeRefused):
        check_purpose(purpose, action)


def test_intervals_are_for_a_fault_only() -> None:
    may = {purpose for purpose, allowed in _MAY.items() if A.READ_INTERVALS in allowed}
    assert may == {Purpose.FAULT, Purpose.WORKSHOP}


def test_reading_is_no_write() -> None:
    assert not {a for a in WRITES if a.startswith(("read", "retrieve", "identify"))}


def test_a_fault_that_ends_in_another_meter_sets_it_up_as_a_placement() -> None:
    fault = WorkKind.FAULT
    assert purpose_for(fault, A.WRITE_PREFERENCE, placed=True) is Purpose.PLACEMENT
    assert purpose_for(fault, A.WRITE_PREFERENCE, placed=False) is Purpose.FAULT
    assert purpose_for(fault, A.READ_INTERVALS, placed=True) is Purpose.FAULT
    assert purpose_for(WorkKind.REMOVAL, A.READ_INTERVALS, placed=True) is Purpose.REMOVAL
