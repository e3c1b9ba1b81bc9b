"""The rooms round a meter, joined: live P1, optical sessions, diagnosis, the visit's meters.

In comes an open laptop's own parts; out come work rooms and presenters. Rule: part of the
composition root, apart because it loads every protocol, which the day's list does not need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fieldapp.clock import Clock
from fieldapp.store.database import Database
from fieldapp.work.diagnosis import Diagnosis
from fieldapp.work.errand import Errands
from fieldapp.work.inspection import Inspection
from fieldapp.work.live import LivePort
from fieldapp.work.meter_access import MeterAccess
from fieldapp.work.metering import Metering
from fieldapp.work.recording import Recordings
from fieldapp.work.tools import Tools
from fieldapp.work.upkeep import Upkeep
from ui.messages import Lang
from ui.presenters.bench import Bench, ListPorts, Remember
from ui.presenters.diagnosis import DiagnosisPresenter
from ui.presenters.live import LivePresenter
from ui.presenters.metering import MeterPresenter, MeterWork, Sources
from ui.presenters.optical import OpticalPresenter, Rooms
from ui.presenters.recording import RecordingPresenter
from ui.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a laptop the meters' rooms need; `ports` are SOURCEs by role."""

    db: Database
    clock: Clock
    tools: Tools
    tasks: Tasks
    list_ports: ListPorts
    remember: Remember


class MeterRooms:
    """Made once a laptop, when a meter's page is first asked for."""

    def __init__(self, parts: Parts) -> None:
        """Nothing is opened."""
        if parts.tools.access is None:
            own = MeterAccess(parts.db, parts.clock)
            tools = replace(parts.tools, access=own.reach, device_keys=own.device_keys)
            parts = replace(parts, tools=tools)
        self._parts = parts
        self.metering = Metering(parts.db, parts.clock, parts.tools)
        self._recordings = Recordings(parts.db, parts.clock, parts.tools)

    def visit_meters(
        self, visit_id: str, sources: Sources | None, ports: Mapping[str, str], lang: Lang
    ) -> MeterPresenter:
        """The meters of a visit, on the ports of `sources`, else of the settings' `ports`."""
        chosen = sources or Sources(p1=ports.get("p1", ""), p0=ports.get("optical", ""))
        rooms = MeterWork(self.metering, self._upkeep())
        return MeterPresenter(rooms, self._parts.tasks, visit_id, chosen, lang)

    def live(self, source: str, lang: Lang) -> LivePresenter:
        """The customer port as it goes, for the visit under way or the workshop."""
        parts = self._parts
        work = LivePort(parts.db, parts.clock, parts.tools, self._recordings)
        return LivePresenter(work, self._errands(), self._bench(lang), source)

    def recording(self, lang: Lang) -> RecordingPresenter:
        """What is written down of the customer port, and recordings that are looked at."""
        return RecordingPresenter(self._recordings, self._errands(), self._bench(lang))

    def optical(self, source: str, lang: Lang) -> OpticalPresenter:
        """Sessions over the optical port, for the visit under way or the workshop."""
        inspection = Inspection(self._parts.db, self._parts.clock, self._parts.tools)
        rooms = Rooms(inspection, self.metering, self._errands(), self._upkeep())
        return OpticalPresenter(rooms, self._bench(lang), source)

    def diagnosis(self, known: tuple[str, ...], lang: Lang) -> DiagnosisPresenter:
        """The ports and what is on them."""
        work = Diagnosis(self._parts.db, self._parts.clock, self._parts.tools)
        return DiagnosisPresenter(work, self._errands(), self._bench(lang), known)

    def _upkeep(self) -> Upkeep:
        return Upkeep(self._parts.db, self._parts.clock, self._parts.tools)

    def _errands(self) -> Errands:
        return Errands(self._parts.db, self._parts.clock, self._parts.tools)

    def _bench(self, lang: Lang) -> Bench:
        parts = self._parts
        return Bench(parts.db, parts.clock, parts.tasks, lang, parts.list_ports, parts.remember)
