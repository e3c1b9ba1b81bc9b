"""A document's parts as strips: each is measured, and can be drawn anywhere on a page.

In come the parts and the width of the page; out come strips from top to bottom. Rule: a strip
is never torn; a heading stays with what it heads, and a table's names are said again on the
next page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from ui.views.document_ink import HEADING, SMALL, TEXT, Figures, Ink, Lines
from ui.views.document_parts import (
    Beside,
    Block,
    Bullets,
    Grid,
    GridRow,
    Heading,
    Leaflet,
    Named,
    Paragraph,
    Picture,
    Pictures,
)
from ui.views.qr import draw

Draw = Callable[[QPainter, float, float], None]
_NAME_SHARE = 0.24
_BULLET, _BULLET_MM = "•", 3.2
_ROW_MM, _GAP_MM = 1.3, 3.2
_PHOTO_MM, _INK_MM = (40.0, 26.0), (56.0, 16.0)
_CODE_MM, _PAD_MM = 27.0, 3.5


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands across the page.

    Attributes:
        draw: called with the painter, and where the strip's left and top are.
        before: room above it, which a strip at the top of a page does without.
        holds: it stays with the strip below.
        again: what is said again above it where it begins a page.
    """

    height: float
    draw: Draw
    before: float = 0.0
    holds: bool = False
    again: Strip | None = None


class Cutter:
    """Makes strips of parts."""

    def __init__(self, ink: Ink, width: float) -> None:
        self._ink = ink
        self._width = width
        self._row, self._gap = ink.mm(_ROW_MM), ink.mm(_GAP_MM)

    def strips(self, blocks: Sequence[Block]) -> list[Strip]:
        """All of them."""
        return [strip for block in blocks for strip in self._cut(block)]

    @singledispatchmethod
    def _cut(self, block: Block) -> Iterator[Strip]:
        raise TypeError(block)

    @_cut.register
    def _heading(self, block: Heading) -> Iterator[Strip]:
        font = self._ink.font(HEADING, strong=True)
        text = self._ink.lines(block.text, font, self._width)
        below = self._ink.mm(1.0)
        colour = self._ink.colours.accent
        made = _written([(0.0, text)], colour, text.height + below)
        yield replace(made, before=self._gap, holds=True)

    @_cut.register
    def _paragraph(self, block: Paragraph) -> Iterator[Strip]:
        font = self._ink.font(SMALL if block.small else TEXT)
        text = self._ink.lines(block.text, font, self._width)
        colours = self._ink.colours
        made = _written([(0.0, text)], colours.muted if block.small else colours.text)
        yield replace(made, before=self._row)

    @_cut.register
    def _bullets(self, block: Bullets) -> Iterator[Strip]:
        left, font = self._ink.mm(_BULLET_MM), self._ink.font(TEXT)
        colour = self._ink.colours.text
        for item in block.items:
            dot = self._ink.lines(_BULLET, font, left)
            text = self._ink.lines(item, font, self._width - left)
            yield replace(_written([(0.0, dot), (left, text)], colour), before=self._row)

    @_cut.register
    def _beside(self, block: Beside) -> Iterator[Strip]:
        room = self._width - 2 * self._gap
        left = Cutter(self._ink, room * block.share).strips(block.left)
        right = Cutter(self._ink, room * (1 - block.share)).strips(block.right)
        across = room * block.share + 2 * self._gap
        sides = ((0.0, left), (across, right))

        def paint(painter: QPainter, x: float, y: float) -> None:
            for offset, strips in sides:
                top = y
                for at, strip in enumerate(strips):
                    top += strip.before if at else 0.0
                    strip.draw(painter, x + offset, top)
                    top += strip.height

        height = max(_stacked(left), _stacked(right))
        before = max((side[0].before for side in (left, right) if side), default=0.0)
        yield Strip(height, paint, before=before)

    @_cut.register
    def _named(self, block: Named) -> Iterator[Strip]:
        left = self._width * _NAME_SHARE
        colours = self._ink.colours
        for name, value in block.rows:
            names = self._ink.lines(name, self._ink.font(TEXT), left - self._gap)
            values = self._ink.lines(value, self._ink.font(TEXT), self._width - left)
            yield replace(
                _over(
                    _written([(0.0, names)], colours.muted),
                    _written([(left, values)], colours.text),
                ),
                before=self._row,
            )

    @_cut.register
    def _grid(self, block: Grid) -> Iterator[Strip]:
        head = self._grid_head(block) if block.head else None
        if head is not None:
            yield replace(head, holds=True)
        for row in block.rows:
            if row.heads:
                yield replace(self._group(row), holds=True, again=head)
            else:
                yield replace(self._grid_row(block, row), again=head)

    @_cut.register
    def _pictures(self, block: Pictures) -> Iterator[Strip]:
        width, height = (self._ink.mm(side) for side in (_INK_MM if block.ink else _PHOTO_MM))
        if not block.ink and self._width < 2 * width + self._gap:
            height *= (self._width - self._gap) / 2 / width
            width = (self._width - self._gap) / 2
        most = max(1, int((self._width + self._gap) / (width + self._gap)))
        for first in range(0, len(block.pictures), most):
            row = block.pictures[first : first + most]
            yield self._picture_row(row, QSizeF(width, height), ink=block.ink)

    @_cut.register
    def _leaflet(self, block: Leaflet) -> Iterator[Strip]:
        ink, pad, code = self._ink, self._ink.mm(_PAD_MM), self._ink.mm(_CODE_MM)
        room = self._width - code - 3 * pad
        title = ink.lines(block.title, ink.font(HEADING, strong=True), room)
        answers = self._two_columns(block.answers, room, pad)
        address = ink.lines(block.address, ink.font(SMALL), code)
        text = title.height + answers.height + self._row
        height = max(text, code + address.height) + 2 * pad

        def paint(painter: QPainter, x: float, y: float) -> None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ink.colours.accent_soft))
            corner = ink.mm(1.5)
            painter.drawRoundedRect(QRectF(x, y, self._width, height), corner, corner)
            title.draw(painter, QPointF(x + pad, y + pad), ink.colours.accent)
            answers.draw(painter, x + pad, y + pad + title.height + self._row)
            left = x + self._width - pad - code
            draw(painter, block.code, QRectF(left, y + pad, code, code))
            address.draw(painter, QPointF(left, y + pad + code), ink.colours.text)

        yield Strip(height, paint, before=self._gap * 1.4)

    def _two_columns(
        self, answers: Sequence[tuple[str, str]], room: float, gap: float
    ) -> Strip:
        """Questions and answers beside each other, read down the left column first."""
        column = (room - gap) / 2
        made = [self._answer(question, text, column) for question, text in answers]
        half = _even_halves([answer.height for answer in made])
        sides = (made[:half], made[half:])

        def paint(painter: QPainter, x: float, y: float) -> None:
            for place, side in enumerate(sides):
                top = y
                for answer in side:
                    answer.draw(painter, x + place * (column + gap), top)
                    top += answer.height

        return Strip(max(sum(a.height for a in side) for side in sides), paint)

    def _answer(self, question: str, text: str, width: float) -> Strip:
        ink = self._ink
        asked = ink.lines(question, ink.font(SMALL, strong=True), width)
        told = ink.lines(text, ink.font(SMALL), width)

        def paint(painter: QPainter, x: float, y: float) -> None:
            asked.draw(painter, QPointF(x, y), ink.colours.text)
            told.draw(painter, QPointF(x, y + asked.height), ink.colours.text)

        return Strip(asked.height + told.height + self._row, paint)

    def _grid_head(self, block: Grid) -> Strip:
        font = self._ink.font(SMALL, strong=True)
        cells = [self._ink.lines(text, font, room) for text, room in self._rooms(block)]
        strip = self._in_columns(block, cells, self._ink.colours.muted)
        return replace(strip, before=self._row)

    def _group(self, row: GridRow) -> Strip:
        """What the rows below have in common: strong, and what explains it small."""
        ink = self._ink
        name = ink.lines(row.cells[0], ink.font(TEXT, strong=True), self._width)
        more = ink.lines(" ".join(row.cells[1:]), ink.font(SMALL), self._width)

        def paint(painter: QPainter, x: float, y: float) -> None:
            name.draw(painter, QPointF(x, y), ink.colours.text)
            more.draw(painter, QPointF(x, y + name.height), ink.colours.muted)

        height = name.height + (more.height if len(row.cells) > 1 else 0)
        return Strip(height + self._row / 2, paint, before=self._row * 1.2)

    def _grid_row(self, block: Grid, row: GridRow) -> Strip:
        font = self._ink.font(SMALL if block.small else TEXT)
        cells: list[Lines | Figures] = []
        for at, (_, room) in enumerate(self._rooms(block)):
            even = self._ink.figures(row.cells[at], font) if at in block.figures else None
            fits = even is not None and even.width <= room
            wrapped = self._ink.lines(row.cells[at], font, room)
            cells.append(even if even is not None and fits else wrapped)
        strip = self._in_columns(block, cells, self._ink.colours.text)

        def paint(painter: QPainter, x: float, y: float) -> None:
            place = QRectF(x, y, self._width, 0)
            self._ink.rule(painter, place, self._ink.colours.line)
            strip.draw(painter, x, y + self._row / 2)

        return Strip(strip.height + self._row, paint)

    def _in_columns(self, block: Grid, cells: Sequence[Lines | Figures], colour: str) -> Strip:
        placed: list[tuple[float, Lines | Figures]] = []
        left = 0.0
        for at, (cell, (_, room)) in enumerate(zip(cells, self._rooms(block), strict=True)):
            indent = 0.0
            if isinstance(cell, Figures) and at in block.right:
                indent = room - cell.width
            placed.append((left + indent, cell))
            left += room + self._gap
        return _written(placed, colour)

    def _rooms(self, block: Grid) -> list[tuple[str, float]]:
        """Each column's name and width, the gap beside it taken off."""
        names = block.head or ("",) * len(block.shares)
        whole = self._width - self._gap * (len(block.shares) - 1)
        total = sum(block.shares)
        return [
            (name, whole * share / total)
            for name, share in zip(names, block.shares, strict=True)
        ]

    def _picture_row(self, pictures: Sequence[Picture], size: QSizeF, *, ink: bool) -> Strip:
        width, height = size.width(), size.height()
        shown = [(QImage.fromData(one.content), one.caption) for one in pictures]
        font, colours = self._ink.font(SMALL), self._ink.colours
        captions = [self._ink.lines(caption, font, width) for _, caption in shown]
        below = max(caption.height for caption in captions)

        def paint(painter: QPainter, x: float, y: float) -> None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for (image, _), caption in zip(shown, captions, strict=True):
                painter.drawImage(_inside(image, QRectF(x, y, width, height)), image)
                if ink:
                    place = QRectF(x, y + height, width, 0)
                    self._ink.rule(painter, place, colours.muted)
                at = QPointF(x, y + height + self._row / 2)
                caption.draw(painter, at, colours.muted)
                x += width + self._gap

        return Strip(height + below + self._row, paint, before=self._row)


def _written(
    cells: Sequence[tuple[float, Lines | Figures]], colour: str, height: float = 0.0
) -> Strip:
    """Text at these distances from the left."""

    def paint(painter: QPainter, x: float, y: float) -> None:
        for left, cell in cells:
            cell.draw(painter, QPointF(x + left, y), colour)

    return Strip(max(height, *(cell.height for _, cell in cells)), paint)


def _over(one: Strip, other: Strip) -> Strip:
    def paint(painter: QPainter, x: float, y: float) -> None:
        one.draw(painter, x, y)
        other.draw(painter, x, y)

    return Strip(max(one.height, other.height), paint)


def _stacked(strips: Sequence[Strip]) -> float:
    """The height of strips below each other, the room above the first left out."""
    return sum(strip.height + (strip.before if at else 0) for at, strip in enumerate(strips))


def _inside(image: QImage, place: QRectF) -> QRectF:
    """Where a picture lies, whole, in the upper left of its place."""
    size = image.size().toSizeF()
    size.scale(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRectF(place.topLeft(), size)


def _even_halves(heights: Sequence[float]) -> int:
    """How many stand in the first of two columns, so that the higher one is lowest."""
    splits = range(1, len(heights))
    return min(splits, key=lambda at: max(sum(heights[:at]), sum(heights[at:])), default=0)
