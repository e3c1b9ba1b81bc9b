from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, audit
from fieldapp.work.documents import CUSTOMER, FILE
from ui.presenters.documents import DocumentsPresenter
from ui.presenters.visit import Picture, VisitPresenter
from ui.presenters.visit_page import Action, Primary
from ui.wiring import Laptop

Begin = Callable[[str], Awaitable[Visit]]
PDF = b"%PDF-1.4 of the customer"


@pytest.fixture
async def documents(laptop: Laptop, begin: Begin) -> DocumentsPresenter:
    visit = await begin("V-1001")
    return laptop.handover().documents(visit.id)


async def test_the_customers_paper_has_the_pictures_that_are_here(
    laptop: Laptop, documents: DocumentsPresenter
) -> None:
    visit = "visit-V-1001"
    sha256 = await laptop.visits.add_photo(visit, "", "new_meter", Picture(b"a photo"))
    await laptop.visits.add_photo(visit, "", "cupboard", Picture(b"a neighbour's bicycle"))
    ink = await laptop.visits.add_photo(visit, "", "signature", Picture(b"ink", "image/png"))
    gone = f.EvidenceAdded(
        at=laptop.clock.now(),
        slot="old_meter",
        sha256="0" * 64,
        size=1,
        media_type="image/jpeg",
    )
    await laptop.visits.record(visit, gone)
    paper = await documents.customer()
    assert paper is not None
    assert paper.pictures == {sha256: b"a photo", ink: b"ink"}
    assert paper.report.state is VisitState.STARTED


async def test_it_is_made_with_what_is_about_to_be_kept(
    laptop: Laptop, documents: DocumentsPresenter
) -> None:
    closing = f.VisitClosed(at=laptop.clock.now())
    paper = await documents.customer(closing)
    assert paper is not None
    assert (paper.report.ended, paper.report.state) == (closing.at, VisitState.DONE)
    stored = await laptop.visits.stored("visit-V-1001")
    assert stored.progress.state is VisitState.STARTED


async def test_the_file_has_every_fact_with_its_delivery(
    laptop: Laptop, documents: DocumentsPresenter
) -> None:
    await laptop.visits.add_photo("visit-V-1001", "", "new_meter", Picture(b"a photo"))
    report = await documents.file()
    assert report is not None
    stored = await laptop.visits.stored("visit-V-1001")
    assert tuple(entry.fact for entry in report.entries) == stored.progress.facts
    assert {entry.delivery for entry in report.entries} == {"waiting"}
    (file,) = report.files
    assert (file.slot, file.delivered) == ("new_meter", False)
    assert file.sha256 == hashlib.sha256(b"a photo").hexdigest()
    owner = await laptop.owner()
    assert (report.signer.technician, report.signer.laptop) == (owner.technician, owner.laptop)


@pytest.mark.parametrize(
    ("document", "action"),
    [(CUSTOMER, "export_customer_document"), (FILE, "export_file_document")],
)
async def test_what_leaves_is_noted_with_the_visits_purpose(
    laptop: Laptop, documents: DocumentsPresenter, document: str, action: str
) -> None:
    assert await documents.leaves(document)
    last = (await laptop.db.read(audit.entries))[-1]
    assert (last.purpose, last.visit) == ("reading_preference", "visit-V-1001")
    assert (last.action, last.outcome) == (action, "done")


async def test_a_visit_that_is_not_here_is_said_and_nothing_leaves(laptop: Laptop) -> None:
    nowhere = laptop.handover().documents("visit-nowhere")
    assert await nowhere.customer() is None
    assert await nowhere.file() is None
    assert not await nowhere.leaves(FILE)
    assert nowhere.state.problem is not None


class RobotLike(Protocol):
    page: VisitPresenter

    async def press(self) -> bool: ...


async def test_the_document_is_kept_with_the_visit_in_the_same_breath(
    laptop: Laptop, robot: Callable[[Laptop, str], Awaitable[RobotLike]]
) -> None:
    me = await robot(laptop, "V-1001")
    while me.page.state.primary != Primary(Action.CLOSE):
        assert await me.press()
    closing = me.page.closing()
    assert await me.page.close_visit(closing, Picture(PDF, "application/pdf"))
    progress = (await laptop.visits.stored("visit-V-1001")).progress
    kept, end = progress.facts[-2:]
    assert end == closing
    assert isinstance(kept, f.EvidenceAdded)
    assert (kept.slot, kept.media_type) == ("report", "application/pdf")
    assert await me.page.picture(kept.sha256) == PDF
    paper = await laptop.handover().documents("visit-V-1001").customer()
    assert paper is not None
    assert PDF not in paper.pictures.values(), "a document does not hold itself"


async def test_where_the_visit_can_not_be_closed_nothing_is_kept(
    laptop: Laptop, begin: Begin
) -> None:
    visit = (await begin("V-1001")).id
    page = laptop.visit_presenter(visit)
    await page.open()
    page.close()
    assert not await page.close_visit(page.closing(), Picture(PDF, "application/pdf"))
    stored = await laptop.visits.stored(visit)
    assert not stored.progress.of(f.EvidenceAdded)
    assert not await laptop.db.read(lambda c: attachments.of_visit(c, visit))
