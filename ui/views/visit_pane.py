"""The middle of the visit page: title, what went wrong, one screen, and its button.

In comes the work in hand; out go intents, one at a time. Rule: while an intent runs the screen
stands still; when it has ended the screen is the one for what is next, and a step that leaves
nothing to look over is finished with its last answer.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from fieldapp.domain.flow import Need
from ui.messages import Loudness
from ui.presenters.visit_page import Action, VisitPage
from ui.views import theme
from ui.views.visit_bar import WorkBar
from ui.views.visit_contact import ContactPanel
from ui.views.visit_danger import DANGER, FAULT_NUMBER, danger_now
from ui.views.visit_editor import Editor
from ui.views.visit_needs import NeedsLine
from ui.views.visit_notice import Notice
from ui.views.visit_screens import MORE, Key, key_of, looks, make, primary_in, still
from ui.views.visit_upkeep import quiet
from ui.views.visit_ways import need_of, way_out
from ui.views.visit_work import Work
from ui.views.widgets import (
    Banner,
    ElidedLabel,
    Label,
    Scroll,
    Title,
    clear,
    column,
    dress,
)

_WRONG_METER = "WrongMeter"
_LOOKED_OVER = frozenset(
    {
        Need.READINGS,
        Need.PREFERENCE,
        Need.FINDING,
        Need.FINDINGS,
        Need.COUPLED,
        Need.TELEGRAM,
    }
)


class WorkPane(QFrame):
    """Works one visit."""

    def __init__(self, work: Work) -> None:
        """Empty; `redraw` brings the screen."""
        super().__init__()
        self.work = work
        self.panel = ""
        self.editor: Editor | None = None
        self._key: tuple[Key, str] | None = None
        self._urgent = self._was_busy = False
        self._mine = True
        self._title, self._line = Title(), ElidedLabel("", "subtitle")
        self._needs = NeedsLine()
        self._danger, self._problem = Notice(), Banner()
        self._detail = Label("", "small", wrap=True)
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._detail.hide()
        self._contact = ContactPanel(work)
        self._scroll = Scroll(theme.SPACE[3])
        self.bar = WorkBar(work.words)
        self._build()
        self._connect()

    @property
    def page(self) -> VisitPage:
        """What is shown."""
        return self.work.page

    def redraw(self) -> None:
        """Show what is so now."""
        if self.panel and not still(self.page, self.panel):
            self.panel = ""
        busy, was_busy = self.work.busy, self._was_busy
        if not was_busy:
            self._mine = self._has_focus()
        self._was_busy = busy
        key = (key_of(self.work, self.panel), self.work.words.lang)
        other = key != self._key and not (busy and self.editor is not None)
        if other:
            self._key = key
            self._replace()
        if self.editor is not None:
            self.editor.redraw()
            self.editor.setEnabled(not busy)
        self._say_troubles()
        self._contact.redraw()
        self._show_bar()
        if self._mine and self.editor is not None and (other or was_busy) and not busy:
            self._point(self.editor)

    def _has_focus(self) -> bool:
        """Whether keys go here: before something runs, since what is disabled loses them."""
        focus: QWidget | None = self.window().focusWidget()
        return focus is None or self.isAncestorOf(focus) or focus.isAncestorOf(self)

    def follow_contact(self) -> None:
        """A contact with a meter went on."""
        self._contact.redraw()
        if self.editor is not None:
            self.editor.redraw()

    def open_panel(self, panel: str) -> None:
        """Show a panel in place of the step; empty goes back to the step."""
        self.panel = panel
        self._urgent = False
        self.redraw()

    def back(self) -> bool:
        """One screen back; False where this is the first."""
        if self.work.busy:
            return True
        if self.editor is not None and self.editor.back():
            return True
        if self.panel:
            self.open_panel("")
            return True
        if looks(self.page):
            self.work.context.spawn(self.work.visit.select(""), "look back")
            return True
        return False

    def press(self) -> None:
        """The primary button: what lacks is pointed at, else the intent is sent."""
        editor = self.editor
        if editor is None or self.work.busy or not editor.button():
            return
        if editor.lacks():
            self._urgent = True
            self._show_bar()
            self._point(editor)
            return
        self.work.do(lambda: self._submit(editor), lambda: self._submitted(editor))

    async def _submit(self, editor: Editor) -> bool:
        done = await editor.submit()
        if done:
            await self.work.visit.refresh()
            await self.finish_plain()
        return done

    async def finish_plain(self) -> None:
        """Finish a step whose last answer leaves nothing to look over."""
        primary, step = self.page.primary, self.page.step
        if primary is None or step is None or primary.step != step.code:
            return
        needs = {need.need for need in step.needs}
        plain = not needs & _LOOKED_OVER and (Need.STATE not in needs or quiet(self.page.told))
        if primary.action is Action.FINISH_STEP and plain:
            await self.work.visit.finish_step()

    def _submitted(self, editor: Editor) -> None:
        editor.submitted()
        self.panel = ""
        self._urgent = False

    def _replace(self) -> None:
        """Another screen."""
        clear(self._scroll.body)
        self._urgent = False
        editor = make(self.work, self.panel)
        editor.typed.connect(self._show_bar)
        editor.pressed.connect(self.press)
        editor.opened.connect(self.open_panel)
        self.editor = editor
        self._scroll.body.addWidget(editor, 1)
        self._scroll.verticalScrollBar().setValue(0)
        title, below = editor.title()
        self._title.say(title)
        self._line.say(below)
        self._line.setVisible(bool(below))
        self._show_needs()

    def _point(self, editor: Editor) -> None:
        first = editor.first() or self.bar.primary
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(first)

    def _show_needs(self) -> None:
        """What the step asks, and how much of it is there, where it asks several things."""
        step = self.page.step
        hidden = step is None or self.panel or looks(self.page)
        if step is None or hidden or self.page.state != "started":
            self._needs.hide()
            return
        now = need_of(self.page, primary_in(self.page, ""))
        self._needs.show_needs(self.work.words, step.needs, now)

    def _say_troubles(self) -> None:
        words = self.work.words
        danger = danger_now(self.page)
        self._danger.setVisible(danger is not None and self.panel != DANGER)
        if danger is not None:
            kind = words(f"visit.danger.{danger.danger}")
            what = words("visit.danger_told", danger=kind, time=words.time(danger.at))
            more = words("visit.danger_told_do", phone=FAULT_NUMBER)
            self._danger.say(what, more, tone="blocking", action=self._way_to_end())
        problem = self.work.problem
        if problem is not None and self.page.other_meter and _WRONG_METER in problem.detail:
            problem = None  # the screen itself says so, with the way on
        self._problem.setVisible(problem is not None)
        if problem is None:
            self._detail.hide()
            return
        tone = "blocking" if problem.loudness is Loudness.ALARM else "attention"
        more = f"{problem.means} {problem.do}"
        self._problem.say(problem.what, more, tone=tone, action=words("visit.details"))
        self._detail.say(problem.detail)

    def _way_to_end(self) -> str:
        final = self.page.state.final
        return "" if final else self.work.words("visit.more_not_done")

    def _show_bar(self) -> None:
        editor = self.editor
        if editor is None:
            return
        page, started = self.page, self.page.state == "started"
        primary = page.primary
        may_skip = started and not self.panel and primary is not None and not looks(page)
        skip = may_skip and primary is not None and bool(way_out(page, primary))
        more = not self.panel and not page.state.final
        self.bar.show_ways(skip=skip, more=more, busy=self.work.busy)
        self.bar.show_primary(editor.button(), editor.lacks(), urgent=self._urgent)

    def _skip(self) -> None:
        if self.page.primary is not None:
            self.open_panel(way_out(self.page, self.page.primary))

    def _build(self) -> None:
        head = column(self._title, self._line, self._needs, space=theme.SPACE[0])
        parts: tuple[QWidget, ...] = (self._danger, self._problem, self._detail, self._contact)
        whole = column(head, *parts, self._scroll, self.bar, space=theme.SPACE[2])
        whole.setContentsMargins(theme.SPACE[4], theme.SPACE[3], theme.SPACE[4], theme.SPACE[3])
        whole.setStretchFactor(self._scroll, 1)
        self.setLayout(whole)
        dress(self, "card")

    def _connect(self) -> None:
        self.bar.go.connect(self.press)
        self.bar.skip.connect(self._skip)
        self.bar.more.connect(lambda: self.open_panel(MORE))
        self._danger.pressed.connect(lambda: self.open_panel("not_done"))
        self._problem.pressed.connect(self._detail.show)
        self._problem.dismissed.connect(self.work.dismiss)
        self._problem.name_close(self.work.words("visit.close_note"))
