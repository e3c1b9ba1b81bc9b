"""The door of the meter commands: who may contact a meter, and where that is noted.

In comes a contact as `Wanted`; out comes the number of the meter that must answer, or None,
with the laptop's counters and that meter's keys where they are here. On an enrolled laptop a
contact belongs to a visit, `workshop` is for the office to grant, and the trail hears how it
began and how it ended; on one that is not, it is workshop unless another reason is named. Rule:
a refusal is an error, and no port is opened before the note is on the disk; the laptop stays
open, and so locked, for as long as the contact lasts.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import msgspec

from fieldapp.clock import SystemClock
from fieldapp.domain import facts as f
from fieldapp.domain.meter_text import check_office_code
from fieldapp.domain.privacy import WRITES, MeterAction, Purpose, purpose_of
from fieldapp.domain.progress import meter_now
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import current_step
from fieldapp.domain.work_order import Commodity
from fieldapp.errors import IllegalTransition, PurposeRefused
from fieldapp.store import device
from fieldapp.store.counters import StoredCounters
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work import loose_trail
from fieldapp.work.expected import last_visit_of
from fieldapp.work.laptop_time import laptop_time
from fieldapp.work.loose_counters import LooseCounters
from fieldapp.work.meter_access import MeterAccess
from fieldapp.work.metering import check_chosen
from fieldapp.work.refusals import NoMeterHere, NoSuchVisit, WorkshopNotGranted
from fieldapp.work.trail import Reason, Trail
from fieldapp.work.visit import TOUCHED, find_visit, keep
from ui.cli.notices import leave
from ui.cli.passphrase import source_of
from ui.cli.wanted import Entry, Wanted
from ui.wiring import Laptop, is_laptop, open_laptop

_PURPOSE = re.compile(r"[a-z][a-z_-]{0,39}")
"""A word, so that no name or address gets into a plain file."""


@asynccontextmanager
async def noted_contact(folder: Path, wanted: Wanted) -> AsyncIterator[Entry]:
    """Note the contact in the trail of `folder` for as long as it lasts.

    Gives the number of the visit's meter. Passes on what the contact raises.

    Raises:
        NoSuchVisit: no such visit on this laptop.
        PurposeRefused: the purpose does not fit the visit or the action, or is no word.
        WorkshopNotGranted: an enrolled laptop, and no visit.
        IllegalTransition: a write, and the visit is not under way.
        NoMeterHere: no meter hangs there that could answer.
        ChoiceDiffers: a write of something else than the customer chose.
        TextRefused: a location code that is not the office's.
        StoreError: it can't be noted.
    """
    if not is_laptop(folder):
        _enter_loosely(folder, wanted)
        yield Entry(counters=LooseCounters(folder))
        return
    laptop = await open_laptop(folder, source_of(folder, wanted.passphrase_file))
    try:
        async with _on_laptop(laptop, wanted) as entry:
            yield entry
    finally:
        await laptop.close()


@asynccontextmanager
async def _on_laptop(laptop: Laptop, wanted: Wanted) -> AsyncIterator[Entry]:
    counters = StoredCounters(laptop.db, laptop.clock)
    owner = await laptop.db.read(device.device)
    if owner is None:
        _enter_loosely(laptop.folder, wanted)
        yield Entry(counters=counters)
        return
    if wanted.visit is None:
        raise WorkshopNotGranted(Purpose.WORKSHOP, wanted.action)
    name = wanted.visit
    stored = await laptop.db.read(lambda c: find_visit(c, name))
    purpose = _fitting(stored, wanted)
    _check_write(stored, wanted)
    meter = _meter_of(stored)
    reason = Reason(purpose, wanted.action, stored.visit.id, meter)
    wanted.told.time = await laptop.db.read(lambda c: laptop_time(c, laptop.clock))
    wanted.told.last_visit = last_visit_of(stored.visit)
    trail = Trail(laptop.db, laptop.clock)
    wanted.told.also = lambda action: trail.contact(replace(reason, action=action))
    hls = await MeterAccess(laptop.db, laptop.clock).hls(meter)
    async with trail.contact(reason):
        try:
            yield Entry(meter, counters, owner.system_title, hls)
        finally:
            await _keep(laptop, stored, wanted.told.facts)


async def _keep(laptop: Laptop, stored: StoredVisit, done: list[f.AnyFact]) -> None:
    """Keep what was done to the meter; it was done, however the contact ended."""
    if not done:
        return
    step = current_step(stored.visit, stored.progress)
    code = step.code if step else ""
    facts = tuple(msgspec.structs.replace(fact, step=code) for fact in done)

    def change(c: Transaction) -> None:
        keep(c, stored.visit.id, facts, laptop.clock)

    await laptop.db.write(change, touched=TOUCHED)


def _fitting(stored: StoredVisit, wanted: Wanted) -> Purpose:
    """The visit's purpose, which is also the one for which none was named."""
    purpose = purpose_of(stored.visit.kind)
    if wanted.purpose not in {None, Purpose.WORKSHOP, purpose}:
        raise PurposeRefused(str(wanted.purpose), wanted.action)
    return purpose


def _check_write(stored: StoredVisit, wanted: Wanted) -> None:
    """A write is the work itself: the visit is under way, and the customer chose it."""
    if wanted.action not in WRITES:
        return
    if stored.progress.state is not VisitState.STARTED:
        raise IllegalTransition(stored.progress.state, wanted.action)
    if wanted.preference is not None:
        check_chosen(stored, wanted.preference)
    if wanted.location is not None:
        check_office_code(stored.visit.connection(Commodity.ELECTRICITY), wanted.location)


def _meter_of(stored: StoredVisit) -> str:
    """Both ports belong to the electricity meter."""
    now = meter_now(stored.visit, stored.progress, Commodity.ELECTRICITY)
    if now is None:
        raise NoMeterHere(Commodity.ELECTRICITY)
    return now.number


def _enter_loosely(folder: Path, wanted: Wanted) -> None:
    """Note a contact of a laptop without an owner, and each further action of it."""

    def also(action: MeterAction) -> AbstractAsyncContextManager[None]:
        _note_loosely(folder, replace(wanted, action=action))
        return nullcontext()

    wanted.told.also = also
    _note_loosely(folder, wanted)


def _note_loosely(folder: Path, wanted: Wanted) -> None:
    if wanted.visit is not None:
        raise NoSuchVisit(wanted.visit)
    purpose = wanted.purpose or Purpose.WORKSHOP
    if not _PURPOSE.fullmatch(purpose):
        raise PurposeRefused(purpose, wanted.action)
    contact = loose_trail.LooseContact(
        at=SystemClock().now(),
        account=getpass.getuser(),
        purpose=purpose,
        action=wanted.action,
        source=wanted.source,
    )
    path = loose_trail.note(folder, contact)
    leave(f"This laptop is not enrolled: the contact is noted in plain text in {path}.")
