"""The status bar: the line, what waits, the last contact, the ports; each part opens its page.

In comes the frame's State; out goes the code of the page that explains a part. Rule: it says
what the State says, in words as well as in colour, and nothing else.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from ui.ports import Use
from ui.presenters.frame import PORT_ROLES, FrameState, PortRow
from ui.views import theme
from ui.views.curtain import STATUS
from ui.views.language import Words
from ui.views.widgets import Label, dress, line

_USES = {Use.FREE: ("neutral", False), Use.OPEN: ("done", True), Use.FAILED: ("blocking", True)}


class Dot(QWidget):
    """A lamp: filled or a ring, in a tone."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(10, 10)
        self._tone, self._filled = "neutral", False

    def say(self, tone: str, *, filled: bool) -> None:
        """Show another state."""
        self._tone, self._filled = tone, filled
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the colour of the theme now on."""
        del event
        colour = QColor(theme.current().tone(self._tone))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 2))
        painter.setBrush(colour if self._filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(1, 1, 8, 8)
        painter.end()


class Part(QPushButton):
    """One fact: a lamp perhaps, a strong word, the rest."""

    def __init__(self, page: str) -> None:
        """A part that `page` explains."""
        super().__init__()
        self.page, self.about = page, ""
        self._dot = Dot()
        self._strong = Label("", "status-strong")
        self._rest = Label("", "small")
        self._row = line(self._dot, self._strong, self._rest, space=6)
        self._row.setContentsMargins(theme.SPACE[1], 0, theme.SPACE[1], 0)
        self.setLayout(self._row)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for part in (self._dot, self._strong, self._rest):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def say(self, strong: str, rest: str, lamp: tuple[str, bool] | None = None) -> None:
        """Show a fact; `lamp` is its tone and whether it is lit."""
        self._dot.setVisible(lamp is not None)
        if lamp is not None:
            self._dot.say(lamp[0], filled=lamp[1])
        self._strong.say(strong)
        self._strong.setVisible(bool(strong))
        self._rest.say(rest)
        self._rest.setVisible(bool(rest))
        self.setAccessibleName(f"{strong} {rest}".strip())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(self._row.sizeHint().width(), theme.TARGET)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()


class StatusBar(QFrame):
    """All parts; `asked` tells the page, and what of it, that explains the pressed one."""

    asked = Signal(str, str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._role = self._part("settings")
        self._line = self._part("sync")
        self._waiting = self._part("sync")
        self._refused = self._part("sync")
        self._contact = self._part("sync")
        self._ports = {role: self._part("settings") for role in PORT_ROLES}
        parts = (self._role, self._line, self._waiting, self._refused, self._contact)
        row = line(*parts, space=theme.SPACE[1])
        row.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[3], 0)
        row.addStretch(1)
        for part in self._ports.values():
            row.addWidget(part)
        self.setLayout(row)
        self.setFixedHeight(STATUS)
        dress(self, "status")

    def show_state(self, state: FrameState, now: datetime) -> None:
        """Show what is so now."""
        of_technician = bool(state.technician)
        self._say_line(state)
        self._say_waiting(state)
        contact = self._contact_words(state, now)
        self._contact.say("", contact)
        for part in (self._line, self._waiting, self._contact):
            part.setVisible(of_technician)
        self._say_role(state)
        self._role.setVisible(not of_technician and bool(state.roles))
        self._say_ports(state.ports)

    def _say_role(self, state: FrameState) -> None:
        """Without a technician there is no outbox to tell of: what this laptop is used for."""
        roles = sorted(self._words(f"frame.role_{role}") for role in state.roles)
        self._role.say("", " · ".join(roles))

    def _say_line(self, state: FrameState) -> None:
        words, since = self._words, ""
        if state.running:
            said, lamp = "running", ("accent", True)
        elif state.online is None:
            said, lamp = "unknown", ("neutral", False)
        elif state.online:
            said, lamp = "online", ("done", True)
        else:
            said, lamp = "offline", ("attention", True)
            if state.offline_since is not None:
                since = words("frame.line_since", time=words.time(state.offline_since))
        self._line.say(words(f"frame.line_{said}"), since, lamp)

    def _say_waiting(self, state: FrameState) -> None:
        n, files = state.waiting, state.files_waiting
        said = self._counted("waiting", n)
        if files:
            key = "files" if n else "only_files"
            many = "one" if files == 1 else "many"
            said = self._words(f"frame.{key}_{many}", waiting=said, n=files)
        number, _, rest = said.partition(" ")
        self._waiting.say(*((number, rest) if n or files else ("", said)))
        self._refused.say(self._counted("refused", state.refused), "", ("blocking", True))
        self._refused.setVisible(state.refused > 0)

    def _counted(self, what: str, n: int) -> str:
        if n == 0:
            return self._words("frame.waiting_none")
        return self._words(f"frame.{what}_{'one' if n == 1 else 'many'}", n=n)

    def _contact_words(self, state: FrameState, now: datetime) -> str:
        at = state.last_contact
        if at is None:
            return self._words("frame.contact_none")
        same_day = at.astimezone(now.tzinfo).date() == now.date()
        time = self._words.time(at) if same_day else self._words.moment(at)
        return self._words("frame.contact", time=time)

    def _say_ports(self, rows: tuple[PortRow, ...]) -> None:
        for row in rows:
            part = self._ports[row.role]
            use = str(row.use) if row.source else "none"
            name, state = (self._words(f"frame.port_{one}") for one in (row.role, use))
            part.page, part.about = ("meter", row.role) if row.source else ("settings", "")
            part.say("", f"{name} {state}", _USES[row.use])
            part.setToolTip(row.source)

    def _part(self, page: str) -> Part:
        part = Part(page)
        part.clicked.connect(lambda: self.asked.emit(part.page, part.about))
        return part
