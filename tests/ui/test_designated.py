"""Work begins only with a designation for it, and Vandaag says so beforehand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.designation import Designation, Permit, Scheme, parse_matrix
from fieldapp.domain.status import VisitState
from fieldapp.errors import NotDesignated
from fieldapp.store import permit
from tests.ui.conftest import DAY
from ui.messages import LANGUAGES, explain
from ui.presenters.day_rows import Lack
from ui.views.language import Words
from ui.views.today_words import gaps
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Begin

MATRIX = parse_matrix(resources.read_text("designations/matrix-1.toml"))


async def may(laptop: Laptop, *levels: str, until: date = date(2027, 1, 1)) -> None:
    held = tuple(
        Designation(
            scheme=Scheme.BEI,
            level=level,
            start=date(2026, 1, 1),
            until=until,
            supervisor="Els",
            supervisor_phone="0174-1",
        )
        for level in levels
    )
    told = Permit(version="1", matrix=MATRIX, designations=held)
    await laptop.db.write(lambda c: permit.store(c, told), touched=frozenset({"visits"}))


async def lacks(laptop: Laptop, number: str) -> set[Lack]:
    page = laptop.day_presenter(DAY)
    await page.open()
    page.close()
    row = page.state.row(f"visit-{number}")
    assert row is not None
    return {Lack.NOT_DESIGNATED, Lack.DESIGNATION_EXPIRES} & set(row.lacks)


async def test_work_that_is_not_covered_does_not_begin(laptop: Laptop, begin: Begin) -> None:
    await may(laptop, "VOP")
    await begin("V-1001")
    with pytest.raises(NotDesignated) as refused:
        await begin("V-1003")
    error = refused.value
    assert (error.activity, error.scheme, error.level) == ("find_fault", "BEI", "VP")
    assert error.supervisor == "Els 0174-1"
    stored = await laptop.visits.stored("visit-V-1003")
    assert stored.progress.state is VisitState.ON_SITE
    assert stored.progress.last(f.LmraAnswered) is not None
    await may(laptop, "VOP", "VP")
    await laptop.visits.record("visit-V-1003", f.VisitStarted(at=laptop.clock.now()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_is_asked_and_whom_to_call(lang: str) -> None:
    told = explain(NotDesignated("find_fault", "BEI", "VP", "Els 0174-1"), lang)
    assert "find_fault" not in told.what
    assert "VP" in told.what
    assert "Els 0174-1" in told.do


async def test_the_day_says_it_beforehand(laptop: Laptop) -> None:
    assert await lacks(laptop, "V-1003") == set()
    await may(laptop, "VOP")
    assert await lacks(laptop, "V-1003") == {Lack.NOT_DESIGNATED}
    assert await lacks(laptop, "V-1001") == set()
    await may(laptop, "VP", until=date(2026, 12, 1))
    assert await lacks(laptop, "V-1003") == {Lack.DESIGNATION_EXPIRES}


async def test_without_any_designation_it_is_said_once(laptop: Laptop) -> None:
    assert not await unjudged(laptop), "the office said nothing yet"
    await may(laptop)
    assert await unjudged(laptop)
    await may(laptop, "VP")
    assert not await unjudged(laptop)
    assert await laptop.db.read(permit.version) == "1"


async def test_what_ends_soon_is_named_once(laptop: Laptop) -> None:
    await may(laptop, "VP", until=date(2026, 12, 1))
    page = laptop.day_presenter(DAY)
    await page.open()
    page.close()
    words = Words("nl", strict=True)
    ending = words.code("lacks", Lack.DESIGNATION_EXPIRES)
    assert sum(ending in gap.what for gap in gaps(words, page.state)) == 1
    await may(laptop)
    await page.refresh()
    assert gaps(words, page.state)[-1].what == "geen aanwijzingen bekend"


async def unjudged(laptop: Laptop) -> bool:
    page = laptop.day_presenter(DAY)
    await page.open()
    page.close()
    return page.state.unjudged
