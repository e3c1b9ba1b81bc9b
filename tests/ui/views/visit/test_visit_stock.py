"""A meter of the van is placed by its end; one that is stopped hangs with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from fieldapp.domain import facts as f
from fieldapp.domain.stock import StockMeter, Van
from fieldapp.domain.work_order import Commodity, Meter, MeterKind
from fieldapp.store import van
from tests.ui.views.visit.test_visit_troubles import TechnicianLike
from tests.ui.visits.robot import Robot
from ui.presenters.visit_page import Action
from ui.views.visit_stock import PlaceEditor

if TYPE_CHECKING:
    from tests.ui.conftest import Street

SMALL, FITS = "E0044007382399226", "E0044007382399125"


def carried(number: str, phases: int) -> StockMeter:
    meter = Meter(number=number, kind=MeterKind.SMART)
    return StockMeter(meter=meter, commodity=Commodity.ELECTRICITY, phases=phases)


async def at_the_wall(me: TechnicianLike, street: Street) -> PlaceEditor:
    """The visit of a three-phase connection, where the new meter is next."""
    stock = Van(version="1", meters=(carried(SMALL, 1), carried(FITS, 3)))
    await me.laptop.db.write(lambda c: van.store(c, stock, None), touched=frozenset({"visits"}))
    robot = Robot(me.laptop, street.at, "visit-V-1002")
    await robot.open()
    while True:
        primary = robot.page.state.primary
        if primary is not None and primary.action is Action.PLACE_METER:
            break
        assert await robot.press()
    robot.page.close()
    await me.open("V-1002")
    editor = me.editor
    assert isinstance(editor, PlaceEditor)
    return editor


def shown(me: TechnicianLike) -> str:
    return "\n".join(one.text() for one in me.pane.findChildren(QLabel) if one.isVisible())


async def placed(me: TechnicianLike) -> list[f.MeterPlaced]:
    stored = await me.laptop.visits.stored(me.page.id)
    return list(stored.progress.of(f.MeterPlaced))


async def test_a_meter_that_is_stopped_hangs_with_a_reason(
    technician: TechnicianLike, street: Street
) -> None:
    me = technician
    editor = await at_the_wall(me, street)
    await me.type(editor.typed_number, "9226")
    assert "ligt in de bus klaar" in shown(me)
    assert me.pane.bar.primary.text() == "Meter geplaatst"
    await me.go_on()
    assert await placed(me) == []
    assert "past niet op deze aansluiting: aantal fasen 1, nodig is 3" in shown(me)
    assert editor.reason.isVisible()
    assert me.pane.bar.primary.text() == "Toch deze meter plaatsen"
    await me.go_on()
    assert await placed(me) == []
    assert "Geef eerst de reden" in shown(me)
    await me.type(editor.reason, "niets anders bij me")
    await me.go_on()
    (fact,) = await placed(me)
    assert (fact.number, fact.despite) == (SMALL, "niets anders bij me")


async def test_another_meter_of_the_van_needs_no_reason(
    technician: TechnicianLike, street: Street
) -> None:
    me = technician
    editor = await at_the_wall(me, street)
    await me.type(editor.typed_number, "E0099000000000126")
    assert "staat niet in uw bus" in shown(me)
    await me.go_on()
    assert await placed(me) == []
    await me.type(editor.typed_number, "9125")
    assert not editor.reason.isVisible()
    await me.go_on()
    (fact,) = await placed(me)
    assert (fact.number, fact.despite) == (FITS, "")
    assert fact.taken is not None
