"""Before the work: what the visit is about, and the one thing that brings it nearer.

Accept, travel, arrive, begin, resume: each is one button below the same calm overview.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QWidget

from ui.presenters.visit_page import Action
from ui.views import theme
from ui.views.visit_editor import Editor
from ui.views.visit_words import kind_line, place_line
from ui.views.visit_work import Work
from ui.views.widgets import BigNumber, Label, Muted, Pill, column, line


class OverviewEditor(Editor):
    """Window, place and what is asked; the button moves the visit on."""

    def title(self) -> tuple[str, str]:
        """The kind of work, and its number."""
        page = self.work.page
        return kind_line(self.words, page), self.words("visit.number", number=page.number)

    def redraw(self) -> None:
        """The overview, once; what it shows does not change while it is shown."""
        if self.body.count():
            return
        page = self.work.page
        if page.window is not None:
            start, end = page.window
            day = self.words.long_day(start.date())
            self.body.addWidget(BigNumber(self.words.window(start, end), "", day))
        self.body.addWidget(Label(place_line(page), "lead", wrap=True))
        for part in (_asked(self.work), _refused(self.work), _bring(self.work)):
            if part is not None:
                self.body.addWidget(part)
        self.body.addStretch(1)

    async def submit(self) -> bool:
        """Bring the visit nearer."""
        visit = self.work.visit
        ways: dict[Action, Callable[[], Awaitable[bool]]] = {
            Action.ACCEPT: visit.accept,
            Action.TRAVEL: visit.travel,
            Action.ARRIVE: visit.arrive,
            Action.START: visit.start,
            Action.RESUME: visit.start,
        }
        return await ways[self.primary.action]()


def _asked(work: Work) -> QWidget | None:
    """What the customer asks, in a sentence."""
    words, page = work.words, work.page
    if page.complaint:
        return _block(words("visit.asked_fault"), words("visit.quoted", text=page.complaint))
    if page.kind == "reading_preference" and page.choice is not None:
        asked = words(f"visit.asked_{page.choice.preference}")
        return _block(words("visit.asked"), asked)
    key = f"visit.asked_{page.kind}_{page.meter_kind}"
    return _block(words("visit.asked"), words(key)) if words.has(key) else None


def _refused(work: Work) -> QWidget | None:
    """What was offered before and not taken, and what a later request may cost."""
    words, refusals = work.words, work.page.refusals
    if work.page.kind != "placement" or not refusals:
        return None
    told = [
        words(
            "visit.refused_on",
            meter=words(f"visit.meter_{one.offered}"),
            on=words.long_day(one.on),
        )
        for one in refusals
    ]
    return _block(
        words("visit.refused_before"), " ".join((*told, words("visit.refused_costs")))
    )


def _bring(work: Work) -> QWidget | None:
    """The meters that were reserved for it."""
    words, page = work.words, work.page
    if not page.new_meters:
        return None
    block = _block(words("visit.bring"), "")
    pills = line(space=theme.SPACE[1])
    for meter in page.new_meters:
        pills.addWidget(Pill(meter.number, "neutral", "package"))
    pills.addStretch(1)
    holder = QWidget()
    holder.setLayout(pills)
    layout = block.layout()
    if layout is not None:
        layout.addWidget(holder)
    return block


def _block(heading: str, text: str) -> QWidget:
    made = QWidget()
    parts: list[QWidget] = [Muted(heading)]
    if text:
        parts.append(Label(text, "lead", wrap=True))
    made.setLayout(column(*parts, space=theme.SPACE[0]))
    return made
