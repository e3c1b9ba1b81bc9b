"""A place for one photo: chosen from a file or dropped, cut and made unreadable where needed.

In comes a file; out comes a `Picture` for an intent. Rule: nothing is kept by this box; the
dialog is opened, never executed; people and a neighbour's meter can be wiped before saving.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from ui.presenters.visit import Picture
from ui.views import icons, theme
from ui.views.language import Words
from ui.views.visit_pictures import cropped, jpeg, load, unreadable
from ui.views.widgets import QuietButton, SecondaryButton, Small, column, line

_LEAST_MARK_PX = 12


class _Canvas(QWidget):
    """The photo, or an empty place that says what to do; dragging marks a part of it."""

    marked = Signal()
    pressed = Signal()

    def __init__(self, invitation: str) -> None:
        super().__init__()
        self.image: QImage | None = None
        self._invitation = invitation
        self._from: QPointF | None = None
        self._mark = QRectF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setAccessibleName(invitation)

    def show_image(self, image: QImage | None) -> None:
        """Show a photo, or none; no part is marked."""
        self.image = image
        self._mark = QRectF()
        self.update()
        self.marked.emit()

    def mark(self) -> QRect:
        """The marked part, in the photo's own pixels; empty where none is."""
        if self.image is None or self._mark.isEmpty():
            return QRect()
        frame = self._frame()
        scale = self.image.width() / frame.width()
        mine = self._mark.translated(-frame.topLeft())
        return QRectF(mine.topLeft() * scale, mine.size() * scale).toRect()

    def _frame(self) -> QRectF:
        size = self.image.size() if self.image is not None else QSize(4, 3)
        fit = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - fit.width()) / 2, (self.height() - fit.height()) / 2
        return QRectF(left, top, fit.width(), fit.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark."""
        self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark what lies between."""
        if self._from is not None and self.image is not None:
            marked = QRectF(self._from, event.position()).normalized()
            self._mark = marked.intersected(self._frame())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the empty place chooses; a drag on the photo marks."""
        del event
        self._from = None
        if self.image is None:
            self.pressed.emit()
        elif min(self._mark.width(), self._mark.height()) < _LEAST_MARK_PX:
            self._mark = QRectF()
        self.update()
        self.marked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The photo with its mark, or the invitation."""
        del event
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self.image is None:
            self._paint_empty(painter)
        else:
            painter.drawImage(self._frame(), self.image)
            self._paint_mark(painter)
        painter.end()

    def _paint_mark(self, painter: QPainter) -> None:
        if not self._mark.isEmpty():
            accent = QColor(theme.current().accent)
            painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
            accent.setAlpha(50)
            painter.fillRect(self._mark, accent)
            painter.drawRect(self._mark)

    def _paint_empty(self, painter: QPainter) -> None:
        tokens = theme.current()
        pen = QPen(QColor(tokens.line), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(tokens.ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        camera = icons.pixmap("camera", tokens.muted, 28)
        middle = self.rect().center()
        painter.drawPixmap(middle.x() - 14, middle.y() - 30, camera)
        painter.setPen(QColor(tokens.muted))
        painter.setFont(theme.font(theme.TYPE[1]))
        below = self.rect().adjusted(8, middle.y() + 4, -8, 0)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(below, int(top | Qt.TextFlag.TextWordWrap), self._invitation)


class PhotoBox(QWidget):
    """A photo and what can be done with it; `changed` when another one is there."""

    changed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._original: QImage | None = None
        self._canvas = _Canvas(words("visit.photo_invite"))
        self._canvas.pressed.connect(self.ask)
        self._canvas.marked.connect(self._tools_follow)
        self.choose = SecondaryButton(words("visit.photo_choose"), self.ask, icon="camera")
        self._wipe = QuietButton(words("visit.photo_wipe"), self._unreadable, icon="eye")
        self._crop = QuietButton(words("visit.photo_crop"), self._cut)
        self._undo = QuietButton(words("visit.photo_undo"), self._again, icon="undo-2")
        self._said = Small("", wrap=True)
        tools = line(self.choose, self._wipe, self._crop, self._undo)
        tools.addStretch(1)
        self.setLayout(column(self._canvas, tools, self._said))
        self.setAcceptDrops(True)
        self._tools_follow()

    def is_there(self) -> bool:
        """Whether there is a photo; told without making a file of it."""
        return self._canvas.image is not None

    def picture(self) -> Picture | None:
        """The photo as it is to be kept; None while there is none."""
        image = self._canvas.image
        return None if image is None else Picture(jpeg(image))

    def ask(self) -> None:
        """Open the dialog for a file."""
        dialog = QFileDialog(self, self._words("visit.photo_choose"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self._words("visit.photo_files") + " (*.jpg *.jpeg *.png)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, path: str) -> None:
        """Take the photo in a file; one that can't be read is said."""
        image = load(path)
        if image is None:
            self._said.say(self._words("visit.photo_unreadable"), "blocking")
            return
        self._original = image
        self._show(image)

    def _show(self, image: QImage) -> None:
        self._canvas.show_image(image)
        self.choose.say(self._words("visit.photo_other"))
        self.changed.emit()

    def _unreadable(self) -> None:
        if self._canvas.image is not None:
            self._show(unreadable(self._canvas.image, self._canvas.mark()))

    def _cut(self) -> None:
        if self._canvas.image is not None:
            self._show(cropped(self._canvas.image, self._canvas.mark()))

    def _again(self) -> None:
        if self._original is not None:
            self._show(self._original)

    def _tools_follow(self) -> None:
        there = self._canvas.image is not None
        marked = not self._canvas.mark().isEmpty()
        changed = there and self._canvas.image is not self._original
        for tool, shown in ((self._wipe, marked), (self._crop, marked), (self._undo, changed)):
            tool.setVisible(shown)
        hint = "visit.photo_people" if there else "visit.photo_hint"
        self._said.say(self._words(hint))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may be dropped here."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first file that was dropped."""
        urls = event.mimeData().urls()
        if urls:
            self.take(urls[0].toLocalFile())
            event.acceptProposedAction()
