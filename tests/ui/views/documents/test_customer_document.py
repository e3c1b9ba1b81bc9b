from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from PySide6.QtGui import QImage

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.preference import Preference
from fieldapp.domain.progress import Progress, replay
from fieldapp.domain.report import Report, report_of
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import MeterKind, Origin, Visit, WorkKind
from tests.fieldapp.domain.told import KINDS, finding, with_facts, worked
from tests.fieldapp.domain.working import NEW, NOW, OLD, make_visit, started
from ui.demo.photo import practice_photo
from ui.messages import LANGUAGES
from ui.views.document_customer import customer_document
from ui.views.document_parts import Document
from ui.views.document_pdf import pdf
from ui.views.language import Words
from ui.views.visit_ink import Sheet, signature

Print = Callable[[Document], list[str]]
INK = Sheet(400, 150, (((20.0, 110.0), (60.0, 40.0), (330.0, 60.0)),))


def with_pictures(progress: Progress) -> tuple[Progress, dict[str, bytes]]:
    """Every photo and signature is a file of its own."""
    facts: list[f.AnyFact] = []
    pictures: dict[str, bytes] = {}
    for at, fact in enumerate(progress.facts):
        if isinstance(fact, f.EvidenceAdded):
            sha256 = f"{at:064}"
            drawn = fact.slot == "signature"
            pictures[sha256] = signature(INK) if drawn else practice_photo(fact.slot)
            fact = msgspec.structs.replace(fact, sha256=sha256)  # noqa: PLW2901 - the same one
        facts.append(fact)
    return replay(tuple(facts)), pictures


def document(
    visit: Visit, progress: Progress, lang: str = "nl", pictures: dict[str, bytes] | None = None
) -> Document:
    return customer_document(
        Words(lang, strict=True), report_of(visit, progress), pictures or {}
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "variant"), KINDS)
def test_each_kind_of_work_is_told_on_one_page(
    printed: Print, kind: WorkKind, variant: str, lang: str
) -> None:
    visit, worked_on = worked(kind, variant)
    progress, pictures = with_pictures(worked_on)
    (page,) = printed(document(visit, progress, lang, pictures))
    words = Words(lang, strict=True)
    for said in (
        "Test",
        "Dijk 1",
        "2671 AB Naaldwijk",
        words("documents.done"),
        words(f"documents.kind_{kind}"),
        words("documents.leaflet.title"),
        words(f"documents.leaflet.why_{kind}"),
        words("documents.leaflet.free_text"),
        "gedragscode",
        words("documents.signature"),
    ):
        assert said in page, said
    assert page.endswith({"nl": "pagina 1 van 1", "en": "page 1 of 1"}[lang])
    for kept_back in ("Sleutel onder de mat", "Code 3"):
        assert kept_back not in page


def test_a_placement_with_everything_still_takes_one_page(printed: Print) -> None:
    visit, worked_on = worked(WorkKind.PLACEMENT, "E+G")
    checks = tuple(
        check_of(code, date(2026, 11, 24))
        for code in ("first_contact", "gas_value", "mbus_key")
    )
    closed = f.VisitClosed(at=NOW, pending=checks)
    progress, pictures = with_pictures(with_facts(worked_on, closed))
    (page,) = printed(document(visit, progress, "nl", pictures))
    for said in (
        f"Stroommeter {OLD['E']} weggehaald",
        f"Stroommeter {NEW['E']} geplaatst",
        f"Eindstand van meter {OLD['G']}",
        f"Beginstand van meter {NEW['E']}",
        "1.8.1 verbruik 001234 kWh 1 234 kWh",
        "2.8.2 teruglevering",
        "24.2.1 gas 001234 m³ 1 234 m³",
        "uit de meter gelezen, via P1",
        "Uw meter wordt niet op afstand uitgelezen. Gekozen op dinsdag 24 november 2026",
        "Uitlezen op afstand staat uit (waarde 1, teruggelezen om 10:00)",
        "U geeft één keer per jaar zelf uw meterstanden door",
        "Of de gasstand door de elektriciteitsmeter komt, uiterlijk vrijdag 27 november",
        "U hoeft niets te doen",
        "Oude gasmeter, 10:00",
        "Getekend om 10:00",
    ):
        assert said in page, said


def test_empty_parts_are_not_there(printed: Print) -> None:
    visit = make_visit(WorkKind.READING_PREFERENCE)
    (page,) = printed(document(visit, started(visit)))
    for heading in ("done", "readings", "agreed", "checks", "photos", "signature"):
        assert Words("nl")(f"documents.{heading}") not in page
    assert "vanaf 10:00" in page
    assert "Uw meter en uw gegevens" in page


def test_a_fault_says_what_was_reported_and_found_and_no_fraud(printed: Print) -> None:
    visit, progress = worked(WorkKind.FAULT)
    progress = with_facts(
        progress,
        finding("phase_missing", why="L2 0 V sinds 12 nov"),
        finding("fraud_cover_opened", why="deksel geopend"),
        finding("a_rule_without_words"),
    )
    (page,) = printed(document(visit, progress))
    assert "“Het display knippert”" in page
    assert "Er ontbrak een fase." in page
    for kept_back in ("fraud", "deksel", "rule", "L2 0 V"):
        assert kept_back not in page.lower()


def test_what_was_refused_estimated_and_corrected_is_told(printed: Print) -> None:
    visit, progress = worked(WorkKind.PLACEMENT)
    facts = (
        f.RefusalRecorded(at=NOW, offered=MeterKind.SMART, accepted_instead=MeterKind.DIGITAL),
        f.FollowUpAsked(at=NOW, work=WorkKind.FAULT, reason="x"),
        f.WaivedRequirement(
            at=NOW, requirement="readings:final.E", way_out="unreadable", reason="stuk"
        ),
        f.PreferenceDeferred(at=NOW, requested=Preference.OFF, reason="port_locked"),
        f.VisitCorrected(
            at=NOW,
            field="reading.1-0:1.8.1",
            old="1234",
            new="1243",
            reason="typefout",
            by="T1",
        ),
    )
    (page,) = printed(document(visit, with_facts(progress, *facts), "en"))
    for said in (
        "You refused a smart meter",
        "You get a digital meter instead",
        "There will be another visit: fault",
        "The office estimates it",
        "The office sets it remotely and checks it",
        "was “1234”, is “1243”. Reason: typefout",
    ):
        assert said in page, said


def test_readings_say_where_they_come_from(printed: Print) -> None:
    visit, progress = worked(WorkKind.REMOVAL)
    first, second = progress.of(f.ReadingTaken)[:2]
    given = msgspec.structs.replace(first, origin=Origin.CUSTOMER)
    guessed = msgspec.structs.replace(
        second, origin=Origin.ESTIMATED, digits="12.5", value=Decimal("12.5")
    )
    (page,) = printed(document(visit, with_facts(progress, given, guessed)))
    assert "door u opgegeven" in page
    assert "geschat" in page
    assert "12.5 kWh" in page


@pytest.mark.parametrize(
    ("way", "said"), [("refused", "u wilde niet tekenen"), ("other", "Niet getekend.")]
)
def test_why_there_is_no_signature(printed: Print, way: str, said: str) -> None:
    visit = make_visit(WorkKind.FAULT)
    waived = f.WaivedRequirement(at=NOW, requirement="signature", way_out=way, reason="r")
    (page,) = printed(document(visit, with_facts(started(visit), waived)))
    assert said in page


def test_a_visit_without_work_says_so(printed: Print) -> None:
    visit = make_visit(WorkKind.FAULT)
    left = f.VisitNotDone(at=NOW, reason=NotDoneReason.NO_ACCESS, text="boze buurman")
    (page,) = printed(document(visit, with_facts(started(visit), left)))
    assert page.startswith("Bezoek zonder werk")
    assert "Het werk is niet gedaan: geen toegang." in page
    assert "buurman" not in page


def test_a_story_too_long_for_one_page_goes_on_over_the_next(printed: Print) -> None:
    visit, progress = worked(WorkKind.REMOVAL)
    (one,) = progress.of(f.ReadingTaken)[:1]
    many = (
        msgspec.structs.replace(one, meter=f"E{at:016}", digits=f"{at:06}") for at in range(60)
    )
    pages = printed(document(visit, with_facts(progress, *many)))
    assert len(pages) > 1
    assert pages[0].endswith(f"pagina 1 van {len(pages)}")
    assert "Telwerk Afgelezen Telt mee als" in pages[1]
    assert all(sum(f"{at:06} kWh" in page for page in pages) == 1 for at in range(60))


def test_a_word_longer_than_the_line_is_broken(printed: Print) -> None:
    long = "Meterkastdeurklinkbevestigingsschroef" * 6
    visit, progress = worked(WorkKind.FAULT)
    visit = msgspec.structs.replace(visit, complaint=long)
    (page,) = printed(document(visit, progress))
    assert long in page.replace(" ", "")


def test_the_properties_of_the_file_tell_the_number_alone(qt: object) -> None:
    assert qt is not None
    visit, progress = worked(WorkKind.FAULT)
    content = pdf(document(visit, progress))
    assert content.startswith(b"%PDF-")
    assert "Bezoekverslag V-1".encode("utf-16-be") in content
    for name in ("Test", "Naaldwijk"):
        assert name.encode() not in content
        assert name.encode("utf-16-be") not in content


def test_a_report_stays_as_it_is() -> None:
    report: Report = report_of(*worked(WorkKind.FAULT))
    with pytest.raises(AttributeError):
        report.number = "V-2"  # type: ignore[misc]  # that is the point
    assert QImage.fromData(practice_photo("x")).isNull() is False
