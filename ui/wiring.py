"""The composition root of a laptop: store, work rooms, engine and presenters, joined.

In come the data folder and a key source; out comes a `Laptop` that faces of any kind (window,
command line, demo, tests) work with. Rule: no Qt; presenters meet each other here and nowhere
else; whoever opens a laptop closes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldapp import settings
from fieldapp.clock import Clock, SystemClock
from fieldapp.errors import NotEnrolled
from fieldapp.settings import Settings
from fieldapp.store import device, recovery, salvage
from fieldapp.store.database import Database
from fieldapp.store.keys import (
    KeySource,
    load_or_create_key,
)
from fieldapp.work.expected import METER_TIME
from fieldapp.work.heads import Heads
from fieldapp.work.meter_types import MeterTypes
from fieldapp.work.tools import Tools
from fieldapp.work.visit import VisitWork
from hardware.port import LineSettings
from hardware.serial_port import PortInfo, list_ports, open_port
from sync.client.engine import Engine
from sync.client.listening import Listening
from sync.client.rhythm import Background, Rhythm
from ui.messages import LANGUAGES
from ui.ports import Ports
from ui.presenters.day import DayPresenter, DayRoom
from ui.presenters.frame import FramePresenter, FrameRoom
from ui.presenters.held import HeldPresenter, HeldRoom
from ui.presenters.sync import SyncPresenter, SyncRoom
from ui.tasks import Tasks

if TYPE_CHECKING:
    from sync.client.http import Http
    from ui.handover import Handover
    from ui.meter_rooms import MeterRooms
    from ui.office_rooms import OfficeRooms
    from ui.presenters.day_close import DayClosePresenter
    from ui.presenters.diagnosis import DiagnosisPresenter
    from ui.presenters.laptops import LaptopsPresenter
    from ui.presenters.live import LivePresenter
    from ui.presenters.metering import MeterPresenter, Sources
    from ui.presenters.optical import OpticalPresenter
    from ui.presenters.planning import PlanningPresenter
    from ui.presenters.recording import RecordingPresenter
    from ui.presenters.rescue import RescuePresenter
    from ui.presenters.visit import VisitPresenter

ListPorts = Callable[[], Sequence[PortInfo]]

STORE_FILE = "laptop.db"
"""The store's name in the data folder."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a laptop takes from the machine; tests and the demo hand in their own.

    Attributes:
        clock: of time and chance.
        tools: for meter contacts.
        server_url: the office for this run only, in place of the enrolled one.
        lang: `nl` or `en`; empty: by the settings, else Dutch.
        list_ports: the machine's serial ports now.
    """

    clock: Clock
    tools: Tools
    server_url: str = ""
    lang: str = ""
    list_ports: ListPorts = list_ports


def machine() -> Outside:
    """This machine's own clock and ports."""
    return Outside(SystemClock(), Tools(open_port))


class Laptop:
    """An open laptop; made by `open_laptop`, ended by `close`."""

    def __init__(self, folder: Path, db: Database, outside: Outside, kept: Settings) -> None:
        """Only `open_laptop` makes one."""
        self.folder = folder
        self.db = db
        self.clock = outside.clock
        self.settings = kept
        self._keeping = asyncio.Lock()
        self.lang = outside.lang or kept.language
        if self.lang not in LANGUAGES:
            self.lang = LANGUAGES[0]
        self.on_crash: Callable[[BaseException], None] | None = None
        self.tasks = Tasks(self._crashed)
        self.ports = Ports(outside.tools.open_port)
        tools = replace(
            outside.tools,
            open_port=self.ports.open,
            known_line=self._known_line,
            keep_line=self._keep_line,
            heads=Heads(lambda: self.settings, self._keep_heads),
            meter_types=MeterTypes(folder),
        )
        outside = replace(outside, tools=tools)
        self.visits = VisitWork(db, outside.clock)
        self._outside = outside
        self._server_url = outside.server_url
        self.engine = Engine(db, self.http, outside.clock)
        self.engine.files.metered = self.metered
        self.system_says_metered: Callable[[], bool] = lambda: False
        self.background = Background(self.engine, db, Rhythm(outside.clock))
        self.listening = Listening(self.engine, db, outside.clock, self.background)
        self.background.on_sleep = self.listening.again

    def http(self, base_url: str) -> Http:
        """A session with the office; `Outside.server_url` goes before `base_url`.

        Raises:
            Refused: not an address that this laptop may call.
        """
        from sync.client.http import Http  # noqa: PLC0415 - the network comes after the day

        ca_file = Path(self.settings.ca_file) if self.settings.ca_file else None
        return Http(self._server_url or base_url, ca_file=ca_file)

    def metered(self) -> bool:
        """Whether the connection of now costs by the megabyte: by hand, else as the system."""
        said = self.settings.metered
        return said == "yes" or (not said and self.system_says_metered())

    def network_back(self) -> None:
        """This machine is on a network again: sync and listen at once."""
        self.background.wake()
        self.listening.again()

    def today(self) -> date:
        """The date at the meters, by this device's clock."""
        return self.clock.now().astimezone(METER_TIME).date()

    def day_presenter(self, on: date | None = None) -> DayPresenter:
        """The page of a day; of today, whenever that is, unless told."""
        room = DayRoom(self.db, self.visits, self.clock, self.tasks)
        return DayPresenter(room, on, self._spoken)

    def day_close_presenter(self, on: date | None = None) -> DayClosePresenter:
        """The page of a day's end; of today unless told."""
        from ui.presenters.day_close import (  # noqa: PLC0415 - long after the day
            DayClosePresenter,
            DayCloseRoom,
        )

        room = DayCloseRoom(self.db, self.engine, self.clock, self.tasks)
        return DayClosePresenter(room, on, self._spoken)

    def visit_presenter(self, visit_id: str) -> VisitPresenter:
        """The page of a visit."""
        from ui.presenters.visit import Room, VisitPresenter  # noqa: PLC0415 - after the day

        room = Room(self.db, self.visits, self.clock, self.tasks, self._spoken)
        return VisitPresenter(room, visit_id)

    def handover(self) -> Handover:
        """Documents for customer and file, and the PIN that guards the customer view."""
        from ui.handover import Handover  # noqa: PLC0415 - after the day

        return Handover(self.db, self.clock, self._spoken)

    def meter_presenter(self, visit_id: str, sources: Sources | None = None) -> MeterPresenter:
        """The page of a visit's meters; the ports are those of the settings unless told."""
        return self._meters.visit_meters(visit_id, sources, self.settings.ports, self._spoken)

    def live_presenter(self) -> LivePresenter:
        """The customer port as it goes, for the visit under way or the workshop."""
        return self._meters.live(self.settings.ports.get("p1", ""), self._spoken)

    def recording_presenter(self) -> RecordingPresenter:
        """What is written down of the customer port."""
        return self._meters.recording(self.lang)

    def optical_presenter(self) -> OpticalPresenter:
        """Sessions over the optical port, for the visit under way or the workshop."""
        return self._meters.optical(self.settings.ports.get("optical", ""), self._spoken)

    def diagnosis_presenter(self) -> DiagnosisPresenter:
        """The ports and what is on them."""
        known = tuple(dict.fromkeys(self.settings.ports.values()))
        return self._meters.diagnosis(known, self._spoken)

    def remember_port(self, role: str, source: str) -> None:
        """Keep the port of `p1` or `optical` for the next start.

        Raises:
            OSError: the settings can't be written; the old ones stay.
        """
        ports = {**self.settings.ports, role: source}
        self._use(msgspec.structs.replace(self.settings, ports=ports))
        settings.save(self.folder, self.settings)

    def _known_line(self, source: str) -> LineSettings | None:
        return self.settings.line_of(source)

    def _keep_line(self, source: str, line: LineSettings) -> None:
        if self.settings.line_of(source) == line:
            return
        self.settings = self.settings.with_line(source, line)
        with suppress(OSError):  # only a convenience: the next time it is found out again
            settings.save(self.folder, self.settings)

    async def keep(self, kept: Settings) -> None:
        """Use these settings from now on, also after the next start.

        Raises:
            OSError: they can't be written; they hold until the program ends.
        """
        self._use(kept)
        async with self._keeping:
            await asyncio.to_thread(settings.save, self.folder, self.settings)

    def _keep_heads(self, kept: Settings) -> None:
        self.settings = kept
        settings.save(self.folder, kept)

    def _use(self, kept: Settings) -> None:
        self.settings = kept
        if kept.language in LANGUAGES:
            self.lang = kept.language
        self.ports.chosen_anew()

    def frame_presenter(self) -> FramePresenter:
        """What stands round every page."""
        room = FrameRoom(self.db, self.engine, self.clock, self.ports, self.tasks, self)
        return FramePresenter(room, self._spoken)

    async def port_names(self) -> tuple[str, ...]:
        """The machine's serial ports now."""
        found = await asyncio.to_thread(self._outside.list_ports)
        return tuple(port.device for port in found)

    def planning_presenter(self) -> PlanningPresenter:
        """The dispatcher's page."""
        return self._office.planning(self.today())

    def laptops_presenter(self) -> LaptopsPresenter:
        """The office's side of synchronising."""
        return self._office.laptops()

    def _spoken(self) -> str:
        """The language of now, for whoever puts an error into words."""
        return self.lang

    def _crashed(self, failure: BaseException) -> None:
        _report(failure)
        if self.on_crash is not None:
            self.on_crash(failure)

    @cached_property
    def _meters(self) -> MeterRooms:
        """Loaded when first asked for: every protocol, which the day's list does not need."""
        from ui.meter_rooms import MeterRooms, Parts  # noqa: PLC0415 - see above

        machine = self._outside
        ports = (machine.list_ports, self.remember_port)
        return MeterRooms(Parts(self.db, self.clock, machine.tools, self.tasks, *ports))

    @cached_property
    def _office(self) -> OfficeRooms:
        from ui.office_rooms import OfficeRooms  # noqa: PLC0415 - a technician never needs it

        made = (self.db, self.clock, self.tasks, self.http, self.folder, self._spoken)
        return OfficeRooms(*made)

    def sync_presenter(self) -> SyncPresenter:
        """The page of what goes to the office and comes from it."""
        return SyncPresenter(
            SyncRoom(self.db, self.engine, self.clock, self.tasks), self._spoken
        )

    def rescue_presenter(self) -> RescuePresenter:
        """The page that writes everything to one file, for a bad day."""
        from ui.presenters.rescue import RescuePresenter, RescueRoom  # noqa: PLC0415 - rare

        return RescuePresenter(RescueRoom(self.db, self.clock, self.tasks), self._spoken)

    def held_presenter(self) -> HeldPresenter:
        """What waits for a connection that costs nothing."""
        return HeldPresenter(HeldRoom(self.db, self.engine, self.tasks), self._spoken)

    async def owner(self) -> device.Device:
        """Who this laptop is.

        Raises:
            NotEnrolled: it belongs to no technician yet.
        """
        known = await self.db.read(device.device)
        if known is None:
            raise NotEnrolled
        return known

    async def close(self) -> None:
        """End tasks, engine and store, in that order."""
        await self.tasks.close()
        await self.engine.close()
        await self.db.close()


async def open_laptop(
    folder: Path, key_source: KeySource, outside: Outside | None = None
) -> Laptop:
    """Open the laptop that is kept in `folder`; store and key are made where there are none.

    Raises:
        StoreError: as `load_or_create_key` and `Database.open`.
    """
    made = outside or machine()
    key = await asyncio.to_thread(load_or_create_key, folder, key_source)
    db = await Database.open(folder / STORE_FILE, key)
    try:
        await salvage.attempt(db, recovery.settle)
        return Laptop(folder, db, made, settings.load(folder))
    except BaseException:
        await db.close()
        raise


def is_laptop(folder: Path) -> bool:
    """Whether a laptop's store is kept in `folder`."""
    return (folder / STORE_FILE).exists()


def _report(failure: BaseException) -> None:
    """A bug in a background task: its kind and place, never its data."""
    _log.error("background task failed: %s", type(failure).__name__)
