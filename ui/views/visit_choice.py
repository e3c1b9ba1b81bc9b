"""The customer's choice: asked in a sentence, recorded, written into the meter, proven.

In come the choice in force and what the meter holds; out go the choice made at the door and the
order to write it. Rule: what is written is the choice in force and nothing else; what writing
leaves behind in the meter is said before it is done.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from fieldapp.domain.preference import Preference, Requester, wanted_status
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.visit_editor import Editor
from ui.views.visit_notice import Notice
from ui.views.visit_options import Options
from ui.views.visit_words import capital, choice_name
from ui.views.visit_work import Work
from ui.views.widgets import (
    Label,
    Muted,
    Pill,
    QuietButton,
    SecondaryButton,
    column,
    dress,
    line,
)


class ChoiceEditor(Editor):
    """On or off, by whom; below it the sentence to read aloud."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        known = work.page.choice.preference.value if work.page.choice else ""
        both = [(p.value, capital(choice_name(self.words, p))) for p in Preference]
        self._choice = Options(both, self.field("choice") or known, across=2)
        self._choice.chosen.connect(self._chosen)
        people = [(r.value, self.words(f"visit.by_{r}")) for r in Requester]
        by = self.field("by") or Requester.HOLDER.value
        self._by = Options([(c, capital(text)) for c, text in people], by, across=2)
        self._by.chosen.connect(lambda code: self.keep("by", code))
        self.body.addWidget(Muted(self._asked_before(), wrap=True))
        self.body.addWidget(self._choice)
        self._aloud = Aloud(self.words)
        self.body.addWidget(self._aloud)
        self.body.addWidget(Muted(self.words("visit.who_asks")))
        self.body.addWidget(self._by)
        self.body.addStretch(1)
        self._say()

    def title(self) -> tuple[str, str]:
        """The question."""
        return self.words("visit.choice_title"), self.words("visit.choice_line")

    def button(self) -> str:
        """Keep which choice."""
        if not self._choice.code:
            return self.words("visit.button.record_choice")
        chosen = choice_name(self.words, self._choice.code)
        return self.words("visit.button.keep_choice", choice=chosen)

    def lacks(self) -> str:
        """An answer."""
        return "" if self._choice.code else self.words("visit.choice_needed")

    def first(self) -> QWidget | None:
        """The answers."""
        return self._choice.first()

    async def submit(self) -> bool:
        """Keep the choice as made at the door."""
        chosen, by = Preference(self._choice.code), Requester(self._by.code)
        return await self.work.visit.choose(chosen, by)

    def _chosen(self, code: str) -> None:
        self.keep("choice", code)
        self._say()

    def _say(self) -> None:
        self._aloud.say(f"visit.aloud_{self._choice.code or 'none'}")

    def _asked_before(self) -> str:
        choice = self.work.page.choice
        if choice is None:
            return self.words("visit.choice_none_known")
        return self.words(
            "visit.choice_known",
            choice=choice_name(self.words, choice.preference),
            day=self.words.moment(choice.made_at),
            channel=self.words(f"visit.channel_{choice.channel}"),
        )


class Aloud(QFrame):
    """A sentence to read aloud to the customer."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._text = Label("", "lead", wrap=True)
        parts = line(IconLabel("user", "accent"), space=theme.SPACE[2], margin=theme.SPACE[3])
        parts.addWidget(self._text, 1)
        self.setLayout(parts)
        dress(self, "banner", "accent")

    def say(self, key: str) -> None:
        """Another sentence."""
        self._text.say(self._words(key))


class PreferenceEditor(Editor):
    """Value now, value after, and the order to write and read back."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._aloud = Aloud(self.words)
        self.body.addWidget(self._aloud)
        self._now, self._after = Value(), Value()
        arrow = IconLabel("arrow-right", "neutral", 24)
        values = line(space=theme.SPACE[4])
        top = Qt.AlignmentFlag.AlignTop
        values.addWidget(self._now, 0, top)
        values.addWidget(arrow)
        values.addWidget(self._after, 0, top)
        values.addStretch(1)
        self.body.addLayout(values)
        self._foretold = Notice()
        self.body.addWidget(self._foretold)
        read = SecondaryButton(self.words("visit.read_value"), self._read, icon="eye")
        other = QuietButton(self.words("visit.choice_other"), self.does("choice"))
        below = line(read, other, space=theme.SPACE[1])
        below.addStretch(1)
        self.body.addLayout(below)
        self.body.addStretch(1)

    def lacks(self) -> str:
        """A port to write over."""
        return "" if self.work.meters.state.sources.p0 else self.words("visit.no_p0")

    async def submit(self) -> bool:
        """Write what was chosen, and read it back."""
        choice = self.work.page.choice
        if choice is None:
            return False
        return await self.work.meters.apply_preference(self.primary.step, choice.preference)

    def redraw(self) -> None:
        """What is known of the meter, and what the choice asks."""
        choice = self.work.page.choice
        if choice is None:
            return
        words, meters = self.words, self.work.meters.state
        self._aloud.say(f"visit.write_{choice.preference}")
        now = words("visit.value_unread")
        if meters.value_now is not None:
            now = choice_name(words, meters.value_now)
        wanted = wanted_status(choice.preference)
        self._now.show_value(words("visit.value_now"), now, meters.value_now)
        after = choice_name(words, wanted.value)
        self._after.show_value(words("visit.value_after"), after, wanted.value)
        foretold = [words.code("foretold", c) for c in meters.foretold(choice.preference)]
        self._foretold.setVisible(bool(foretold))
        if foretold:
            self._foretold.say(words("visit.foretold"), " ".join(foretold))

    def _read(self) -> None:
        self.work.do(lambda: self.work.meters.read_preference(self.primary.step))


class Value(QWidget):
    """What the meter holds, or is to hold: in words, and as the number in the meter."""

    def __init__(self) -> None:
        super().__init__()
        self._what = Muted("")
        self._value = Label("", "title")
        self._number = Pill()
        self.setLayout(column(self._what, self._value, self._number, space=theme.SPACE[0]))

    def show_value(self, what: str, value: str, number: int | None) -> None:
        """Show another one."""
        self._what.say(what)
        self._value.say(capital(value))
        self._number.setVisible(number is not None)
        self._number.say(f"0-1:94.31.0 = {number}")
        self.setAccessibleName(f"{what}: {value}")


class Proof(QFrame):
    """What was in the meter, what was asked, what was read back."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        words, applied = work.words, work.page.preference
        parts = line(space=theme.SPACE[4])
        whole = column(parts, space=theme.SPACE[2], margin=theme.SPACE[3])
        if applied is not None:
            before, after = Value(), Value()
            before.show_value(
                words("visit.value_before"), choice_name(words, applied.before), applied.before
            )
            read_back = words("visit.value_read_back", time=words.time(applied.at))
            after.show_value(read_back, choice_name(words, applied.after), applied.after)
            holds = applied.after == wanted_status(applied.requested)
            parts.addWidget(before)
            parts.addWidget(IconLabel("arrow-right", "neutral", 24))
            parts.addWidget(after)
            verdict = words("visit.proof_holds" if holds else "visit.proof_differs")
            tone, icon = ("done", "check") if holds else ("blocking", "circle-alert")
            whole.addWidget(Pill(verdict, tone, icon))
        parts.addStretch(1)
        self.setLayout(whole)
        dress(self, "raised")
