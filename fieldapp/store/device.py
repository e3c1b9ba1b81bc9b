"""Who this laptop is, how far it has pulled, and what time it is by the office's clock.

In come the enrolment's answer and each contact with the office; out come the device, the cursor
and trusted time: last server time + elapsed monotonic time, never earlier than the latest time
seen (trade.md "Time"). Rule: unknown is None; nothing here guesses from the device's clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from fieldapp.clock import Clock
from fieldapp.store import secrets, state
from fieldapp.store.boot import boot_marker

_DEVICE = "device"
_KEY_TO_BE = "key_to_be"
_CURSOR = "cursor"
_CONTACT = "contact"
_LATEST = "latest_time"
_LIFE = "office_life"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """This laptop as the office knows it.

    Attributes:
        laptop: its id at the office.
        office: id of the office, so that another one behind the same address is noticed.
        incarnation: of this installation; a restored laptop gets the next one.
        system_title: 8 octets for DLMS, of this incarnation.
        private_key: raw Ed25519, 32 octets.
        practice: made by the demo; no real office accepts it.
    """

    laptop: str
    technician: str
    technician_name: str
    region: str
    office: str
    server_url: str
    incarnation: int
    system_title: bytes
    private_key: bytes
    practice: bool = False

    def __repr__(self) -> str:
        return f"Device({self.laptop}, {self.technician}, incarnation {self.incarnation})"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the office, and what the laptop's clocks said when it came.

    Attributes:
        server_time: aware, from the answer.
        device_time: by the laptop's clock.
        monotonic_s: by its clock that never goes back.
        boot: the marker of the present start of the machine.
    """

    server_time: datetime
    device_time: datetime
    monotonic_s: float
    boot: str

    @property
    def offset_s(self) -> float:
        """Device clock minus server clock."""
        return (self.device_time - self.server_time).total_seconds()


def device(c: Connection) -> Device | None:
    """Who this laptop is; None before it is enrolled."""
    return state.load(c, _DEVICE, Device)


def store_device(c: Connection, d: Device) -> None:
    """Remember who this laptop is from now on."""
    state.save(c, _DEVICE, d)


def key_to_be(c: Connection) -> bytes:
    """The key with which this laptop asks to be somebody's; kept before the office is asked.

    The office gives one answer to a code and a key, also when the first was lost.
    """
    kept, owner = state.load(c, _KEY_TO_BE, bytes), device(c)
    if kept is None or (owner is not None and owner.private_key == kept):
        kept = secrets.new_key()
        state.save(c, _KEY_TO_BE, kept)
    return kept


def cursor(c: Connection) -> int:
    """Number of the last change of the office that is stored here; 0 for none."""
    return state.load(c, _CURSOR, int) or 0


def store_cursor(c: Connection, number: int) -> None:
    """Remember it; only the inbox does, together with the rows."""
    state.save(c, _CURSOR, number)


def note_life(c: Connection, life: str) -> None:
    """Remember which life of the office all that was pulled is from: since which restore."""
    state.save(c, _LIFE, life)


def life(c: Connection) -> str:
    """The office's life that everything here is from; empty: from before any restore."""
    return state.load(c, _LIFE, str) or ""


def contact_at(clock: Clock, server_time: datetime) -> Contact:
    """A contact that happens now."""
    return Contact(
        server_time=server_time,
        device_time=clock.now(),
        monotonic_s=clock.monotonic_s(),
        boot=boot_marker(clock),
    )


def note_contact(c: Connection, contact: Contact) -> None:
    """Remember the last contact; the latest time seen never goes back."""
    state.save(c, _CONTACT, contact)
    note_time(c, contact.server_time)


def last_contact(c: Connection) -> Contact | None:
    """The last contact, or None."""
    return state.load(c, _CONTACT, Contact)


def trusted_time(c: Connection, clock: Clock) -> datetime | None:
    """The time by the office's clock, aware; None when unknown.

    It is unknown before the first contact, and after a restart until the next one.
    """
    contact = last_contact(c)
    if contact is None or contact.boot != boot_marker(clock):
        return None
    elapsed_s = clock.monotonic_s() - contact.monotonic_s
    if elapsed_s < 0:
        return None
    now = contact.server_time + timedelta(seconds=elapsed_s)
    return max(now, state.load(c, _LATEST, datetime) or now)


def note_time(c: Connection, trusted: datetime) -> None:
    """Remember the latest trusted time that was used, so that none earlier is told again."""
    latest = state.load(c, _LATEST, datetime)
    if latest is None or trusted > latest:
        state.save(c, _LATEST, trusted)
