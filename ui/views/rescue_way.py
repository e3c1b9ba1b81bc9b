"""The ways to the rescue export: a button beside another tool, and the dialog for its file.

In comes the other tool, or whose dialog it is; out go the wish to open the page, and a path.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from fieldapp.domain.rescue import SUFFIX
from ui.views.language import Words
from ui.views.page import Context
from ui.views.theme import SPACE
from ui.views.widgets import SecondaryButton, line


class RescueWay(QWidget):
    """A tool and, before it, the button to the rescue export."""

    def __init__(self, beside: QWidget, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self.button = SecondaryButton("", lambda: context.go("rescue", ""), icon="download")
        self.setLayout(line(self.button, beside, space=SPACE[1]))

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self.button.say(self._words("rescue.open"))


def rescue_dialog(parent: QWidget, words: Words) -> QFileDialog:
    """Asks where the file is to go."""
    dialog = QFileDialog(parent, words("rescue.where"))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setNameFilter(f"{words('rescue.kind')} (*{SUFFIX})")
    dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
    dialog.selectFile(f"fieldapp{SUFFIX}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
