"""The customer's leaflet: what was read, why, how long it is kept, the free choice, complaints.

In comes what the customer is told of a visit; out come questions with answers, the same on
paper and in the customer view. Rule: what was read is what this visit really read; no period or
article of a law stands here that the operator has not set (trade.md "The office").
"""

from __future__ import annotations

from fieldapp.domain.report import Report
from ui.views.document_parts import Leaflet
from ui.views.language import Words
from ui.views.qr import modules
from ui.views.visit_words import capital

_FRONT = "front"


def leaflet_of(words: Words, report: Report) -> Leaflet:
    """The leaflet of a visit."""
    address = words("documents.leaflet.address")
    return Leaflet(
        title=words("documents.leaflet.title"),
        answers=tuple(
            (words(f"documents.leaflet.{name}"), text)
            for name, text in (
                ("read", _read(words, report)),
                ("why", words(f"documents.leaflet.why_{report.kind}")),
                ("kept", words("documents.leaflet.kept_text")),
                ("free", words("documents.leaflet.free_text")),
                ("complain", words("documents.leaflet.complain_text")),
            )
        ),
        address=words("documents.leaflet.address_text"),
        code=modules(address),
    )


def _read(words: Words, report: Report) -> str:
    if _FRONT in report.read:
        return words("documents.leaflet.read_front")
    read = ", ".join(words(f"documents.reads.{code}") for code in report.read)
    return words("documents.leaflet.read_all", all=capital(read))
