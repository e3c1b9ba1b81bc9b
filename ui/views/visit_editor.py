"""The middle of the visit page: one question or one action, whatever the work asks.

In comes the work in hand; out come a title, the words of the primary button, why it can't be
pressed yet, and the intent behind it. Rule: an editor draws from the State and its own fields,
keeps every key at once as a draft, and sends its intent only when the button is pressed.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.language import Words
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_scan import Wedge
from ui.views.visit_words import primary_name, step_name
from ui.views.visit_work import Work
from ui.views.widgets import TextField, column


class Editor(QWidget):
    """One screen of the middle."""

    typed = Signal()
    """What the button says or lacks has changed."""

    pressed = Signal()
    """An answer was given that is sent at once, as if the button were pressed."""

    opened = Signal(str)
    """Another panel is asked for, by name; empty goes back to the step."""

    private = False
    """Whether the customer looks on, so that notes about access and findings stay away."""

    def __init__(self, work: Work, primary: Primary) -> None:
        """Build the fields, with what was typed before."""
        super().__init__()
        self.work = work
        self.primary = primary
        self.asked = work.page.need_of(primary)
        self.photo: PhotoBox | None = None
        self.body = column(space=theme.SPACE[3])
        self.setLayout(self.body)

    @property
    def words(self) -> Words:
        """The words of the window."""
        return self.work.words

    def title(self) -> tuple[str, str]:
        """The heading, and a line below it."""
        return step_name(self.words, self.primary.step or self.work.page.current), ""

    def button(self) -> str:
        """What the primary button will do; empty where there is none."""
        return primary_name(self.words, self.primary)

    def lacks(self) -> str:
        """Why the button can't do it yet, in words; empty where it can."""
        return ""

    async def submit(self) -> bool:
        """What the button does."""
        return False

    def submitted(self) -> None:
        """The button did it: what was typed and chosen for it is let go."""
        self.work.forget(self.primary)
        if self.photo is not None:
            self.photo.saved()

    def back(self) -> bool:
        """One step back within the screen; False where there is none."""
        return self.photo is not None and self.photo.back()

    def redraw(self) -> None:
        """Draw what follows from the State."""

    def first(self) -> QWidget | None:
        """Where typing begins, or what to look at when something lacks."""
        return None

    def field(self, name: str) -> str:
        """What was typed in a field before."""
        return self.work.draft(self.primary, name)

    def keep(self, name: str, text: str) -> None:
        """Keep what is typed in a field, and look at the button again."""
        self.work.keep(self.primary, name, text)
        self.typed.emit()

    def bind(self, name: str, field: TextField) -> TextField:
        """Give a field its draft, and keep it at every key; a scan presses no button."""
        Wedge(field)
        field.setText(self.field(name))
        field.textChanged.connect(lambda text: self.keep(name, text))
        return field

    def photo_box(self, name: str = "photo") -> PhotoBox:
        """The screen's place for a photo, with the one that was chosen before."""
        self.photo = PhotoBox(self.work.context, self.work.photo_draft(self.primary, name))
        self.photo.changed.connect(self.typed.emit)
        return self.photo

    def does(self, panel: str) -> Callable[[], None]:
        """What opens a panel when it is called."""
        return lambda: self.opened.emit(panel)
