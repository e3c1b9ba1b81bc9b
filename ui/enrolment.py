"""Tying an open, free laptop to its technician, for any face.

In come a laptop and what was typed; out comes the device that the office made of it. Rule: a
code is spent only when its laptop can keep a key, so the store is open and holds the key before
the office is asked; the settings remember the office and its certificate authority.
"""

from __future__ import annotations

import asyncio
import platform
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fieldapp.store import device, seat
from fieldapp.store.device import Device
from fieldapp.store.transaction import Transaction
from sync.client.enrol import enrol as ask_office
from ui.wiring import Laptop


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a technician types.

    Attributes:
        ca_file: the office's own certificate authority, or None for the system's.
        practice: a laptop for practice, which only an office for practice takes.
    """

    url: str
    code: str
    ca_file: Path | None = None
    practice: bool = False


async def enrol(laptop: Laptop, asked: Enrolment) -> Device:
    """Ask the office, and keep who this laptop is from now on.

    Raises:
        SyncError: as `sync.client.enrol.enrol`; the same code works again.
        StoreError: it can't be kept; the same code works again.
        OSError: the settings can't be written; the laptop is enrolled.
    """
    key = await laptop.db.write(device.key_to_be, touched=frozenset())
    made = await asyncio.to_thread(_ask, laptop, asked, key)

    def keep(c: Transaction) -> None:
        device.store_device(c, made)
        seat.start_anew(c, made.system_title)

    await laptop.db.write(keep, touched=frozenset({"device"}))
    kept = msgspec.structs.replace(laptop.settings, server_url=made.server_url)
    if asked.ca_file is not None:
        kept = msgspec.structs.replace(kept, ca_file=str(asked.ca_file.absolute()))
    await laptop.keep(kept)
    return made


def _ask(laptop: Laptop, asked: Enrolment, key: bytes) -> Device:
    from sync.client.http import Http  # noqa: PLC0415 - the network comes after the window

    own_ca = asked.ca_file is not None
    http = Http(asked.url, ca_file=asked.ca_file) if own_ca else laptop.http(asked.url)
    try:
        name = platform.node()
        return ask_office(http, asked.code, device_name=name, practice=asked.practice, key=key)
    finally:
        http.close()
