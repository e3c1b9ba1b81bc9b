"""Planning: the pool, the board, a draft with undo, publishing it, and what visits left behind.

In come a dispatcher's intents; out comes a State made of the office's board and the draft on
top of it. The board is asked again every so often, streets only where they are not known yet.
Rule: of the plan nothing reaches the office but by publishing, nothing of a customer is kept on
this machine, and the draft (ids only) survives the program's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fieldapp.domain.day_plan import Fit, Verdict
from fieldapp.domain.work_order import WorkKind
from sync.client.board import Board, Place, PlanChange
from sync.errors import Offline, Refused, SyncError
from ui.messages import Lang, explain
from ui.presenters.planning_draft import POOL, Draft, Move
from ui.presenters.planning_files import VisitFiles
from ui.presenters.planning_inbox import Aside, Dispute, open_row
from ui.presenters.planning_kept import load_draft, save_draft
from ui.presenters.planning_left import Section, look
from ui.presenters.planning_office import Office, hold
from ui.presenters.planning_rows import Picture, change_row, suggestion
from ui.presenters.planning_state import REFUSALS, Notice, PlanningState
from ui.presenters.planning_wishes import Wish
from ui.presenters.presenter import Presenter
from ui.tasks import Tasks

T = TypeVar("T")

REFRESH_S = 20.0
"""How often the board is asked again while the page is open."""


@dataclass(frozen=True, slots=True)
class PlanningRoom:
    """What the page is made of.

    Attributes:
        sign_in: makes a line from address and token; raises Refused for a bad address.
        folder: where the draft is kept.
    """

    sign_in: Callable[[str, str], Office]
    tasks: Tasks
    folder: Path
    lang: Lang


class PlanningPresenter(Presenter[PlanningState]):
    """One dispatcher's page."""

    def __init__(self, room: PlanningRoom, on: date) -> None:
        """Show `on`; `sign_in` comes first."""
        super().__init__(PlanningState(on))
        self._room = room
        self._office: Office | None = None
        self.files = VisitFiles(lambda: self._office, room.lang)
        self._draft = Draft()
        self._places: dict[str, Place] = {}
        self._picture: Picture | None = None
        self._keeping_up: asyncio.Task[Any] | None = None
        self._holding: asyncio.Task[Any] | None = None

    async def sign_in(self, server: str, token: str) -> bool:
        """Go to the office at `server` as whoever holds `token`, and show the day."""
        await self.sign_out()
        try:
            self._office = self._room.sign_in(server.strip(), token.strip())
        except SyncError as error:
            self._failed(error)
            return False
        self._show(replace(self.state, server=server.strip()))
        self._draft = load_draft(self._room.folder, self.state.on)
        if not await self.refresh():
            await self._hang_up()
            return False
        self._show(replace(self.state, signed_in=True))
        self._holding = self._room.tasks.spawn(hold(self._office), "planning line")
        self.keep_up()
        return True

    async def sign_out(self) -> None:
        """End the line; nothing of the day stays on the page."""
        await self._hang_up()
        self._places, self._picture = {}, None
        self._show(PlanningState(self.state.on, server=self.state.server))

    async def close(self) -> None:
        """Stop keeping up and end the line."""
        self.rest()
        await self._hang_up()

    def keep_up(self) -> None:
        """Ask again every `REFRESH_S` until `rest` or `close`."""
        if self._keeping_up is None and self._office is not None:
            self._keeping_up = self._room.tasks.spawn(self._again_and_again(), "planning")

    def rest(self) -> None:
        """Ask no more by itself."""
        if self._keeping_up is not None:
            self._keeping_up.cancel()
            self._keeping_up = None

    async def show(self, on: date) -> None:
        """Show another day; the draft of each day is kept apart."""
        self._picture, self._places = None, {}
        self._draft = load_draft(self._room.folder, on)
        fresh = PlanningState(on, signed_in=self.state.signed_in, server=self.state.server)
        self._show(replace(fresh, region=self.state.region, left=self.state.left))
        await self.refresh()

    async def refresh(self) -> bool:
        """Ask the office for the day as it is now, and for what visits left behind.

        Places are asked where some are not known.
        """
        office, on = self._office, self.state.on
        if office is None:
            return False
        board = await self._ask(office.board(on))
        if board is None or on != self.state.on:
            return False
        wanted = {one.line.id for one in board.visits if not one.line.cancelled}
        if wanted - set(self._places):
            places = await self._ask(office.places(on))
            if places is None or on != self.state.on:
                return False
            self._places = {place.id: place for place in places}
        self._redraw(board)
        left = await self._ask(look(office, board.at))
        if left is None:
            return False
        self._show(replace(self.state, left=left))
        return True

    def select(self, visit: str) -> None:
        """Look at a visit; an empty one at none."""
        self._show(replace(self.state, selected=visit, notice=Notice.NONE))

    def filter(self, kind: WorkKind | None) -> None:
        """Show one kind of work in the pool, or all."""
        self._show(replace(self.state, pool_kind=kind))

    def fits(self, visit: str, technician: str, at: datetime | None = None) -> Verdict:
        """Whether a visit fits with a technician, dropped at a moment or at its best place."""
        if self._picture is None:
            return Verdict(Fit.IMPOSSIBLE, "finished")
        before = self._picture.before_at(technician, at, visit) if at else None
        return self._picture.fits(visit, technician, before)

    def assign(self, visit: str, technician: str, at: datetime | None = None) -> bool:
        """Give a visit to a technician, dropped at a moment or at its best place."""
        picture = self._picture
        if picture is None or visit not in picture.movable:
            return False
        move = picture.best_move(visit, technician)
        if at is not None:
            move = Move(visit, technician, picture.before_at(technician, at, visit))
        self._change(self._draft.add(move), selected=visit)
        return True

    def unassign(self, visit: str) -> bool:
        """Back to the pool."""
        if self._picture is None or self.state.lane_of(visit) is None:
            return False
        if visit not in self._picture.movable:
            return False
        self._change(self._draft.add(Move(visit, POOL)), selected=visit)
        return True

    def shift(self, visit: str, steps: int) -> bool:
        """Move a visit `steps` places later in its route (earlier where negative)."""
        lane = self.state.lane_of(visit)
        if self._picture is None or lane is None or visit not in self._picture.movable:
            return False
        others = [b for b in lane.blocks if b.id != visit]
        first = sum(not block.movable for block in others)
        now = [block.id for block in lane.blocks].index(visit)
        place = min(max(now + steps, first), len(others))
        if place == now:
            return False
        before = others[place].id if place < len(others) else ""
        self._change(self._draft.add(Move(visit, lane.technician, before)), selected=visit)
        return True

    def suggest(self) -> int:
        """Find a place for the pool's visits, as one step; how many found one."""
        moves = suggestion(self._picture) if self._picture is not None else ()
        if moves:
            self._change(self._draft.add(*moves))
        said = Notice.SUGGESTED if moves else Notice.NOTHING_FITS
        self._show(replace(self.state, notice=said, notice_about=str(len(moves))))
        return len(moves)

    def undo(self) -> None:
        """Take the last step back."""
        self._change(self._draft.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._change(self._draft.redo())

    async def ask_publish(self) -> bool:
        """Show what publishing changes for whom; `publish` or `keep_draft` follows."""
        if self._office is None or self._picture is None:
            return False
        answer = await self._ask(self._office.preview(self._wanted(self._picture)))
        if answer is None:
            return False
        names = {lane.technician: lane.name for lane in self.state.lanes}
        rows = tuple(change_row(one, names) for one in answer)
        self._show(replace(self.state, preview=rows))
        return True

    def keep_draft(self) -> None:
        """Not now: close the preview, keep everything as it is."""
        self._show(replace(self.state, preview=None))

    async def publish(self) -> bool:
        """Carry out what the preview showed."""
        if self._office is None or self._picture is None or self.state.preview is None:
            return False
        told = sum(row.total > 0 or bool(row.removed) for row in self.state.preview)
        wanted = self._wanted(self._picture)
        seen = any(row.undesignated for row in self.state.preview)
        wanted = msgspec.structs.replace(wanted, confirmed=seen)
        done = await self._ask(self._office.publish(wanted))
        self._show(replace(self.state, preview=None))
        if done is None:
            return False
        self._change(Draft())
        await self.refresh()
        self._show(replace(self.state, notice=Notice.PUBLISHED, notice_about=str(told)))
        return True

    def list_left(self, section: Section | None, visit: str = "") -> None:
        """Show a list of what visits left behind, of one visit or of all; None closes it."""
        kept = self.state.decided if section is self.state.section else None
        shown = replace(self.state, section=section, section_visit=visit, opened=None)
        self._show(replace(shown, decided=kept))

    async def open_row(self, row: Dispute | Aside) -> None:
        """Look at what a row of the inbox holds."""
        if self._office is not None:
            opened = await self._ask(open_row(self._office, row))
            self._show(replace(self.state, opened=opened))

    def close_row(self) -> None:
        """Look at it no more."""
        self._show(replace(self.state, opened=None))

    async def settle(self, wish: Wish) -> bool:
        """Carry out a wish, such as a check that was proven, and look again."""
        if self._office is None:
            return False
        done = await self._ask(wish.ask(self._office))
        if done is None:
            return False
        self._show(replace(self.state, opened=None, decided=done.again))
        await self.refresh()
        said = replace(self.state, notice=wish.done, notice_on=wish.on)
        self._show(replace(said, notice_about=done.number))
        return True

    def _wanted(self, picture: Picture) -> PlanChange:
        return PlanChange(date=self.state.on, placements=picture.placements())

    async def _ask(self, call: Awaitable[T]) -> T | None:
        """The office's answer; None where it said no or nothing, which the State tells."""
        self._show(replace(self.state, busy=True))
        try:
            answer = await call
        except SyncError as error:
            await self._said_no(error)
            return None
        finally:
            self._show(replace(self.state, busy=False))
        self._show(replace(self.state, online=True, problem=None))
        return answer

    async def _said_no(self, error: SyncError) -> None:
        notice = REFUSALS.get(error.problem) if isinstance(error, Refused) else None
        if notice is None:
            self._failed(error)
            return
        about = error.detail if isinstance(error, Refused) else ""
        await self.refresh()
        looked_at = self.state.opened if notice is Notice.NOT_READY else None
        shown = replace(self.state, notice=notice, notice_about=about)
        self._show(replace(shown, opened=looked_at))

    def _failed(self, error: SyncError) -> None:
        online = not isinstance(error, Offline)
        problem = explain(error, self._room.lang)
        self._show(replace(self.state, online=online, problem=problem))

    def _change(self, draft: Draft, selected: str | None = None) -> None:
        self._draft = draft
        save_draft(self._room.folder, self.state.on, draft)
        if selected is not None:
            self._show(replace(self.state, selected=selected, notice=Notice.NONE))
        if self._picture is not None:
            self._redraw(self._picture.board)

    def _redraw(self, board: Board) -> None:
        picture = Picture(board, self._places, self._draft)
        self._picture = picture
        shown = replace(
            self.state,
            region=board.region,
            at=board.at,
            lanes=picture.lanes(),
            pool=picture.pool(),
            changes=picture.changes(),
            can_undo=bool(self._draft.done),
            can_redo=bool(self._draft.undone),
        )
        known = shown.block(shown.selected) is not None
        self._show(shown if known else replace(shown, selected=""))

    async def _again_and_again(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            if not self.state.busy and self.state.preview is None:
                await self.refresh()

    async def _hang_up(self) -> None:
        self.files.close()
        office, self._office = self._office, None
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None
        if office is not None:
            await office.close()
