"""Laptops: enrolled with a one-time code, proven by their key, started anew, withdrawn.

In come codes, public keys and signatures; out come who a laptop is and its short tokens. Rule:
who sends is known from the credential, never from a body; and an office for practice and one
for real work never take each other's laptops.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from sync.server import audit
from sync.server.auth import (
    TOKEN_LIFE_S,
    hash_challenge,
    is_public_key,
    signed_by,
)
from sync.server.bell import ring
from sync.server.database import add_if_absent
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.problems import ProblemError, unauthorized
from sync.server.tables import (
    enrolment_codes,
    incarnations,
    laptops,
    spent_challenges,
    technicians,
)
from sync.server.vault import is_agreement_key
from sync.wire import (
    ChallengeAnswer,
    EnrolAnswer,
    EnrolRequest,
    IncarnationAnswer,
    TokenAnswer,
    TokenRequest,
)

TOKEN_PREFIX = b"fieldapp-token:"
"""Stands before the challenge in what a laptop signs, so that it can be nothing else."""

_TITLE_PREFIX = b"FAP"
"""The three letters that open this product's DLMS system titles (IEC 62056-5-3, 4.3.2)."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """A laptop as the office knows it."""

    region: str
    id: str
    technician: str
    public_key: bytes
    practice: bool
    incarnation: int
    withdrawn_at: datetime | None
    handed_out: int
    agreement_key: bytes | None = None
    files_held: int = 0

    @property
    def withdrawn(self) -> bool:
        """Whether it gets no data any more."""
        return self.withdrawn_at is not None


COLUMNS = (
    laptops.c.region,
    laptops.c.id,
    laptops.c.technician,
    laptops.c.public_key,
    laptops.c.practice,
    laptops.c.incarnation,
    laptops.c.withdrawn_at,
    laptops.c.handed_out,
    laptops.c.agreement_key,
    laptops.c.files_held,
)
"""The columns of a `Laptop`, in its order."""


_IS_IT = select(*COLUMNS).where(laptops.c.id == bindparam("of_laptop"))
_FIND = Prepared(_IS_IT)
_LOCK = Prepared(_IS_IT.where(laptops.c.region == bindparam("of_region")).with_for_update())


def find(c: Connection, laptop: str) -> Laptop | None:
    """The laptop with this id, in whatever region."""
    row = _FIND.first(c, {"of_laptop": laptop})
    return None if row is None else Laptop(*row)


def locked(c: Connection, region: str, laptop: str) -> Laptop:
    """The laptop, its row held until the transaction ends: one request of it at a time."""
    values = {"of_region": region, "of_laptop": laptop}
    (row,) = _LOCK.rows(c, values)
    return Laptop(*row)


def note_file(c: Connection, region: str, laptop: str, more: int = 1) -> None:
    """Count one more file of this laptop that is here whole, or with -1 one that is gone."""
    this = (laptops.c.region == region, laptops.c.id == laptop)
    held = laptops.c.files_held + more
    c.execute(update(laptops).where(*this).values(files_held=held))


def learn_agreement_key(office: Office, c: Connection, laptop: Laptop, key: bytes) -> bool:
    """Keep the key of a laptop that enrolled without one; False: it has one, or this is none.

    The first one holds, so that a stolen token can't lead meters' keys elsewhere.
    """
    if not is_agreement_key(key):
        return False
    unknown = (*_is(laptop), laptops.c.agreement_key.is_(None))
    learnt = c.execute(update(laptops).where(*unknown).values(agreement_key=key))
    if learnt.rowcount == 0:
        return False
    entry = audit.Entry("agreement_key_learnt")
    audit.append(c, office.clock.now(), f"laptop:{laptop.id}", entry)
    return True


def _is(laptop: Laptop) -> tuple[ColumnElement[bool], ...]:
    return (laptops.c.region == laptop.region, laptops.c.id == laptop.id)


def enrol(office: Office, request: EnrolRequest) -> EnrolAnswer:
    """Tie a new laptop to the technician of the code.

    The same code with the same key answers the same again: the first answer may be lost.

    Raises:
        ProblemError: code unknown, used or expired; wrong kind of laptop; not a key.
    """
    if request.practice != office.settings.practice:
        raise ProblemError(403, "practice-mismatch")
    if not is_public_key(request.public_key):
        raise ProblemError(422, "public-key-not-valid")
    if request.agreement_key and not is_agreement_key(request.agreement_key):
        raise ProblemError(422, "public-key-not-valid")
    with office.database.writing() as c:
        return _enrol(office, c, request)


def _enrol(office: Office, c: Connection, request: EnrolRequest) -> EnrolAnswer:
    code = c.execute(
        select(enrolment_codes)
        .where(enrolment_codes.c.code_hash == office.door.hash_code(request.code))
        .with_for_update()
    ).one_or_none()
    now = office.clock.now()
    if code is None:
        raise ProblemError(403, "enrolment-code-unknown")
    if code.laptop is not None:
        known = find(c, code.laptop)
        if known is None or known.public_key != request.public_key or known.withdrawn:
            raise ProblemError(403, "enrolment-code-unknown")
        return _answer(office, c, known)
    if now >= code.expires_at:
        raise ProblemError(403, "enrolment-code-unknown")
    made = _insert(office, c, request, (code.region, code.technician))
    c.execute(
        update(enrolment_codes)
        .where(enrolment_codes.c.code_hash == code.code_hash)
        .values(laptop=made.id)
    )
    audit.append(c, now, f"laptop:{made.id}", audit.Entry("enrolled", made.technician))
    return _answer(office, c, made)


def _insert(
    office: Office, c: Connection, request: EnrolRequest, owner: tuple[str, str]
) -> Laptop:
    region, technician = owner
    made = Laptop(
        region=region,
        id=office.clock.new_id(),
        technician=technician,
        public_key=request.public_key,
        practice=request.practice,
        incarnation=1,
        withdrawn_at=None,
        handed_out=0,
        agreement_key=request.agreement_key or None,
    )
    c.execute(
        insert(laptops).values(
            region=region,
            id=made.id,
            technician=technician,
            device_name=request.device_name[:200].replace("\0", ""),
            public_key=made.public_key,
            practice=made.practice,
            incarnation=1,
            enrolled_at=office.clock.now(),
            handed_out=0,
            agreement_key=made.agreement_key,
        )
    )
    _start_incarnation(office, c, made, 1)
    return made


def _start_incarnation(office: Office, c: Connection, laptop: Laptop, number: int) -> bytes:
    """Make the row with a system title that no other incarnation has; 5 random octets."""
    title = _TITLE_PREFIX + secrets.token_bytes(5)
    c.execute(
        insert(incarnations).values(
            region=laptop.region,
            laptop=laptop.id,
            incarnation=number,
            system_title=title,
            started_at=office.clock.now(),
        )
    )
    return title


def _answer(office: Office, c: Connection, laptop: Laptop) -> EnrolAnswer:
    name = c.execute(
        select(technicians.c.name).where(
            technicians.c.region == laptop.region, technicians.c.id == laptop.technician
        )
    ).scalar_one()
    title = c.execute(
        select(incarnations.c.system_title).where(
            incarnations.c.region == laptop.region,
            incarnations.c.laptop == laptop.id,
            incarnations.c.incarnation == laptop.incarnation,
        )
    ).scalar_one()
    return EnrolAnswer(
        laptop=laptop.id,
        technician=laptop.technician,
        technician_name=name,
        region=laptop.region,
        incarnation=laptop.incarnation,
        system_title=title,
        office=office.vault.office,
        server_time=office.clock.now(),
    )


def give_token(office: Office, request: TokenRequest) -> ChallengeAnswer | TokenAnswer:
    """A challenge for a request without signature, a token for a signed challenge.

    Raises:
        ProblemError: 401, whatever was wrong: laptop, challenge, signature, or used before.
    """
    now = office.clock.now()
    if not request.signature:
        return ChallengeAnswer(challenge=office.door.challenge(request.laptop[:64], now))
    if not office.door.is_challenge(request.challenge, request.laptop, now):
        raise unauthorized()
    with office.database.writing() as c:
        laptop = find(c, request.laptop)
        signed = TOKEN_PREFIX + request.challenge.encode()
        if laptop is None or not signed_by(laptop.public_key, request.signature, signed):
            raise unauthorized()
        if laptop.practice != office.settings.practice:
            raise unauthorized()
        _spend(office, c, request.challenge)
    token = office.door.token(laptop.region, laptop.id, now)
    return TokenAnswer(token=token, expires_in_s=TOKEN_LIFE_S)


def _spend(office: Office, c: Connection, challenge: str) -> None:
    """A challenge gives one token; remembered until it has expired by itself."""
    now = office.clock.now()
    ticket_end = office.door.challenge_end(now)
    c.execute(delete(spent_challenges).where(spent_challenges.c.expires_at < now))
    row = {"challenge_hash": hash_challenge(challenge), "expires_at": ticket_end}
    if not add_if_absent(c, spent_challenges, row):
        raise unauthorized()


def new_incarnation(office: Office, laptop: Laptop) -> IncarnationAnswer:
    """Start a restored or re-installed laptop's next incarnation, with a new system title.

    A withdrawn one too: it can't deliver its work, nor let go of its visits, in a chain that
    goes on elsewhere.
    """
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        number = held.incarnation + 1
        title = _start_incarnation(office, c, held, number)
        c.execute(update(laptops).where(*_is(held)).values(incarnation=number))
        entry = audit.Entry("incarnation_started", str(number))
        audit.append(c, office.clock.now(), f"laptop:{held.id}", entry)
    return IncarnationAnswer(incarnation=number, system_title=title)


def withdraw(office: Office, c: Connection, laptop: str) -> Laptop | None:
    """No data goes to this laptop any more; None where there is no such laptop."""
    found = find(c, laptop)
    if found is not None and not found.withdrawn:
        now = office.clock.now()
        c.execute(update(laptops).where(*_is(found)).values(withdrawn_at=now))
        audit.append(c, now, f"laptop:{found.id}", audit.Entry("withdrawn", found.technician))
        ring(c, found.region, [found.technician])
    return found
