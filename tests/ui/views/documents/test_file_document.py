from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import replay
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import WorkKind
from tests.fieldapp.domain.told import KINDS, file_of, finding, with_facts, worked
from tests.fieldapp.domain.working import NOW, make_visit
from ui.messages import LANGUAGES
from ui.views.document_file import file_document, told
from ui.views.document_parts import Document
from ui.views.language import Words

Print = Callable[[Document], list[str]]
NL = Words("nl", strict=True)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "variant"), KINDS)
def test_every_fact_of_each_kind_of_work_is_there(
    printed: Print, kind: WorkKind, variant: str, lang: str
) -> None:
    words = Words(lang, strict=True)
    visit, progress = worked(kind, variant)
    text = " ".join(printed(file_document(words, file_of(visit, progress))))
    for said in (
        "Monteur (T1)",
        "L1",
        "Sleutel onder de mat",
        "Code 3",
        "Het display knippert",
    ):
        assert said in text, said
    for fact in progress.facts:
        line = " ".join(told(words, fact).split()).replace(" ", "")
        assert line in text.replace(" ", ""), line
    for evidence in progress.of(f.EvidenceAdded):
        assert evidence.sha256 in text.replace(" ", "")


def test_findings_contacts_waivers_and_corrections_have_their_place(printed: Print) -> None:
    visit, progress = worked(WorkKind.FAULT)
    choice = Choice(preference=Preference.ON, by=Requester.HOLDER, channel="web", made_at=NOW)
    visit = msgspec.structs.replace(visit, choices=(choice,))
    progress = with_facts(
        progress,
        finding("fraud_cover_opened", why="deksel geopend op 12 nov"),
        finding("p1_line", "not_examined", "geen kabel"),
        f.MeterContacted(
            at=NOW, channel=f.Channel.P1, purpose="fault", expected="E1", found="E2"
        ),
        f.WaivedRequirement(
            at=NOW, requirement="signature", way_out="not_present", reason="weg"
        ),
        f.VisitCorrected(at=NOW, field="seal", old="1", new="2", reason="fout", by="T2"),
    )
    text = " ".join(printed(file_document(NL, file_of(visit, progress))))
    for said in (
        "fraud_cover_opened: deksel geopend op 12 nov (vertrouwelijk)",
        "Niet onderzocht Klantpoort (P1): geen kabel",
        ": 230 V",
        "E2 in plaats van E1",
        "doel: storing",
        "niet aanwezig. Reden: weg",
        "seal: “1” werd “2”, door T2. Reden: fout",
        "niet bevestigd",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("delivery", "said"),
    [("applied", "alles ontvangen"), ("waiting", "nog niet ontvangen")],
)
def test_what_the_office_has_is_told(printed: Print, delivery: str, said: str) -> None:
    visit, progress = worked(WorkKind.READING_PREFERENCE)
    text = " ".join(printed(file_document(NL, file_of(visit, progress, delivery))))
    assert said in text


def test_its_pages_are_counted_and_its_table_named_on_each(printed: Print) -> None:
    visit, progress = worked(WorkKind.PLACEMENT, "E+G")
    pages = printed(file_document(NL, file_of(visit, progress)))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert page.endswith(f"Bezoek V-1 · pagina {number} van {len(pages)}")
    assert all("Tijd Stap Wat Kantoor" in page for page in pages[1:])


def test_a_visit_without_connection_facts_or_findings(printed: Print) -> None:
    visit, progress = worked(WorkKind.READING_PREFERENCE)
    bare = msgspec.structs.replace(visit.connections[0], meter=None)
    visit = msgspec.structs.replace(visit, connections=(bare,))
    text = " ".join(printed(file_document(NL, file_of(visit, progress))))
    assert "meter geen" in text
    assert "Bevindingen" not in text


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (
            f.LmraAnswered(at=NOW, version=2, answers={"customer_calm": "yes"}, by="T1"),
            "LMRA ingevuld: versie van de LMRA 2, antwoorden Is de klant rustig? ja, door T1",
        ),
        (f.VisitStarted(at=NOW), "Werk begonnen"),
        (
            f.QuestionAnswered(at=NOW, item="gas_tight", answer="tight"),
            "Gasdicht: Dicht",
        ),
        (
            f.VisitNotDone(at=NOW, reason=NotDoneReason.NO_ACCESS, follow_up=False),
            "Niet uitgevoerd: reden geen toegang, vervolg nodig nee",
        ),
        (
            f.VisitClosed(at=NOW, pending=(check_of("gas_value", date(2026, 11, 24)),)),
            "Bezoek afgesloten: open controles Gasstand via de elektriciteitsmeter, "
            "door het systeem op afstand, uiterlijk vr 27 nov",
        ),
        (
            f.TelegramChecked(at=NOW, meter="E1", version="50", checksum="ok", gas_at=NOW),
            "P1-telegram van E1: DSMR 5.0, controlesom klopt, gasstand van",
        ),
        (
            f.MeasurementEntered(at=NOW, name="voltage_l1_n", value=Decimal("230.1"), unit="V"),
            "230,1",
        ),
    ],
)
def test_a_fact_tells_all_that_it_holds(fact: f.AnyFact, said: str) -> None:
    assert said in told(NL, fact)


def test_the_time_on_the_road_and_on_site_is_told(printed: Print) -> None:
    visit = make_visit(WorkKind.FAULT)
    moves = (
        f.VisitTravelling(at=NOW),
        f.VisitArrived(at=NOW + timedelta(minutes=12)),
        f.VisitPaused(at=NOW + timedelta(minutes=95)),
        f.VisitStarted(at=NOW + timedelta(minutes=100)),
    )
    text = " ".join(printed(file_document(NL, file_of(visit, replay(moves)))))
    assert "12 min gereisd, 83 min ter plaatse, 5 min onderbroken" in text
