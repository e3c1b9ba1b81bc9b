"""Beside the live port: the line, what follows from it, registers and M-Bus devices.

In comes a live State; out come cards. Rule: what a rule ruled out is said too, quietly, and
what could not be examined says why.
"""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from ui.messages import Message
from ui.presenters.live import LiveState
from ui.presenters.live_findings import Answer, Finding
from ui.presenters.live_reading import Device, LiveReading
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_facts import FactCard, FactLine
from ui.views.meter_line import LineCard
from ui.views.meter_ports import ProblemNote
from ui.views.meter_words import amount, device_name, register_name
from ui.views.widgets import Card, Label, Scroll, Small, clear, column, line

_TONES = {"note": "neutral"}
_QUIET_ICONS = {Answer.RULED_OUT: ("check", "done"), Answer.NOT_EXAMINED: ("minus", "neutral")}


class LiveSide(Scroll):
    """The column."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._problem = ProblemNote(words)
        self.line_card = LineCard(words)
        self._findings = FindingsCard(words)
        self._registers = FactCard()
        parts: tuple[QWidget, ...] = (
            self._problem,
            self.line_card,
            self._findings,
            self._registers,
        )
        for part in parts:
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_state(self, state: LiveState, now_s: float) -> None:
        """Draw it."""
        if state.reading is None:
            return
        self._show_problem(state.problem)
        self.line_card.show_state(state, now_s)
        self._findings.show_findings(state.findings)
        lines = register_lines(self._words, state.reading)
        self._registers.show_lines(self._words("meter.registers"), lines)

    def _show_problem(self, problem: Message | None) -> None:
        self._problem.show_problem(problem)


class FindingsCard(Card):
    """What was found, large; what was ruled out or not examined, one quiet line each."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[tuple[Finding, ...], str] = ((), "")

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show these; made anew only when something changed."""
        self.say(self._words("meter.findings"))
        if (findings, self._words.lang) == self._shown:
            return
        self._shown = (findings, self._words.lang)
        clear(self.body)
        for finding in findings:
            part = self._found if finding.answer is Answer.FOUND else self._quiet
            self.body.addWidget(part(finding))

    def _found(self, finding: Finding) -> QWidget:
        words, tone = self._words, _TONES.get(finding.severity, "attention")
        made = Card(tone=tone, margin=theme.SPACE[2])
        made.body.setSpacing(2)
        what, *more = finding_lines(words, finding)
        made.body.addWidget(Label(what, "strong", wrap=True))
        for text in more:
            made.body.addWidget(Label(text, "small", wrap=True))
        made.setAccessibleName(what)
        return made

    def _quiet(self, finding: Finding) -> QWidget:
        icon, tone = _QUIET_ICONS[finding.answer]
        row = QWidget()
        text = Small(self._words(f"meter.{finding.answer}_{finding.rule}"), wrap=True)
        layout = line(IconLabel(icon, tone, 16), space=theme.SPACE[1])
        layout.addLayout(column(text), 1)
        row.setLayout(layout)
        return row


def finding_lines(words: Words, finding: Finding) -> list[str]:
    """A finding in words: what, where it shows if that is known, what to do."""
    key = f"meter.finding_{finding.rule}"
    numbers = {
        "phase": finding.phase,
        "channel": finding.channel,
        "count": words.number(finding.count),
        "value": _amount(words, finding.value, finding.unit),
        "limit": _amount(words, finding.limit, finding.unit),
        "text": finding.text,
        "other": finding.other,
    }
    where = [f"{key}_at"] if finding.text and words.has(f"{key}_at") else []
    return [words(name, **numbers) for name in (key, *where, f"{key}_do")]


def _amount(words: Words, value: Decimal | None, unit: str) -> str:
    return "" if value is None else amount(words, value, unit)


def register_lines(words: Words, reading: LiveReading) -> list[FactLine]:
    """Registers, M-Bus devices, the tariff that counts, the interruptions."""
    lines = [
        FactLine(
            register.obis,
            amount(words, register.value, register.unit),
            register_name(words, register),
        )
        for register in reading.registers
    ]
    lines += [device_line(words, device) for device in reading.devices]
    if reading.tariff:
        lines.append(FactLine(words("meter.tariff_now"), reading.tariff))
    if reading.short_failures is not None or reading.long_failures is not None:
        counts = (reading.short_failures, reading.long_failures)
        shown = " / ".join("—" if n is None else words.number(n) for n in counts)
        lines.append(FactLine(words("meter.failures"), shown))
    if reading.unread:
        lines.append(FactLine(words("meter.unread"), str(reading.unread), "", "attention"))
    return lines


def device_line(words: Words, device: Device) -> FactLine:
    """`gas G0039…` and its value."""
    value = words("meter.no_value")
    if device.value is not None:
        value = amount(words, device.value, device.unit)
    return FactLine(device_name(words, device.kind), value, device.number)
