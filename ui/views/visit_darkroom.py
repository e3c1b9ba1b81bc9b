"""One photo on its way to be kept: taken, edited back and forth, kept as a draft meanwhile.

In come a file or pixels and edits; out come the photo as it is now and the codes in it. The
worker does what takes long, one thing at a time. Rule: a photo is a draft in the store as soon
as it is there, as it was edited last; a photo that is asked for while it is being edited is the
edited one. Every edit begins at the photo as it was taken, so that it can be undone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.messages import Message, sentence
from ui.views.page import Context
from ui.views.visit_barcodes import codes_in, codes_of
from ui.views.visit_photo_ways import Source
from ui.views.visit_pictures import Edit, Photo, Pixels, edited, pasted, reopened, taken

Job = Callable[[], Awaitable[Photo | None]]


@dataclass(frozen=True, slots=True)
class PhotoDraft:
    """Where a chosen photo is kept until it is saved."""

    load: Callable[[], Awaitable[bytes]]
    keep: Callable[[bytes], Awaitable[Message | None]]


class Darkroom(QObject):
    """Holds one photo, or none yet.

    Attributes:
        photo: as it was edited last.
        codes: the texts of the bar codes in it; `read` tells when they are others.
        reads_codes: whether they are wanted.
    """

    begun = Signal()
    ended = Signal(bool, str)
    """Whether another photo is there, else what went wrong in words, or nothing."""
    read = Signal()

    def __init__(self, parent: QObject, context: Context, draft: PhotoDraft | None) -> None:
        super().__init__(parent)
        self._context = context
        self._worker = context.desk.tasks.worker
        self._draft = draft
        self._original: Pixels | None = None
        self._edits: tuple[Edit, ...] = ()
        self._undone: tuple[Edit, ...] = ()
        self._jobs = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._in_turn = asyncio.Lock()
        self.photo: Photo | None = None
        self.codes: tuple[str, ...] = ()
        self.reads_codes = False

    @property
    def idle(self) -> bool:
        """Whether nothing is being done."""
        return self._idle.is_set()

    @property
    def undoes(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._edits)

    @property
    def redoes(self) -> bool:
        """Whether an edit was taken back since the last one."""
        return bool(self._undone)

    async def settled(self) -> Photo | None:
        """The photo once all that was begun has ended."""
        await self._idle.wait()
        return self.photo

    def recall(self) -> None:
        """Bring back the photo that was chosen before; nothing is said where there is none."""
        if self._draft is not None:
            draft = self._draft
            self._do(lambda: self._recalled(draft), "")

    def take(self, source: Source, taken_in: Callable[[], None]) -> None:
        """Take another photo; `taken_in` is called once it was one."""
        self._do(lambda: self._taken(source, taken_in), "visit.photo_unreadable")

    def edit(self, edit: Edit) -> None:
        """Do this to it."""
        self._develop((*self._edits, edit), ())

    def undo(self) -> None:
        """Take the last edit back."""
        if self._edits:
            self._develop(self._edits[:-1], (*self._undone, self._edits[-1]))

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._undone:
            self._develop((*self._edits, self._undone[-1]), self._undone[:-1])

    async def _recalled(self, draft: PhotoDraft) -> Photo | None:
        file = await draft.load()
        photo = await self._worker.run(reopened, file) if file else None
        if photo is not None:
            self._begin(photo, photo.picture)
        return photo

    async def _taken(self, source: Source, taken_in: Callable[[], None]) -> Photo | None:
        if isinstance(source, str):
            photo = await self._worker.run(taken, source)
        else:
            photo = await self._worker.run(pasted, source)
        if photo is not None:
            self._begin(photo, source)
            taken_in()
            await self._keep(photo)
        return photo

    def _begin(self, photo: Photo, source: Source) -> None:
        self._original = photo.picture
        self._edits = self._undone = ()
        self.codes = ()
        if self.reads_codes:
            self.read.emit()
            self._context.spawn(self._read(source, photo.picture), "read codes")

    def _develop(self, edits: tuple[Edit, ...], undone: tuple[Edit, ...]) -> None:
        original = self._original
        if original is None:
            return

        async def job() -> Photo | None:
            photo = await self._worker.run(edited, original, edits)
            self._edits, self._undone = edits, undone
            await self._keep(photo)
            return photo

        self._do(job, "visit.photo_unreadable")

    async def _keep(self, photo: Photo) -> None:
        problem = await self._draft.keep(photo.file) if self._draft is not None else None
        if problem is not None:
            self._context.say(problem)

    def _do(self, job: Job, trouble: str) -> None:
        """Begin something, after what was begun before."""
        self._jobs += 1
        self._idle.clear()
        self.begun.emit()
        said = self._context.words(trouble) if trouble else ""
        self._context.spawn(self._done(job, said), "photo")

    async def _done(self, job: Job, trouble: str) -> None:
        photo = None
        try:
            async with self._in_turn:
                photo = await job()
        except WorkerGone as e:
            trouble = sentence(e, self._context.words.lang)
        finally:
            self.photo = photo or self.photo
            self._jobs -= 1
            if not self._jobs:
                self._idle.set()
            if isValid(self):
                self.ended.emit(photo is not None, trouble)

    async def _read(self, source: Source, of: Pixels) -> None:
        try:
            if isinstance(source, str):
                codes = await self._worker.run(codes_in, source)
            else:
                codes = await self._worker.run(codes_of, source)
        except WorkerGone:
            return  # the photo is there all the same; the number can be typed
        if isValid(self) and of is self._original:
            self.codes = codes
            self.read.emit()
