"""Who stands before an endpoint: dependencies that turn a request into an office and a caller.

In comes the request's head; out comes a `Laptop` or a `User`, or the request ends. Rule: the
credential is checked before one octet of the body is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select

from sync.errors import BadWire
from sync.server.attempts import Attempts
from sync.server.auth import Ticket, hash_user_token
from sync.server.laptops import Laptop, find, give_token
from sync.server.limits import PIECES, SYNCS, Limits
from sync.server.office import Office
from sync.server.problems import ProblemError, unauthorized
from sync.server.tables import users
from sync.server.vault import Unreadable, from_base64
from sync.wire import PROOF, TokenAnswer, TokenRequest, decode


class Role(StrEnum):
    """What a user of the office may be."""

    DISPATCHER = "dispatcher"
    DESK = "desk"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    WORKSHOP = "workshop"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody at the office, limited to one region."""

    name: str
    role: Role
    region: str


def current_office(request: Request) -> Office:
    """The open office that this application serves."""
    office = request.app.state.office
    if not isinstance(office, Office):
        raise TypeError("the application has no office")
    return office


TheOffice = Annotated[Office, Depends(current_office)]


def bearer(request: Request) -> str:
    """The bearer token (RFC 6750, 2.1); raises 401 where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized()
    return token.strip()


Bearer = Annotated[str, Depends(bearer)]


def note_caller(request: Request, laptop: str) -> None:
    """Remember whose request it is, for the log, and count it.

    Raises:
        ProblemError: 429 for a laptop that asks too much.
    """
    request.state.laptop = laptop
    limits = request.app.state.limits
    if not isinstance(limits, Limits):
        raise TypeError("the application has no limits")
    is_file = request.scope["path"].startswith("/v1/files")
    limits.take(laptop, PIECES if is_file else SYNCS)


def proves_itself(request: Request) -> bool:
    """Whether a laptop shows a signed challenge in place of a token."""
    scheme, _, _ = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == PROOF.lower()


def laptop_token(request: Request, office: TheOffice) -> str:
    """A laptop's token; one that proves itself instead gets a token with its answer.

    A proof takes a look at the database; a token by itself takes none.
    """
    if not proves_itself(request):
        return bearer(request)
    proof = request.headers["authorization"].partition(" ")[2]
    request.state.token = _token_for(request, office, proof)
    return str(request.state.token)


def _token_for(request: Request, office: Office, proof: str) -> str:
    try:
        wanted = decode(from_base64(proof.strip()), TokenRequest)
    except (Unreadable, BadWire) as e:
        raise unauthorized() from e
    with current_attempts(request).guard(attempt_of(request, wanted)):
        given = give_token(office, wanted)
        if not isinstance(given, TokenAnswer):
            raise unauthorized()
        return given.token


def current_attempts(request: Request) -> Attempts:
    """The failures that this application counts."""
    attempts = request.app.state.attempts
    if not isinstance(attempts, Attempts):
        raise TypeError("the application counts no attempts")
    return attempts


def attempt_of(request: Request, wanted: TokenRequest) -> str:
    """Under which name a laptop's attempt to prove itself is counted."""
    return f"token {client_of(request)} {wanted.laptop[:64]}"


def client_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def ticket_of(office: Office, token: str) -> Ticket:
    """What a laptop's token says; whether there still is such a laptop is not looked up."""
    ticket = office.door.bearer(token, office.clock.now())
    if ticket is None:
        raise unauthorized()
    return ticket


def current_laptop(
    request: Request, office: TheOffice, token: Annotated[str, Depends(laptop_token)]
) -> Laptop:
    """The laptop whose token this is; also a withdrawn one, which may still deliver.

    Raises:
        ProblemError: 401, or 429 for one that asks too much.
    """
    ticket = ticket_of(office, token)
    with office.database.reading() as c:
        laptop = find(c, ticket.laptop)
    if laptop is None or laptop.practice != office.settings.practice:
        raise unauthorized()
    note_caller(request, laptop.id)
    return laptop


TheLaptop = Annotated[Laptop, Depends(current_laptop)]


def current_user(office: TheOffice, token: Bearer) -> User:
    """The user whose token this is."""
    query = select(users.c.name, users.c.role, users.c.region)
    with office.database.reading() as c:
        row = c.execute(query.where(users.c.token_hash == hash_user_token(token))).one_or_none()
    if row is None:
        raise unauthorized()
    return User(row.name, Role(row.role), row.region)


def having(*roles: Role) -> Callable[[User], User]:
    """A dependency that lets only these roles in."""

    def check(user: Annotated[User, Depends(current_user)]) -> User:
        if user.role not in roles:
            raise ProblemError(403, "role-not-allowed")
        return user

    return check
