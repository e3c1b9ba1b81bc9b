"""What a fact holds, in words: every field of every kind, every code, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayVisit
from fieldapp.domain.pending import CODES
from fieldapp.domain.status import VisitState
from ui.views import fact_words
from ui.views.language import Words

AT = datetime(2026, 11, 23, 9, 31, tzinfo=UTC)
KINDS: tuple[type[f.Fact], ...] = get_args(f.AnyFact)


def every_value(kind: Any) -> Iterator[Any]:
    """Values of a field's type, each different member of a code among them."""
    if isinstance(kind, msgspec.inspect.EnumType):
        yield from kind.cls
        return
    made: dict[type, Any] = {
        msgspec.inspect.StrType: "tekst",
        msgspec.inspect.IntType: 2,
        msgspec.inspect.BoolType: True,
        msgspec.inspect.DecimalType: Decimal("4.20"),
        msgspec.inspect.DateTimeType: AT,
        msgspec.inspect.DateType: AT.date(),
        msgspec.inspect.AnyType: "tekst",
    }
    match kind:
        case msgspec.inspect.UnionType():
            parts = [one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)]
            yield from every_value(parts[0])
        case msgspec.inspect.StructType():
            yield a_struct(kind.cls)
        case msgspec.inspect.DictType():
            yield {"E": next(every_value(kind.value_type))}
        case msgspec.inspect.VarTupleType():
            yield (next(every_value(kind.item_type)),)
        case _:
            yield made[type(kind)]


def a_struct(kind: type) -> Any:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    values = {one.name: next(every_value(one.type)) for one in info.fields}
    return kind(**values)


def variants(kind: type[f.Fact]) -> Iterator[f.AnyFact]:
    """Facts of a kind with each field filled, in turn with each of its codes."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    whole: Any = a_struct(kind)
    yield whole
    for one in info.fields:
        for value in every_value(one.type):
            if isinstance(value, Enum):
                yield msgspec.structs.replace(whole, **{one.name: value})


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__struct_config__.tag)
def test_every_field_of_every_kind_has_words(kind: type[f.Fact], lang: str) -> None:
    words = Words(lang, strict=True)
    tag = str(kind.__struct_config__.tag)
    named = [one.name for one in msgspec.structs.fields(kind) if one.name not in {"at", "step"}]
    for name in named:
        keys = (f"facts.field.{tag}.{name}", f"facts.field.{name}")
        assert any(words.has(key) for key in keys), (tag, name)
    for fact in variants(kind):
        found = fact_words.parts(words, fact)
        assert len(found) == len(named)
        for name, (told_as, value) in zip(named, found, strict=True):
            assert "_" not in told_as + value, (tag, name, value)
            assert "=" not in value, (tag, name, value)
            code = getattr(fact, name)
            if isinstance(code, Enum) and lang == "nl":
                assert value != code.value, (tag, name, value)


def told(fact: f.AnyFact, lang: str = "nl") -> dict[str, str]:
    return dict(fact_words.parts(Words(lang, strict=True), fact))


def test_codes_are_told_as_people_say_them() -> None:
    reading = f.ReadingTaken(
        at=AT,
        moment="final",
        ean="871687110000000011",
        meter="E1",
        obis="1-0:1.8.1",
        digits="004213",
        value=Decimal("4213"),
        unit="kWh",
        settlement=Decimal("4213"),
        channel=f.Channel.DISPLAY,
        doubt="ran_backwards",
    )
    assert told(reading) == {
        "moment": "eindstand",
        "EAN": "871687110000000011",
        "meter": "E1",
        "telwerk": "1.8.1",
        "afgelezen cijfers": "004213",
        "waarde": "4\u202f213\u00a0kWh",
        "eenheid": "kWh",
        "telt mee als": "4\u202f213\u00a0kWh",
        "langs welke weg": "van het telwerk",
        "herkomst": "gemeten",
        "twijfel": "teruggelopen",
    }
    mended = f.VisitCorrected(
        at=AT, field="choice", old="on", new="off", reason="vergissing", by="T1"
    )
    assert told(mended)["is"] == "uitlezen uit"
    assert told(mended, "en")["field"] == "choice about remote reading"
    answered = f.QuestionAnswered(at=AT, item="gas_tight", answer="leak_inside")
    assert told(answered) == {"onderdeel": "gasdicht", "antwoord": "Lek in de binnenleiding"}
    closed = f.DayClosed(
        at=AT,
        day=date(2026, 11, 23),
        visits=(DayVisit(id="a", state=VisitState.DONE, files=3),),
        counted={"E": 2, "seal": 10},
    )
    assert told(closed)["geteld"] == "Elektriciteitsmeters 2, Zegels 10"
    pending = f.PendingCheck(what=sorted(CODES)[0], by="head_end", until=AT.date())
    said = told(f.VisitClosed(at=AT, pending=(pending,)))["open controles"]
    assert "head_end" not in said


def test_a_kind_of_later_keeps_its_values() -> None:
    words = Words("nl", strict=True)
    fact = {"kind": "moon_landed", "at": "x", "note": "hier", "crater": "Tycho", "photo": ""}
    assert fact_words.plain_parts(words, fact) == (("toelichting", "hier"), ("crater", "Tycho"))
