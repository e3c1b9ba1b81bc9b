"""A place for one photo: how it comes in, how it is edited, and what of it is kept.

In come pictures by any way and what a finger does with them; out comes a `Picture` for an
intent. Rule: the dialog is opened, never executed; the tools wait for the worker; people and a
neighbour's meter can be wiped before saving, and a frame that was left open is not saved over.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget
from shiboken6 import isValid

from fieldapp.errors import OriginalKept
from ui.messages import explain
from ui.presenters.photo_folder import Found
from ui.presenters.visit import Picture
from ui.views.page import Context
from ui.views.theme import SPACE
from ui.views.visit_canvas import Canvas
from ui.views.visit_darkroom import Darkroom, PhotoDraft
from ui.views.visit_photo_originals import OriginalsQuestion
from ui.views.visit_photo_tools import PhotoTools
from ui.views.visit_photo_ways import PhotoWays, Source, has_picture
from ui.views.visit_pictures import Edit, How
from ui.views.widgets import QuietButton, SecondaryButton, Small, column, line

_PATIENCE_MS = 300
_WIDE_PX = 560
_FRAME = {How.CROP: 0.8, How.WIPE: 0.3}
"""How much of the photo a frame takes that nobody has drawn."""


@dataclass(slots=True)
class _Now:
    """What of the box is open.

    Attributes:
        ways: the ways in, although there is a photo.
        camera: the laptop's own, on.
        aside: what made room for editing.
    """

    ways: bool = False
    camera: QWidget | None = None
    aside: list[QWidget] = field(default_factory=list)


class PhotoBox(QWidget):
    """A photo and what can be done with it; `changed` when another one is there."""

    changed = Signal()

    def __init__(self, context: Context, draft: PhotoDraft | None = None) -> None:
        super().__init__()
        self._context = context
        self._words = words = context.words
        self._origin: Found | None = None
        self._now = _Now()
        self.room = Darkroom(self, context, draft)
        self._canvas = Canvas(words("visit.photo_invite"))
        self.ways = PhotoWays(context)
        self._other = SecondaryButton(words("visit.photo_other"), self._another, icon="camera")
        self._edit = QuietButton(words("visit.photo_edit"), self.edit)
        self._after = QWidget()
        self._tools = PhotoTools(words)
        self._originals = OriginalsQuestion(context)
        self._said = Small("", wrap=True)
        self._patience = QTimer(self)
        self._build()
        self._connect()
        self._follow()
        self.room.recall()

    def is_there(self) -> bool:
        """Whether there is a photo."""
        return self.room.photo is not None

    def lack(self, *, needed: bool = True) -> str:
        """Why it can't be saved yet, in words; empty where it can."""
        if self._canvas.is_framed():
            return self._words("visit.photo_frame_open")
        return self._words("visit.photo_needed") if needed and not self.is_there() else ""

    async def picture(self) -> Picture | None:
        """The photo as it is to be kept; None while there is none."""
        photo = await self.room.settled()
        return None if photo is None else Picture(photo.file)

    def saved(self) -> None:
        """The photo was saved: its original goes where the technician wants that."""
        if self._origin is not None:
            self._context.spawn(self._let_go(self._origin), "let an original go")
        self._origin = None

    def focus_here(self) -> QWidget:
        """What to press for a photo."""
        return self._other if self.is_there() else self.ways.choose

    def ask(self) -> None:
        """Open the dialog for a file."""
        self.ways.ask()

    def take(self, source: Source) -> None:
        """Take a photo; one that can't be read is said."""
        self._close_camera()
        path = source if isinstance(source, str) else ""
        origin = self.ways.strip.folder.found(path)

        def taken_in() -> None:
            self._origin = origin

        self.room.take(source, taken_in)

    def edit(self) -> None:
        """Give the photo the whole screen, and show what can be done with it."""
        if not self.is_there() or self._canvas.frames:
            return
        parent = self.parentWidget()
        if parent is not None:
            direct = Qt.FindChildOption.FindDirectChildrenOnly
            beside = parent.findChildren(QWidget, options=direct)
            self._now.aside = [w for w in beside if w is not self and not w.isHidden()]
        for widget in self._now.aside:
            widget.hide()
        self._canvas.let_frame(on=True)
        self._canvas.setFocus()

    def back(self) -> bool:
        """Out of the camera or of editing; False where the photo is only shown."""
        if self._now.camera is not None:
            self._close_camera()
            return True
        if not self._canvas.frames:
            return False
        self._canvas.let_frame(on=False)
        for widget in self._now.aside:
            if isValid(widget):
                widget.show()
        self._now.aside = []
        return True

    def _asked(self, how: How) -> None:
        """Do it to the framed part; without one, put a frame first."""
        if how is not How.TURN and not self._canvas.is_framed():
            self._canvas.put_frame(_FRAME[how])
            self._canvas.setFocus()
            return
        self.room.edit(Edit(how, self._canvas.part()))

    def _begun(self) -> None:
        self._patience.start()
        self._follow()

    def _ended(self, came: bool, trouble: str) -> None:  # noqa: FBT001 - Qt's signal
        """Show the photo that came, or say what went wrong."""
        self._patience.stop()
        photo = self.room.photo
        if came and photo is not None:
            self._canvas.show_picture(photo.picture)
            self._now.ways = False
            self._originals.ask_about(self._origin)
        self._follow()
        if came:
            self.changed.emit()
        elif trouble:
            self._said.say(trouble, "blocking")

    async def _let_go(self, origin: Found) -> None:
        if not await self.ways.strip.folder.saved(origin):
            self._context.say(explain(OriginalKept(origin.path), self._words.lang))

    def _another(self) -> None:
        """The other ways in; where there is but the file, at once."""
        if self.ways.are_several():
            self._now.ways = not self._now.ways
            self._follow()
        else:
            self.ask()

    def _open_camera(self) -> None:
        from ui.views.camera_view import CameraView  # noqa: PLC0415 - large, seldom used

        camera = CameraView(self._words)
        camera.shot.connect(self.take)
        camera.closed.connect(self._close_camera)
        self._now.camera = camera
        self._rows.insertWidget(0, camera)
        camera.show()
        self._follow()

    def _close_camera(self) -> None:
        camera, self._now.camera = self._now.camera, None
        if camera is not None:
            camera.hide()
            camera.deleteLater()
            self._follow()

    def _build(self) -> None:
        self._after.setLayout(line(self._other, self._edit))
        self._foot = line(self._after, space=SPACE[2])
        self._foot.addWidget(self._said, 1)
        parts = (self._canvas, self._tools, self.ways, self._originals, self._foot)
        self._rows = column(*parts)
        self._rows.setStretchFactor(self._canvas, 1)
        self.setLayout(self._rows)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)

    def _connect(self) -> None:
        self.room.begun.connect(self._begun)
        self.room.ended.connect(self._ended)
        self._canvas.pressed.connect(self._tapped)
        self._canvas.framed.connect(self._framed)
        self.ways.came.connect(self.take)
        self.ways.camera_wanted.connect(self._open_camera)
        self._tools.asked.connect(self._asked)
        self._tools.undone.connect(self.room.undo)
        self._tools.redone.connect(self.room.redo)
        self._tools.ready.connect(self.back)
        self._patience.timeout.connect(self._say_busy)

    def _say_busy(self) -> None:
        self._said.say(self._words("visit.photo_busy"))

    def _tapped(self) -> None:
        if self.is_there():
            self.edit()
        elif self.room.idle:
            self.ask()

    def _framed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """What can be seen and pressed now, and what is said."""
        room, there, edits = self.room, self.is_there(), self._canvas.frames
        films = self._now.camera is not None
        self._canvas.setVisible(not films)
        self._tools.setVisible(edits and not films)
        self._tools.show_state(idle=room.idle, undoes=room.undoes, redoes=room.redoes)
        self._after.setVisible(there and not edits and not films)
        self.ways.setVisible((not there or self._now.ways) and not edits and not films)
        for part in (self._other, self._edit, self.ways):
            part.setEnabled(room.idle)
        self.setAcceptDrops(room.idle)
        self._said.say(self._words(self._hint()))

    def _hint(self) -> str:
        if self._canvas.frames:
            return "visit.photo_edit_hint"
        return "visit.photo_people" if self.is_there() else "visit.photo_hint"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room the hint stands beside the buttons."""
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wide = self.width() >= _WIDE_PX
        self._foot.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A picture may be dropped here."""
        if has_picture(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first picture that was dropped."""
        if self.ways.take_mime(event.mimeData()):
            event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What was copied elsewhere can be pasted."""
        if event.matches(QKeySequence.StandardKey.Paste) and self.room.idle:
            self.ways.take_clipboard()
            return
        super().keyPressEvent(event)
