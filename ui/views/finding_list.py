"""Findings as a list of sentences: what was found large, the rest a line each.

In come rows, sorted; out come cards and lines, with what shows it behind a fold. Rule: the
verdict has an icon and a word, never a colour alone; what is for the file only says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from fieldapp.domain.diagnosis import Severity, Verdict
from ui.presenters.visit_findings import FindingRow
from ui.views import theme
from ui.views.finding_words import because, evidence_line, rule_name, says, to_do
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.widgets import Card, Label, Pill, QuietButton, Row, Small, column, line

Overrule = Callable[[str], object]
_TONES = {Severity.CRITICAL: "blocking", Severity.FAULT: "blocking", Severity.NOTE: "neutral"}
_QUIET = {Verdict.RULED_OUT: ("check", "done"), Verdict.NOT_EXAMINED: ("minus", "neutral")}
_ICON_PX = 16


class FindingList(QWidget):
    """All rows; `overrule` is asked with a rule's code where a person sees something else."""

    def __init__(
        self, words: Words, rows: Sequence[FindingRow], overrule: Overrule | None = None
    ) -> None:
        super().__init__()
        body = column(space=theme.SPACE[2])
        for row in rows:
            loud = row.verdict == Verdict.FOUND
            made: QWidget = (
                _Found(words, row, overrule) if loud else _Line(words, row, overrule)
            )
            body.addWidget(made)
        self.setLayout(body)


def count_line(words: Words, rows: Sequence[FindingRow]) -> str:
    """How many of each verdict."""
    verdicts = [row.verdict for row in rows]
    return words(
        "findings.line",
        found=verdicts.count(Verdict.FOUND),
        open=verdicts.count(Verdict.NOT_EXAMINED),
        ruled_out=verdicts.count(Verdict.RULED_OUT),
    )


class _Found(Card):
    """Something that was found: the sentence, why, what to do."""

    def __init__(self, words: Words, row: FindingRow, overrule: Overrule | None) -> None:
        tone = _TONES.get(Severity(row.severity), "attention") if row.severity else "attention"
        super().__init__(tone=tone, margin=theme.SPACE[2])
        self.body.setSpacing(theme.SPACE[0])
        what = says(words, row)
        head = line(space=theme.SPACE[2])
        icon = "circle-alert" if tone == "blocking" else "triangle-alert"
        head.addWidget(IconLabel(icon, tone, _ICON_PX))
        title = _titled(words, row, what) if row.by_hand else what
        head.addWidget(Label(title, "strong", wrap=True), 1)
        self.body.addLayout(head)
        for key, text in (("why", because(words, row)), ("do", to_do(words, row))):
            if text:
                self.body.addWidget(Label(words(f"findings.{key}_line", text=text), wrap=True))
        _marks(words, row, self.body.addWidget)
        fold = _Fold(words, row, overrule)
        if fold.holds:
            show = QuietButton(words("findings.evidence_show"), fold.turn, icon="chevron-down")
            foot = line(show, space=theme.SPACE[1])
            foot.addStretch(1)
            self.body.addLayout(foot)
            self.body.addWidget(fold)
        self.setAccessibleName(f"{words('visit.verdict.found')}: {what}")


class _Line(QWidget):
    """What is ruled out or was not examined, one line; a tap shows what was looked at."""

    def __init__(self, words: Words, row: FindingRow, overrule: Overrule | None) -> None:
        super().__init__()
        what, do = says(words, row), to_do(words, row)
        verdict = words(f"visit.verdict.{row.verdict}")
        fold = _Fold(words, row, overrule)
        text = f"{rule_name(words, row.rule)}, {verdict}: {what}"
        self.row = Row(text, fold.turn if fold.holds else None)
        self.row.body.setContentsMargins(theme.SPACE[1], 0, theme.SPACE[1], 0)
        icon, tone = _QUIET.get(Verdict(row.verdict), ("minus", "neutral"))
        self.row.body.addWidget(IconLabel(icon, tone, _ICON_PX))
        said = column(Label(_titled(words, row, what), wrap=True), space=0)
        said.addWidget(
            Small(f"{verdict}. {words('findings.do_line', text=do)}" if do else verdict)
        )
        _marks(words, row, said.addWidget)
        self.row.body.addLayout(said, 1)
        self.setLayout(column(self.row, fold, space=0))


class _Fold(QWidget):
    """What shows it, and the way to say otherwise; closed until it is turned."""

    def __init__(self, words: Words, row: FindingRow, overrule: Overrule | None) -> None:
        super().__init__()
        rows = column(space=theme.SPACE[0])
        rows.setContentsMargins(theme.SPACE[4], 0, theme.SPACE[2], theme.SPACE[1])
        for one in row.evidence:
            rows.addWidget(Small(evidence_line(words, one), wrap=True))
        if overrule is not None:
            say = overrule
            button = QuietButton(
                words("findings.overrule"), lambda: say(row.rule), icon="pen-line"
            )
            foot = line(button, space=0)
            foot.addStretch(1)
            rows.addLayout(foot)
        self.setLayout(rows)
        self.holds = bool(row.evidence) or overrule is not None
        self.hide()

    def turn(self) -> None:
        """Open or close it."""
        self.setVisible(not self.isVisible())


def _titled(words: Words, row: FindingRow, what: str) -> str:
    return f"{rule_name(words, row.rule)}: {what}"


def _marks(words: Words, row: FindingRow, add: Callable[[QWidget], object]) -> None:
    """Whose answer it is, and for whom."""
    if row.by_hand:
        add(Small(words("findings.by_hand")))
    if row.ruled is not None:
        add(Small(words("findings.was_ruled", text=says(words, row.ruled)), wrap=True))
    if row.confidential:
        add(Pill(words("findings.file_only"), "attention", "eye"))
