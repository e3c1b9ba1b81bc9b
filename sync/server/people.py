"""Technicians, users of the office, and the one-time codes that enrol laptops.

In come names, roles and regions from whoever administers the office; out come the secrets that
are shown once and kept only as hashes.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from sync.server import audit
from sync.server.auth import hash_user_token, new_code, new_user_token
from sync.server.changes import add_counter
from sync.server.doors import User
from sync.server.office import Office
from sync.server.tables import enrolment_codes, technicians, users

CODE_LIFE = timedelta(hours=24)


class Unknown(Exception):
    """No such technician, laptop or user; `what` and `name` say which."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"no {what} {name}")
        self.what = what
        self.name = name


def add_technician(c: Connection, region: str, technician: str, name: str) -> bool:
    """Make a technician, or give a known one a new name; True where it is new.

    Raises:
        Unknown: the technician belongs to another region.
    """
    known = c.execute(
        select(technicians.c.region).where(technicians.c.id == technician)
    ).scalar_one_or_none()
    if known is None:
        row = {"region": region, "id": technician, "name": name, "active": True}
        c.execute(insert(technicians).values(row))
        add_counter(c, region, technician)
        return True
    if known != region:
        raise Unknown("technician in this region", technician)
    found = (technicians.c.region == region, technicians.c.id == technician)
    c.execute(update(technicians).where(*found).values(name=name))
    return False


def add_user(office: Office, c: Connection, user: User) -> str:
    """Make a user, or give a known one a new token, role and region; returns the token."""
    token, now = new_user_token(), office.clock.now()
    values = {"token_hash": hash_user_token(token), "role": user.role, "region": user.region}
    changed = c.execute(update(users).where(users.c.name == user.name).values(**values))
    if changed.rowcount == 0:
        c.execute(insert(users).values(name=user.name, created_at=now, **values))
    audit.append(c, now, "office", audit.Entry("user_given_token", user.name, user.role))
    return token


def new_enrolment_code(office: Office, c: Connection, technician: str) -> str:
    """A code for one laptop of this technician; holds for a day.

    Raises:
        Unknown: no such technician.
    """
    region = c.execute(
        select(technicians.c.region).where(technicians.c.id == technician)
    ).scalar_one_or_none()
    if region is None:
        raise Unknown("technician", technician)
    code, now = new_code(), office.clock.now()
    c.execute(
        insert(enrolment_codes).values(
            code_hash=office.door.hash_code(code),
            region=region,
            technician=technician,
            expires_at=now + CODE_LIFE,
        )
    )
    audit.append(c, now, "office", audit.Entry("enrolment_code_made", technician))
    return code
