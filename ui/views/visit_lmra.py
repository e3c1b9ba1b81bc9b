"""The last-minute risk analysis: each question yes, no or does not apply.

In come the questions of the visit; out go the answers in one intent. Rule: nothing is answered
beforehand; one "no" stops the work and shows at once whom to call (trade.md, LMRA).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.visit_editor import Editor
from ui.views.visit_notice import Notice
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Label, dress, line

_ANSWER_PX, _ANSWER_WIDE_PX = 48, 104
_ANSWERS = ("yes", "no", "na")
_KEYS = {Qt.Key.Key_1: "yes", Qt.Key.Key_2: "no", Qt.Key.Key_3: "na"}


class _Question(QFrame):
    """One question with its three answers."""

    def __init__(self, text: str, options: Options, *, last: bool) -> None:
        super().__init__()
        self.options = options
        row = line(Label(text, wrap=True), space=theme.SPACE[3])
        row.setStretch(0, 1)
        row.addWidget(options)
        row.setContentsMargins(0, theme.SPACE[0], 0, theme.SPACE[0])
        self.setLayout(row)
        self.setProperty("last", "true" if last else "false")
        self.setAccessibleName(text)
        dress(self, "row")


class LmraEditor(Editor):
    """All questions below each other, and what a "no" means."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.setSpacing(0)
        self._stop = Notice()
        self.body.addWidget(self._stop)
        self._questions: dict[str, _Question] = {}
        codes = work.page.lmra
        for code in codes:
            self._ask(code, last=code == codes[-1])
        self.body.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._show_stop()

    def title(self) -> tuple[str, str]:
        """The name, and how the keys answer."""
        again = self.work.page.since is not None and self.work.page.state == "paused"
        key = "visit.lmra_again" if again else "visit.lmra_line"
        return self.words("visit.lmra"), self.words(key)

    def button(self) -> str:
        """Begin, or keep that the work does not begin."""
        key = "visit.button.lmra_no" if self._has_no() else "visit.button.answer_lmra"
        return self.words(key)

    def lacks(self) -> str:
        """How many questions are open; a "no" needs no more answers."""
        left = len(self._open())
        if not left or self._has_no():
            return ""
        key = "visit.lmra_one_left" if left == 1 else "visit.lmra_left"
        return self.words(key, n=left)

    async def submit(self) -> bool:
        """Keep the answers; the work begins if none is a "no"."""
        return await self.work.visit.answer_lmra(self._answers())

    def first(self) -> QWidget | None:
        """The first open question, else this list."""
        left = self._open()
        return self._questions[left[0]].options.first() if left else self

    def _ask(self, code: str, *, last: bool) -> None:
        answers = [(one, self.words(f"visit.answer_{one}")) for one in _ANSWERS]
        options = Options(answers, self.field(code), across=len(answers), least_px=_ANSWER_PX)
        for one in _ANSWERS:
            options.button(one).setFixedWidth(_ANSWER_WIDE_PX)
        options.chosen.connect(lambda answer: self._answered(code, answer))
        text = self.words.code("about", code)
        self._questions[code] = _Question(text, options, last=last)
        self.body.addWidget(self._questions[code])

    def _answered(self, code: str, answer: str) -> None:
        self.keep(code, answer)
        self._show_stop()

    def _show_stop(self) -> None:
        if not self._has_no():
            self._stop.hide()
            return
        phone = self.work.page.supervisor_phone or self.words("visit.lmra_no_phone")
        what = self.words("visit.lmra_stop")
        call = self.words("visit.lmra_call", phone=phone)
        self._stop.say(what, call, tone="blocking")

    def _answers(self) -> dict[str, str]:
        answers = {code: question.options.code for code, question in self._questions.items()}
        return {code: answer for code, answer in answers.items() if answer}

    def _open(self) -> list[str]:
        return [code for code, q in self._questions.items() if not q.options.code]

    def _has_no(self) -> bool:
        return "no" in self._answers().values()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1, 2 and 3 answer the first open question."""
        answer = _KEYS.get(Qt.Key(event.key()))
        left = self._open()
        if answer is None or not left or self.work.busy:
            super().keyPressEvent(event)
            return
        self._questions[left[0]].options.choose(answer)
        self.setFocus()
