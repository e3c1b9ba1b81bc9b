"""A trace in words: what a message means, and the facts of its layers.

In come rows and facts; out come short texts. Rule: the standard's own values stay as they are;
a code without words keeps its name.
"""

from __future__ import annotations

from ui.presenters.trace_rows import TraceRow
from ui.views.language import Words
from ui.views.meter_words import optional


def meaning(words: Words, row: TraceRow) -> str:
    """A message in one line."""
    about = row.about
    if row.kind == "aare":
        about = optional(words, f"trace.aare_{about}", about.replace("_", " "))
    key = f"trace.kind_{row.kind}"
    return words(key, about=about) if words.has(key) else f"{row.kind} {about}"


def fact_name(words: Words, name: str) -> str:
    """The name of a fact of a layer."""
    return optional(words, f"trace.fact_{name}", name)
