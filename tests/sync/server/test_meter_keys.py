from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from fieldapp.domain import facts as f
from fieldapp.domain.meter_keys import MeterKeys, SealedKeys, binding, unpack
from fieldapp.store import secrets
from sync.server import laptops, meter_keys
from sync.server.exchange import sync
from sync.server.problems import ProblemError
from sync.wire import EnrolRequest, SyncAnswer, SyncRequest, decode, encode, page_checksum

if TYPE_CHECKING:
    from tests.sync.server.conftest import Import
    from tests.sync.server.doubles import Backyard, HandClock, Signer

METER, GAS, SPARE = "E0044007382246019", "G0039001936990625", "E0044007382311125"
EK, AK = "5E1C0A77D0B94F3382164AC9F2E07B15", "A90F3D62E84B7C1580D6F23947BE5A0C"
UK, DK = "11223344556677889900AABBCCDDEEFF", "FFEEDDCCBBAA00998877665544332211"
KEYS = MeterKeys(
    meter=METER,
    encryption_key=bytes.fromhex(EK),
    authentication_key=bytes.fromhex(AK),
)


class Machine:
    """A laptop with both of its keys, and what it was told."""

    def __init__(self, yard: Backyard, *, late: bool = False) -> None:
        self.yard = yard
        self.private = secrets.new_key()
        self.agreement = secrets.agreement_key(self.private)
        request = EnrolRequest(
            code=yard.code("T1"),
            public_key=secrets.public_key(self.private),
            agreement_key=b"" if late else self.agreement,
        )
        self.id = laptops.enrol(yard.office, request).laptop
        self.cursor = 0

    @property
    def row(self) -> laptops.Laptop:
        with self.yard.office.database.reading() as c:
            found = laptops.find(c, self.id)
        assert found is not None
        return found

    def sync(self, **more: Any) -> SyncAnswer:
        """Everything new since the last time."""
        request = SyncRequest(cursor=self.cursor, **more)
        answer = decode(encode(sync(self.yard.office, self.row, request)), SyncAnswer)
        assert answer.checksum == page_checksum(answer.changes)
        self.cursor = answer.cursor
        return answer

    def given(self, **more: Any) -> list[SealedKeys]:
        return [keys for change in self.sync(**more).changes for keys in change.keys]

    def open(self, sealed: SealedKeys, laptop: str = "", meter: str = "") -> MeterKeys:
        bound_to = binding(laptop or self.id, meter or sealed.meter)
        return unpack(secrets.open_sealed(self.private, sealed.sealed, bound_to))

    def to_change(self) -> list[str]:
        with self.yard.office.database.reading() as c:
            return meter_keys.to_change(self.yard.office, c, self.row)


def test_keys_travel_with_their_visit_and_only_that_laptop_opens_them(
    backyard: Backyard, take: Import
) -> None:
    assert take(backyard.office, f"{METER},{EK},{AK},,", f"{GAS},,,{UK},{DK}").new == 2
    connections = backyard.row()["connections"]
    gas = {**connections[0], "commodity": "G", "ean": "871687000000200027"}
    gas["meter"] = {"number": GAS, "kind": "smart", "registers": []}
    backyard.day(backyard.row("V-1", technician="T1", connections=[*connections, gas]))
    backyard.visits()
    one, other = Machine(backyard), Machine(backyard)
    sealed = {keys.meter: keys for keys in one.given()}
    assert set(sealed) == {METER, GAS}
    assert one.open(sealed[METER]) == KEYS
    assert one.open(sealed[GAS]).mbus_user_key == bytes.fromhex(UK)
    assert one.open(sealed[GAS]).mbus_default_key == bytes.fromhex(DK)
    for thief, laptop, meter in ((other, one.id, ""), (one, other.id, ""), (one, "", GAS)):
        with pytest.raises(secrets.Tampered):
            thief.open(sealed[METER], laptop, meter)
    body = sealed[METER].sealed
    for place in (0, 31, 32, len(body) - 1):
        spoilt = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(secrets.Tampered):
            one.open(SealedKeys(meter=METER, sealed=spoilt))
    with pytest.raises(secrets.Tampered):
        one.open(SealedKeys(meter=METER, sealed=body[:20]))


def test_reserved_meters_have_theirs_too(yard: Backyard, take: Import) -> None:
    take(yard.office, f"{SPARE},{EK},{AK},,")
    yard.day(yard.row("V-1", technician="T1", new_meters=[{"number": SPARE, "kind": "smart"}]))
    yard.visits()
    assert [keys.meter for keys in Machine(yard).given()] == [SPARE]


def test_keys_that_come_after_the_plan_are_sent_after_it(
    backyard: Backyard, take: Import
) -> None:
    (visit,) = backyard.visits()
    laptop = Machine(backyard)
    assert laptop.given() == []
    take(backyard.office, f"{METER},{EK},{AK},,", f"{SPARE},{EK},{AK},,")
    answer = laptop.sync()
    assert [(c.visit_id, c.version) for c in answer.changes] == [(visit, 1)]
    assert laptop.open(answer.changes[0].keys[0]) == KEYS
    assert take(backyard.office, f"{METER.lower()}, {EK.lower()},{AK},,").known == 1
    assert laptop.sync().changes == ()
    assert take(backyard.office, f"{METER},{AK},{EK},,").changed == 1
    (sealed,) = laptop.given()
    assert laptop.open(sealed).encryption_key == bytes.fromhex(AK)


def test_another_region_hears_nothing_of_a_meter_it_has_not(
    yard: Backyard, take: Import
) -> None:
    yard.visits()
    take(yard.office, f"{SPARE},{EK},{AK},,")
    assert yard.last_change() == 1


def test_an_erased_holders_visit_takes_no_keys_along(yard: Backyard, take: Import) -> None:
    late = Machine(yard, late=True)
    gone, _ = yard.visits(number=2)
    take(yard.office, f"{METER},{EK},{AK},,")
    with yard.office.database.writing() as c:
        query = "UPDATE holders SET wrapped_key = NULL WHERE id ="
        c.execute(text(f"{query} (SELECT holder FROM visits WHERE id = :v)"), {"v": gone})
    before = yard.last_change()
    late.given(agreement_key=late.agreement)
    assert take(yard.office, f"{METER},{AK},{EK},,").changed == 1
    assert yard.last_change() == before + 2


def test_a_laptop_that_enrolled_before_brings_its_key_with_a_sync(
    backyard: Backyard, take: Import
) -> None:
    take(backyard.office, f"{METER},{EK},{AK},,")
    laptop = Machine(backyard, late=True)
    connection = {**backyard.row()["connections"][0], "meter": {"number": SPARE}}
    backyard.day(backyard.row("V-9", technician="T1", connections=[connection]))
    backyard.visits()
    assert laptop.given() == []
    assert laptop.given(agreement_key=b"short") == laptop.given(agreement_key=bytes(32)) == []
    (sealed,) = laptop.given(agreement_key=laptop.agreement)
    assert laptop.open(sealed) == KEYS
    thief = secrets.agreement_key(secrets.new_key())
    assert laptop.given(agreement_key=thief) == []
    assert laptop.row.agreement_key == laptop.agreement
    with backyard.office.database.writing() as c:
        assert not laptops.learn_agreement_key(backyard.office, c, laptop.row, thief)


def test_who_enrols_with_something_else_than_a_key_is_refused(yard: Backyard) -> None:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for wrong in (b"short", bytes(32)):
        request = EnrolRequest(code=yard.code("T1"), public_key=public, agreement_key=wrong)
        with pytest.raises(ProblemError):
            laptops.enrol(yard.office, request)


def test_a_withdrawn_laptop_gets_none_and_its_meters_are_named(
    backyard: Backyard, take: Import, clock: HandClock
) -> None:
    office = backyard.office
    take(office, f"{METER},{EK},{AK},,", f"{SPARE},{EK},{AK},,")
    backyard.visits()
    laptop, late = Machine(backyard), Machine(backyard, late=True)
    assert len(laptop.given()) == 1
    assert laptop.to_change() == [METER]
    with office.database.writing() as c:
        laptops.withdraw(office, c, laptop.id)
        laptops.withdraw(office, c, late.id)
    with office.database.reading() as c:
        assert meter_keys.sealed_of(office, c, laptop.row, [METER]) == ()
    laptop.cursor = 0
    assert laptop.given() == []
    assert late.given(agreement_key=late.agreement) == []
    assert laptop.to_change() == [METER]
    clock.pass_time(60)
    take(office, f"{METER},{AK},{EK},,")
    assert laptop.to_change() == []


def test_the_office_knows_which_keys_a_laptop_erased(backyard: Backyard, take: Import) -> None:
    take(backyard.office, f"{METER},{EK},{AK},,")
    backyard.visits()
    laptop = Machine(backyard)
    assert len(laptop.given(held_keys=())) == 1
    laptop.sync(held_keys=(METER,))
    assert laptop.to_change() == [METER]
    laptop.sync()
    assert laptop.to_change() == [METER]
    laptop.sync(held_keys=())
    assert laptop.to_change() == []
    laptop.cursor = 0
    assert len(laptop.given(held_keys=())) == 1
    assert laptop.to_change() == [METER]


def test_what_is_finished_or_over_gets_no_keys(
    yard: Backyard, take: Import, clock: HandClock
) -> None:
    take(yard.office, f"{METER},{EK},{AK},,")
    (refused,) = yard.visits()
    signer = yard.laptop()
    yard.push(signer, signer.operation(refused, f.VisitRefused(at=clock.now(), reason="ill")))
    assert Machine(yard).given() == []
    yard.visits()
    assert len(Machine(yard).given()) == 1
    clock.pass_time(timedelta(days=1).total_seconds())
    assert Machine(yard).given() == []


def test_the_handing_out_is_audited_without_a_number_or_a_key(
    backyard: Backyard, take: Import
) -> None:
    take(backyard.office, f"{METER},{EK},{AK},,")
    backyard.visits()
    laptop = Machine(backyard)
    laptop.given()
    with backyard.office.database.reading() as c:
        query = text("SELECT chain, action, subject, outcome FROM audit")
        rows = [tuple(row) for row in c.execute(query)]
    name = backyard.office.vault.pseudonym(f"meter\x1f{METER}")
    assert ("office", "meter_keys_imported", "", "1") in rows
    assert (f"laptop:{laptop.id}", "keys_handed_out", name, "1") in rows
    assert not [row for row in rows for word in row if METER in word or EK in word]


def test_no_key_stands_in_the_clear_in_the_office(yard: Backyard, take: Import) -> None:
    take(yard.office, f"{METER},{EK},{AK},,")
    yard.visits()
    Machine(yard).given()
    folder = yard.office.settings.files.parent
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("office.sqlite") for path in files)
    for path in files:
        content = path.read_bytes()
        for octets in (bytes.fromhex(EK), EK.encode(), EK.lower().encode(), METER.encode()):
            assert octets not in content, path.name


def test_keys_are_in_no_repr(yard: Backyard, take: Import) -> None:
    assert EK.lower() not in repr(KEYS)
    assert repr(KEYS.encryption_key) not in repr(KEYS)
    take(yard.office, f"{METER},{EK},{AK},,")
    yard.visits()
    answer = Machine(yard).sync()
    assert msgspec.json.encode(KEYS.encryption_key).strip(b'"') not in msgspec.json.encode(
        answer
    )
    assert repr(KEYS.encryption_key) not in repr(answer)


def test_an_older_laptop_takes_the_page_as_before(yard: Backyard, take: Import) -> None:
    take(yard.office, f"{METER},{EK},{AK},,")
    yard.visits()
    signer: Signer = yard.laptop()
    answer = yard.sync(signer)
    assert [change.keys for change in answer.changes] == [()]
