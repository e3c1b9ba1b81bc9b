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

from sync.server.auth import Ticket, hash_user_token
from sync.server.laptops import Laptop, find
from sync.server.office import Office
from sync.server.problems import ProblemError, unauthorized
from sync.server.tables import users


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


def ticket_of(office: Office, token: str) -> Ticket:
    """What a laptop's token says; whether there still is such a laptop is not looked up."""
    ticket = office.door.bearer(token, office.clock.now())
    if ticket is None:
        raise unauthorized()
    return ticket


def current_laptop(office: TheOffice, token: Bearer) -> Laptop:
    """The laptop whose token this is; also a withdrawn one, which may still deliver."""
    ticket = ticket_of(office, token)
    with office.database.reading() as c:
        laptop = find(c, ticket.laptop)
    if laptop is None or laptop.practice != office.settings.practice:
        raise unauthorized()
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
