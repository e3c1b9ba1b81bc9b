from __future__ import annotations

from pathlib import Path

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.work.visit import VisitWork
from tests.p1_bench import HOUR, Cable, bench_of, long_capture, until
from tests.westland import enrol
from ui.presenters.visit import VisitPresenter
from ui.wiring import Laptop

VISIT = "visit-V-1003"


async def begun(laptop: Laptop, visits: dict[str, Visit]) -> VisitPresenter:
    await enrol(laptop, list(visits.values()))
    page = laptop.visit_presenter(VISIT)
    await page.open()
    for intent in (page.accept, page.travel, page.arrive):
        await intent()
    await page.answer_lmra(dict.fromkeys(page.state.lmra, "yes"))
    return page


def meter_of(page: VisitPresenter) -> str:
    meter = page.state.connections[0].meter
    assert meter is not None
    return meter.number


async def test_in_a_visit_a_telegram_goes_with_it(
    free_laptop: Laptop, cable: Cable, visits: dict[str, Visit]
) -> None:
    page = await begun(free_laptop, visits)
    made = await bench_of(free_laptop, cable, meter_of(page))
    assert made.state().allowed.visit
    entry = made.live.history.last_sound()
    assert entry is not None
    assert await made.recordings.keep_telegram(entry.heard, meter_of(page), HOUR)
    assert made.state().done == "kept_visit"
    stored = await VisitWork(free_laptop.db, free_laptop.clock).stored(VISIT)
    assert [fact.slot for fact in stored.progress.of(f.EvidenceAdded)] == ["p1_telegram"]
    page.close()
    await made.close()


async def test_with_the_visit_goes_what_was_open(
    free_laptop: Laptop, cable: Cable, visits: dict[str, Visit], tmp_path: Path
) -> None:
    page = await begun(free_laptop, visits)
    made = await bench_of(free_laptop, cable, meter_of(page))
    made.recordings.open_file(long_capture(tmp_path, free_laptop.clock.now(), 3))
    await made.recordings.settled()
    assert made.state().opened is not None
    await page.pause()
    await until(made.recordings, lambda: not made.state().allowed.keep)
    assert made.state().opened is None
    page.close()
    await made.close()
