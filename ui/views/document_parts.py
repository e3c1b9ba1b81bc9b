"""A document in words, ready to be drawn: plain values, no Qt.

Out of these, `document_pdf` makes pages. Rule: what stands here is what is read on paper; a
part without content is not there at all.
"""

from __future__ import annotations

from dataclasses import dataclass

Modules = tuple[tuple[bool, ...], ...]
"""A QR code: rows from the top, true is dark."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; small where it only explains."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Points, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Names at the left, what is so at the right."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of cells; one that `heads` names those that follow, its second cell explains."""

    cells: tuple[str, ...]
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        head: the columns' names; empty for a table without.
        shares: each column's share of the width.
        figures: the columns with figures of one width; `right` those that end at the right.
        small: its cells are written small.
    """

    head: tuple[str, ...]
    rows: tuple[GridRow, ...]
    shares: tuple[float, ...]
    figures: frozenset[int] = frozenset()
    right: frozenset[int] = frozenset()
    small: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as a file's content, and what it shows."""

    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photos beside each other; ink: a signature, which needs less height and a line."""

    pictures: tuple[Picture, ...]
    ink: bool = False


@dataclass(frozen=True, slots=True)
class Leaflet:
    """Questions and answers in a box, and an address that can be scanned."""

    title: str
    answers: tuple[tuple[str, str], ...]
    address: str
    code: Modules


@dataclass(frozen=True, slots=True)
class Beside:
    """Parts beside other parts, on one page; `share` is the left ones' part of the width."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    share: float = 0.5


Block = Heading | Paragraph | Bullets | Named | Grid | Pictures | Leaflet | Beside


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document.

    Attributes:
        number: the visit's; the only thing about it that its properties tell.
        beside: lines at the right of the title: for whom.
        page: the words of a page's foot, with `{n}` and `{all}`.
        one_page: drawn smaller, as far as it can still be read, where that saves a page.
    """

    title: str
    number: str
    line: str
    beside: tuple[str, ...]
    blocks: tuple[Block, ...]
    page: str
    one_page: bool = False
