"""Which screen stands in the middle: by the panel that was opened, else by what is next.

In comes the page and a panel's name; out comes the screen. Rule: a panel that no longer makes
sense gives way to the step; there is always exactly one screen.
"""

from __future__ import annotations

from dataclasses import replace

from ui.presenters.visit_page import ACTION_FOR, Action, Primary, VisitPage
from ui.views.visit_afterwards import FollowUpEditor, ResetEditor, TelegramEditor
from ui.views.visit_asides import (
    ASIDES,
    ComplaintEditor,
    MoreEditor,
    NotDoneEditor,
    PauseEditor,
    RefusalEditor,
    RefuseEditor,
    asides,
)
from ui.views.visit_choice import ChoiceEditor, PreferenceEditor
from ui.views.visit_coupling import CoupleEditor, DecoupleEditor
from ui.views.visit_danger import DANGER, DangerEditor
from ui.views.visit_diagnosis import ActionEditor, StateEditor
from ui.views.visit_editor import Editor
from ui.views.visit_evidence import AddPhotoEditor, PhotoEditor, SignEditor
from ui.views.visit_findings import FINDING, FindingsEditor, OwnFindingEditor
from ui.views.visit_finish import CloseEditor, FinalEditor, FinishEditor, ReviewEditor
from ui.views.visit_handover import HandOverEditor
from ui.views.visit_lmra import LmraEditor
from ui.views.visit_numbers import IdentifyEditor, RemoveEditor
from ui.views.visit_open import OverviewEditor
from ui.views.visit_questions import QuestionEditor
from ui.views.visit_readings import BY_HAND, HandReadingsEditor, ReadingsEditor, channels
from ui.views.visit_stock import PlaceEditor
from ui.views.visit_story import AGAIN, NOTE
from ui.views.visit_ticks import ConfirmEditor, MeasureEditor, SealEditor
from ui.views.visit_upkeep import AlarmsEditor, ClockEditor, ModemEditor
from ui.views.visit_ways import DeferEditor, NoteEditor, OtherMeterEditor, WaiveEditor, way_out
from ui.views.visit_work import Work

MORE = "more"
Key = tuple[str, ...]
"""State, panel, screen, what it is about, the step that is looked at, and the ports."""

_ACTIONS: dict[Action, type[Editor]] = {
    Action.ACCEPT: OverviewEditor,
    Action.TRAVEL: OverviewEditor,
    Action.ARRIVE: OverviewEditor,
    Action.START: OverviewEditor,
    Action.RESUME: OverviewEditor,
    Action.ANSWER_LMRA: LmraEditor,
    Action.IDENTIFY_METER: IdentifyEditor,
    Action.TAKE_READINGS: ReadingsEditor,
    Action.RETRIEVE_STATE: StateEditor,
    Action.APPLY_PREFERENCE: PreferenceEditor,
    Action.CONFIRM_ITEM: ConfirmEditor,
    Action.ENTER_MEASUREMENT: MeasureEditor,
    Action.TAKE_PHOTO: PhotoEditor,
    Action.SIGN: SignEditor,
    Action.RECORD_SEAL: SealEditor,
    Action.PLACE_METER: PlaceEditor,
    Action.REMOVE_METER: RemoveEditor,
    Action.RECORD_CHOICE: ChoiceEditor,
    Action.ANSWER_QUESTION: QuestionEditor,
    Action.SET_CLOCK: ClockEditor,
    Action.CLEAR_ALARMS: AlarmsEditor,
    Action.COUPLE: CoupleEditor,
    Action.DECOUPLE: DecoupleEditor,
    Action.CHECK_MODEM: ModemEditor,
    Action.HEAR_TELEGRAM: TelegramEditor,
    Action.RESET_METER: ResetEditor,
    Action.ASK_FOLLOW_UP: FollowUpEditor,
    Action.RECORD_FINDING: FindingsEditor,
    Action.RECORD_FINDINGS: FindingsEditor,
    Action.RECORD_ACTION: ActionEditor,
    Action.FINISH_STEP: FinishEditor,
    Action.CLOSE: CloseEditor,
}
_PANELS: dict[str, type[Editor]] = {
    MORE: MoreEditor,
    "pause": PauseEditor,
    "not_done": NotDoneEditor,
    "hand_over": HandOverEditor,
    "refuse": RefuseEditor,
    "refusal": RefusalEditor,
    "complaint": ComplaintEditor,
    "close": CloseEditor,
    "photo": AddPhotoEditor,
    "choice": ChoiceEditor,
    "waive": WaiveEditor,
    "defer": DeferEditor,
    "other_meter": OtherMeterEditor,
    BY_HAND: HandReadingsEditor,
    DANGER: DangerEditor,
}

_ABOUT: dict[str, type[Editor]] = {NOTE: NoteEditor, FINDING: OwnFindingEditor}
"""Panels whose name goes on with what they are about."""


def key_of(work: Work, panel: str) -> Key:
    """What the screen depends on: while it is the same, the screen stays."""
    page, about = work.page, primary_in(work.page, panel)
    at = page.current if looks(page) else ""
    screen = _screen(work, panel, about).__name__
    ports = work.meters.state.sources
    seen = (page.state, panel, screen, about.action, about.about, about.step, at)
    return (*seen, ports.p1, ports.p0)


def looks(page: VisitPage) -> bool:
    """Whether another step than the one in turn is looked at."""
    return page.state == "started" and page.current != page.turn


def make(work: Work, panel: str) -> Editor:
    """The screen for the page as it is now."""
    primary = primary_in(work.page, panel)
    return _screen(work, panel, primary)(work, primary)


def _screen(work: Work, panel: str, primary: Primary) -> type[Editor]:
    made = _by_page(work.page, panel, primary)
    by_hand = made is ReadingsEditor and not channels(work, primary)
    return HandReadingsEditor if by_hand else made


def _by_page(page: VisitPage, panel: str, primary: Primary) -> type[Editor]:
    kind = panel.partition(":")[0] + ":"
    if panel in _PANELS or kind in _ABOUT:
        return _PANELS.get(panel) or _ABOUT[kind]
    if page.primary is None:
        return FinalEditor
    if looks(page) and not panel:
        return ReviewEditor
    if primary.action is Action.APPLY_PREFERENCE and page.choice is None:
        return ChoiceEditor
    return _ACTIONS[primary.action]


def primary_in(page: VisitPage, panel: str) -> Primary:
    """What the screen is about."""
    base = page.primary or Primary(Action.CLOSE)
    if panel.startswith(AGAIN):
        return _again(page, panel.removeprefix(AGAIN)) or base
    kind, colon, about = panel.partition(":")
    if kind + colon in _ABOUT:
        return replace(base, about=about)
    return base


def still(page: VisitPage, panel: str) -> bool:
    """Whether a panel makes sense now."""
    if panel.startswith(AGAIN):
        return _again(page, panel.removeprefix(AGAIN)) is not None
    if panel in {name for name, _icon in asides(page)} or panel in {MORE, DANGER}:
        return not page.state.final or panel in {"complaint", DANGER}
    if panel in ASIDES:
        return False
    return page.state == "started" and _in_step(page, panel)


def _in_step(page: VisitPage, panel: str) -> bool:
    if page.primary is None:
        return False
    if panel in {"waive", "defer", "other_meter"}:
        return way_out(page, page.primary) == panel
    if panel == BY_HAND:
        return page.primary.action is Action.TAKE_READINGS
    return True


def _again(page: VisitPage, code: str) -> Primary | None:
    step = page.step
    need = next((n for n in step.needs if n.code == code), None) if step else None
    if step is None or need is None or page.state != "started":
        return None
    return Primary(ACTION_FOR[need.need], need.about, step.code)
