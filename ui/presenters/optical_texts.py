"""The texts of a meter: whether they may be written, the question before, the proof after.

In come what was read and the errand of now; out come a question, or a code that says why not.
Rule: the location gets the code that the office gave for this connection and nothing else; a
message comes from a template.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fieldapp.domain.meter_text import check_location_code
from fieldapp.errors import TextRefused
from fieldapp.work.meter_texts import HeldText
from fieldapp.work.upkeep import message_templates, message_text
from hardware.drivers.optical_proofs import TextProof
from ui.presenters.bench import ErrandCard
from ui.presenters.optical_deeds import Deed, DeedProof, Question, may
from ui.presenters.optical_reading import OpticalReading

NO_MESSAGE = "none"
"""The template that takes the message away."""


@dataclass(frozen=True, slots=True)
class TextOffer:
    """What may be written into a text of the meter.

    Attributes:
        held: what stands there now.
        question: to be put before it is written; None where it may not be.
        why_not: a code: `purpose`, `no_visit`, `no_code`, `code_name` (or `address`, `ean`,
            `no_code`: what it looks like), `no_object`, `no_access`, `refused`, `holds`.
    """

    held: HeldText
    question: Question | None = None
    why_not: str = ""


def templates() -> tuple[str, ...]:
    """The messages that there are, the one that takes it away behind the others."""
    return tuple(sorted(message_templates(), key=NO_MESSAGE.__eq__))


def location_offer(errand: ErrandCard, reading: OpticalReading) -> TextOffer:
    """Writing the office's code for where the meter hangs."""
    held, code = reading.location, errand.location.strip()
    why = _why_no_location(errand, code) or _why_not(Deed.LOCATION, errand, held, code)
    if why:
        return TextOffer(held, why_not=why)
    return TextOffer(held, Question(Deed.LOCATION, held=held.text, text=code))


def message_offer(
    errand: ErrandCard, reading: OpticalReading, template: str, lang: str
) -> TextOffer:
    """Writing this message, in this language, for the consumer."""
    held, text = reading.message, message_text(template, lang)
    why = _why_not(Deed.MESSAGE, errand, held, text)
    if why:
        return TextOffer(held, why_not=why)
    question = Question(Deed.MESSAGE, held=held.text, text=text, template=template, lang=lang)
    return TextOffer(held, question)


def text_proof(deed: Deed, proof: TextProof, at: datetime) -> DeedProof:
    """A text, written."""
    return DeedProof(deed, at, proof.holds, held=proof.before, text=proof.after)


def with_text(reading: OpticalReading, deed: Deed, proof: TextProof) -> OpticalReading:
    """The reading, with the text as it is now."""
    now = HeldText(proof.after)
    if deed is Deed.LOCATION:
        return replace(reading, location=now)
    return replace(reading, message=now)


def _why_no_location(errand: ErrandCard, code: str) -> str:
    if not errand.visit:
        return "no_visit"
    if not code:
        return "no_code"
    try:
        check_location_code(code)
    except TextRefused as e:
        return f"code_{e.looks}"
    return ""


def _why_not(deed: Deed, errand: ErrandCard, held: HeldText, text: str) -> str:
    if not may(errand, deed):
        return "purpose"
    if held.lacks:
        return held.lacks.value
    return "holds" if held.text == text else ""
