"""The customer view: this visit only, over the whole screen, for showing and signing.

In come what the customer may see (`Report`) and the wish to sign; out go a signature and, for
the technician alone, the way back. Rule: it holds nothing but the `Report`, in the language of
the customer; it is left by PIN, or by a long press where there is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget

from fieldapp.domain.flow import Need
from fieldapp.domain.report import Report
from ui.messages import LANGUAGES
from ui.presenters.visit import Picture
from ui.views import theme
from ui.views.cover import Cover
from ui.views.customer_danger import DangerSheet
from ui.views.customer_door import Door
from ui.views.customer_leaflet import LeafletSheet
from ui.views.customer_sign import SignSheet
from ui.views.customer_told import ToldSheet
from ui.views.language import Words
from ui.views.visit_documents import LANGUAGE
from ui.views.visit_ink import signature
from ui.views.visit_work import Work
from ui.views.widgets import DangerButton, Label, QuietButton, Tabs, column, dress, line

if TYPE_CHECKING:
    from ui.presenters.pin import PinPresenter

TOLD, SIGN, LEAFLET = "told", "sign", "leaflet"
_SHEETS = (TOLD, SIGN, LEAFLET)
Follow = Callable[[], Awaitable[None]]


class CustomerView(Cover):
    """Shows one visit to its customer."""

    def __init__(self, work: Work, pin: PinPresenter, follow: Follow) -> None:
        """`follow` goes on with the visit after the customer has signed."""
        super().__init__()
        self._work = work
        self._follow = follow
        known = work.visit.drafts.text(LANGUAGE) or work.words.lang
        self._words = Words(known, strict=work.words.strict)
        self._title, self._line = Label("", "hero"), Label("", "lead", tone="")
        self._tabs, self._languages = Tabs(), Tabs([(x, x.upper()) for x in LANGUAGES])
        self._out = QuietButton("", self.ask, icon="key")
        self._danger = DangerButton("", self._show_danger, icon="siren")
        self.told, self.sign = ToldSheet(self._words), SignSheet(self._words)
        self.leaflet = LeafletSheet(self._words)
        self.danger = DangerSheet(self._words)
        self.door = Door(self._words, pin, work.context.spawn)
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self.show_sheet(SIGN if self.may_sign() else TOLD)
        self.redraw()

    @property
    def report(self) -> Report | None:
        """What may be shown now."""
        return self._work.page.report

    def may_sign(self) -> bool:
        """Whether the step in turn asks for a signature."""
        step = self._work.page.step
        started = self._work.page.state == "started"
        needs = step.needs if step is not None and started else ()
        return any(need.need is Need.SIGNATURE and need.open for need in needs)

    def show_sheet(self, code: str) -> None:
        """Show `told`, `sign` or `leaflet`."""
        self._say_tabs()
        self._tabs.choose(code)
        self._stack.setCurrentIndex(_SHEETS.index(code))

    def redraw(self) -> None:
        """See `Cover.redraw`."""
        report = self.report
        if report is None:
            return
        words = self._words
        self._title.say(words("customer.title"))
        at = report.address
        kind = words(f"documents.kind_{report.kind}")
        self._line.say(f"{kind} · {at.street} {at.number}, {at.place}")
        self._out.say(words("customer.out"))
        self._danger.say(words("visit.danger_button"))
        self.danger.redraw()
        self._languages.choose(words.lang)
        self._languages.setAccessibleName(words("customer.language"))
        self._say_tabs()
        self.told.show_report(report)
        self.sign.show_report(report, may=self.may_sign(), busy=self._work.busy)
        self.sign.say_failed(failed=self._work.problem is not None)
        self.leaflet.show_report(report)
        self.door.redraw()

    def ask(self) -> None:
        """See `Cover.ask`."""
        self.closes = False
        self._stack.setCurrentWidget(self.door)
        self.door.begin()

    def back(self) -> None:
        """See `Cover.back`."""
        self.closes = False
        self._stack.setCurrentIndex(_SHEETS.index(self._tabs.code))

    def _show_danger(self) -> None:
        self._stack.setCurrentWidget(self.danger)

    def _say_tabs(self) -> None:
        self._tabs.say([(code, self._words(f"customer.tab_{code}")) for code in _SHEETS])

    def _build(self) -> None:
        for sheet in (self.told, self.sign, self.leaflet, self.danger, self.door):
            self._stack.addWidget(sheet)
        head = line(column(self._title, self._line, space=theme.SPACE[0]), space=theme.SPACE[4])
        head.addStretch(1)
        head.addWidget(self._languages)
        head.addWidget(self._out)
        head.addWidget(self._danger)
        whole = column(head, self._tabs, self._stack, space=theme.SPACE[3])
        whole.setStretchFactor(self._stack, 1)
        margin, foot = theme.SPACE[5], theme.SPACE[4]
        whole.setContentsMargins(margin, theme.SPACE[4], margin, foot)
        self.setLayout(whole)
        dress(self, "ground")
        self.setObjectName("customer-view")

    def _connect(self) -> None:
        self._tabs.chosen.connect(self.show_sheet)
        self._languages.chosen.connect(self._speak)
        self.sign.signed.connect(self._sign)
        self.door.opened.connect(self.left.emit)
        self.door.shut.connect(self.back)

    def _speak(self, lang: str) -> None:
        """In the customer's language; the window's stays."""
        self._work.visit.drafts.keep(LANGUAGE, lang)
        self._words.switch(lang)
        self.redraw()

    def _sign(self) -> None:
        self._work.do(self._keep_signature)

    async def _keep_signature(self) -> bool:
        ink = await self._work.worker.run(signature, self.sign.pad.sheet())
        done = await self._work.visit.sign(Picture(ink, "image/png"))
        if done:
            await self._follow()
        return done
