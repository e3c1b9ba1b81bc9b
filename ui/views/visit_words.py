"""The visit in words: steps, needs, registers and buttons, as a technician reads them.

In come codes of the page; out come short texts in the language now spoken. Rule: the
domain's codes keep their words in `ui.messages`; what only this page says is in `visit.toml`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from fieldapp.domain.work_order import Connection, MeterRegister
from ui.presenters.visit_page import NeedRow, Primary, VisitPage
from ui.views.language import Words

_CAPACITY = re.compile(r"([13])x([0-9]+) ?A")
_SLOTS = {"not_done_": "not_done", "waived_": "about"}
_UNITS = {"m3": "m³"}


def capital(text: str) -> str:
    """The first letter as a capital."""
    return text[:1].upper() + text[1:]


def inside(text: str) -> str:
    """As it stands within a sentence: names of phases and abbreviations keep their capitals."""
    named = text[1:2].isupper() or text[1:2].isdigit()
    return text if named else text[:1].lower() + text[1:]


def step_name(words: Words, code: str) -> str:
    """A step as a heading."""
    return capital(words.code("steps", code))


def need_name(words: Words, row: NeedRow) -> str:
    """A need as a short line: what it is about, else what it is."""
    own = f"visit.need.{row.code.replace(':', '.')}"
    if words.has(own):
        return words(own)
    return capital(words.code("about" if row.about else "needs", row.about or row.need))


def primary_name(words: Words, primary: Primary) -> str:
    """What the primary button will do."""
    own = f"visit.button.{primary.action}"
    return words(own) if words.has(own) else capital(words.code("actions", primary.action))


def unit_of(unit: str) -> str:
    """A unit as it is written: `m³`."""
    return _UNITS.get(unit, unit)


def amount(words: Words, value: Decimal, unit: str = "") -> str:
    """A quantity with its unit."""
    return words.number(value, unit_of(unit))


def obis_number(obis: str) -> str:
    """`1-0:1.8.1` as it stands on the display: `1.8.1`."""
    return obis.partition(":")[2] or obis


def register_name(words: Words, register: MeterRegister) -> str:
    """`laag`, `terug normaal`, `gas`: what a register counts, beside its number."""
    if register.unit == "m3":
        return words("visit.register_gas")
    fed_in = obis_number(register.obis).startswith("2.")
    tariff = words(f"visit.tariff_{register.tariff or 'none'}")
    return words("visit.register_back", tariff=tariff).strip() if fed_in else tariff


def ean_groups(ean: str) -> str:
    """An EAN in groups of four, as people read it aloud."""
    return "\u00a0".join(ean[i : i + 4] for i in range(0, len(ean), 4))


def capacity_line(connection: Connection) -> str:
    """`3x25A` as it is written, with a sign and a blank; a G-value stays as it is."""
    found = _CAPACITY.fullmatch(connection.capacity)
    return f"{found[1]}\u00d7{found[2]}\u00a0A" if found else connection.capacity


def place_line(page: VisitPage) -> str:
    """`Kerkpad 12, Naaldwijk`."""
    at = page.address
    return f"{at.street} {at.number}, {at.place}" if at else page.number


def kind_line(words: Words, page: VisitPage) -> str:
    """`Plaatsing E+G`, `Storing`."""
    kind = capital(words.code("kinds", page.kind))
    return f"{kind} {page.variant}" if page.kind == "placement" else kind


def state_line(words: Words, page: VisitPage) -> str:
    """`bezig sinds 10:41`."""
    state = words.code("states", page.state)
    if page.since is None:
        return state
    own = f"visit.state_since_{page.state}"
    key = own if words.has(own) else "visit.state_since"
    key = "visit.state_at" if page.state.final else key
    return words(key, state=state, time=words.time(page.since))


def choice_name(words: Words, preference: object) -> str:
    """`uitlezing uit`."""
    return words.code("preferences", preference)


def slot_name(words: Words, slot: str) -> str:
    """What a file of the visit is or shows: a photo's subject, the signature, the report."""
    if words.has(f"documents.slot.{slot}"):
        return words(f"documents.slot.{slot}")
    if slot.startswith("reading_"):
        return words("visit.slot_reading")
    for start, family in _SLOTS.items():
        if slot.startswith(start):
            return words.code(family, slot.removeprefix(start))
    return words.code("about", slot)
