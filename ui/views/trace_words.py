"""A trace in words: what a message means, and the facts of its layers.

In come rows and facts; out come short texts. Rule: the standard's own values stay as they are;
a code without words keeps its name.
"""

from __future__ import annotations

import re

from ui.presenters.trace_rows import TraceRow
from ui.views.language import Words
from ui.views.meter_words import optional
from ui.views.p1_words import name_of

_NAME, _RESULT = "name", "result"
_NAMELESS = "-"
_RUN = re.compile(r"\S{16}(?=\S{8})")
_MAY_BREAK = "\u200b"


def meaning(words: Words, row: TraceRow) -> str:
    """A message in one line; the first thing that it is about by its name too."""
    said = row.opened or row
    kind, about = said.kind, said.about
    if kind == "get_response" and not about:
        about = words("trace.nothing")
    if kind == "aare":
        about = optional(words, f"trace.aare_{about}", about.replace("_", " "))
    about = result_of(words, about)
    facts = (fact for layer in said.layers for fact in layer.facts)
    name = next((value for key, value in facts if key == _NAME), _NAMELESS)
    if name != _NAMELESS and kind == "p1_line":
        code, _, values = about.partition(" ")
        about = f"{code} {name_of(words, name)} {values}"
    elif name != _NAMELESS:
        about = f"{about} · {name_of(words, name)}"
    key = f"trace.kind_{kind}"
    return words(key, about=about) if words.has(key) else f"{kind} {about}"


def fact_name(words: Words, name: str) -> str:
    """The name of a fact of a layer."""
    return optional(words, f"trace.fact_{name}", name)


def fact_value(words: Words, name: str, value: str) -> str:
    """The value of a fact: names of the catalogues and results in words, all else as it is."""
    if name == _NAME and value != _NAMELESS:
        return name_of(words, value)
    return result_of(words, value) if name == _RESULT else value


def result_of(words: Words, name: str) -> str:
    """The standard's name of a result in plain words."""
    return optional(words, f"trace.result.{name}", name)


def breakable(text: str) -> str:
    """The same to the eye; a long run without a space may go on at the next line."""
    return _RUN.sub(lambda found: f"{found[0]}{_MAY_BREAK}", text)


def unread(words: Words, text: str) -> str:
    """What was not read and why, as the driver tells it: `power_by_client_l3: other-reason`."""
    name, _, why = text.partition(": ")
    told = name_of(words, name.replace(" log", "_log"))
    return f"{told}: {result_of(words, why)}" if why else told
