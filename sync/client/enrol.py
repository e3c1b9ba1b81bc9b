"""Ties a laptop to its technician: one-time code in, `Device` out.

The laptop makes its own key; only the public half travels. Rule: a lost answer costs nothing,
because the same code with the same key gets the same answer again; who may be killed meanwhile
keeps the key first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldapp.store import secrets
from fieldapp.store.device import Device
from sync.client import answers
from sync.errors import BadWire, Offline
from sync.wire import EnrolAnswer, EnrolRequest, encode

if TYPE_CHECKING:
    from sync.client.http import Http

_TRIES = 3
_SYSTEM_TITLE = 8
"""Octets of a DLMS system title (IEC 62056-5-3, 4.3.4)."""


def enrol(
    http: Http, code: str, *, device_name: str, practice: bool = False, key: bytes = b""
) -> Device:
    """Enrol this laptop; blocks. The caller stores what comes back.

    Args:
        http: a session with the office; its address is kept as the laptop's office.
        code: as the office gave it, case and dashes as typed.
        device_name: what people call this laptop.
        practice: a laptop for practice, which only an office for practice takes.
        key: the laptop's raw Ed25519 key; empty: a new one.

    Raises:
        Unauthorized: the code is unknown, used or expired.
        Refused: the office is for the other kind of laptop, or takes no such key.
        Offline: no answer after three tries.
        BadWire: something else answered.
    """
    private_key = key or secrets.new_key()
    request = EnrolRequest(
        code=code.strip(),
        public_key=secrets.public_key(private_key),
        device_name=device_name,
        practice=practice,
        agreement_key=secrets.agreement_key(private_key),
    )
    told = _ask(http, request)
    if len(told.system_title) != _SYSTEM_TITLE or told.incarnation < 1 or not told.laptop:
        raise BadWire("enrolment without a laptop, an incarnation or a system title")
    return Device(
        laptop=told.laptop,
        technician=told.technician,
        technician_name=told.technician_name,
        region=told.region,
        office=told.office,
        server_url=http.address.url(""),
        incarnation=told.incarnation,
        system_title=told.system_title,
        private_key=private_key,
        practice=practice,
    )


def _ask(http: Http, request: EnrolRequest) -> EnrolAnswer:
    body = encode(request)
    for _ in range(_TRIES - 1):
        try:
            return answers.message(http.post("/v1/enrol", body), EnrolAnswer)
        except Offline:
            continue
    return answers.message(http.post("/v1/enrol", body), EnrolAnswer)
