from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from sync.server import holders
from sync.server.intake import PUBLIC_REGION, Fault, take
from sync.server.tables import intake
from sync.server.vault import unseal

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running

PERSON: dict[str, Any] = {
    "name": "A. Klant",
    "email": "klant@example.org",
    "address": {
        "street": "Kasstraat",
        "number": "1",
        "postcode": "2671 AB",
        "place": "Naaldwijk",
    },
    "ean": "871687000000200010",
}
FORMS: dict[str, dict[str, Any]] = {
    "appointments": {"days": ["2026-03-05"], "day_part": "morning"},
    "smart-meter-requests": {"wanted": "smart", "variant": "E+G"},
    "preferences": {"preference": "off"},
    "faults": {"what": "display", "text": "Het scherm is zwart"},
    "complaints": {"text": "Niemand kwam"},
    "readings": {
        "taken_on": "2026-03-01",
        "readings": [{"obis": "1-0:1.8.1", "unit": "kWh", "value": "3120.5"}],
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_with_a_reference(running: Running, form: str) -> None:
    with running.client() as http:
        known = http.post(f"/v1/intake/{form}", json={**PERSON, **FORMS[form]})
        unknown = http.post(
            f"/v1/intake/{form}", json={**PERSON, "ean": "1" * 18, **FORMS[form]}
        )
    for answer in (known, unknown):
        assert answer.status_code == 202
        assert answer.json().keys() == {"reference"}
        assert re.fullmatch(r"R-[A-Z2-7]{4}-[A-Z2-7]{4}", answer.json()["reference"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "changed",
    [{"name": ""}, {"email": None}, {"phone": "geheim"}, {"bsn": "123"}, {"ean": "871"}],
)
def test_forms_that_are_not_valid(running: Running, form: str, changed: dict[str, Any]) -> None:
    with running.client() as http:
        answer = http.post(f"/v1/intake/{form}", json={**PERSON, **FORMS[form], **changed})
    assert answer.status_code == 422
    assert "geheim" not in answer.text


def test_a_form_is_sealed_and_can_be_erased(backyard: Backyard) -> None:
    office = backyard.office
    form = Fault.model_validate({**PERSON, **FORMS["faults"]})
    first, second = take(office, form), take(office, form)
    with office.database.writing() as c:
        rows = c.execute(select(intake).order_by(intake.c.received_at)).all()
        assert {row.reference for row in rows} == {first, second}
        assert len({row.holder for row in rows}) == 1
        row = rows[0]
        assert b"Klant" not in row.sealed
        key = holders.key(office, c, PUBLIC_REGION, row.holder)
        about = f"intake:{row.reference}"
        assert Fault.model_validate_json(unseal(key, row.sealed, about)) == form
        assert holders.erase(office, c, PUBLIC_REGION, row.holder)
    take(office, form)
    anonymous = form.model_copy(update={"ean": None})
    take(office, anonymous)
    assert backyard.one("SELECT count(*) FROM intake") == 4
    assert backyard.one("SELECT count(DISTINCT holder) FROM intake") == 3
