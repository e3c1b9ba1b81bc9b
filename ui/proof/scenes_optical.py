"""Scenes of the optical port: sessions, what the meter said, and what may be written to it.

In comes the stage; out come windows whose head is on a practice meter. Rule: a session that is
to be seen under way has lost its meter meanwhile, so that it stands still for the picture; what
a scene did to the meter it undoes.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.domain.preference import Preference, wanted_status
from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.proof.scene import Play, Played, Quiet, Scene, Undo, ends, page_of, until
from ui.proof.scenes_meter import meter_of
from ui.proof.stage import IN_HAND, Stage
from ui.proof.stage_bench import ON_THE_BENCH
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import OPTICAL
from ui.views.meter_optical import FRAMES
from ui.views.meter_upkeep import UpkeepCard
from ui.wiring import Laptop

_BEGUN = 6
_FRAUD_ATTEMPT = 1 << 13
Press = Callable[[UpkeepCard], None]


async def optical_start(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The optical port before anything was read."""
    window, _page = await _optical(here.technician, words)
    return ends(window)


async def optical_under_way(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A session in its middle: steps done, the one that runs, and what is to come."""
    here.street.plug(IN_HAND)
    window, page = await _optical(here.technician, words)

    def lose(state: OpticalState) -> None:
        if len(state.done) >= _BEGUN:
            here.street.plug(ON_THE_BENCH)

    forget = page.subscribe(lose)
    page.read_state()
    await until(quiet, lambda: len(page.state.done) >= _BEGUN)
    forget()
    return ends(window, _stop(page))


async def optical(here: Stage, words: Words, quiet: Quiet) -> Played:
    """All that the meter said."""
    window, _page = await _read(here, words, quiet)
    return ends(window)


async def optical_frames(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The frames of that session, one of them layer by layer, with what was ciphered in it."""
    window, page = await _read(here, words, quiet)
    view = meter_of(window).optical_view
    view.show_section(FRAMES)
    view.frames.redraw()
    view.frames.trace.table.selectRow(len(page.trace.state.rows) - 4)
    await quiet()
    view.frames.trace.layers.boxes[-1].lit.emit()
    return ends(window)


async def optical_failed(here: Stage, words: Words, quiet: Quiet) -> Played:
    """Another meter answers than the visit's."""
    window, _page = await _read(here, words, quiet, ON_THE_BENCH)
    return ends(window)


async def preference(here: Stage, words: Words, quiet: Quiet) -> Played:
    """On the bench: the choice as it was, written the other way, and the proof."""
    here.street.plug(ON_THE_BENCH)
    window, page = await _optical(here.workshop, words)
    page.read_preference()
    await _ended(page, quiet)
    on = page.state.value_now == wanted_status(Preference.ON)
    page.write_preference(Preference.OFF if on else Preference.ON)
    await _ended(page, quiet)
    return ends(window)


async def preference_due(here: Stage, words: Words, quiet: Quiet) -> Played:
    """In the visit: the choice that is about to be written, and what that leaves behind."""
    here.street.plug(IN_HAND)
    window, page = await _optical(here.technician, words)
    page.read_preference()
    await _ended(page, quiet)
    return ends(window)


def asking(press: Press) -> Play:
    """A question of the settings card, put by pressing its button."""

    async def play(here: Stage, words: Words, quiet: Quiet) -> Played:
        alarms = here.street.meters[IN_HAND].alarms
        alarms[1] |= _FRAUD_ATTEMPT
        window, _page = await _read(here, words, quiet)
        press(meter_of(window).optical_view.board.upkeep)

        async def calm() -> None:
            alarms[1] &= ~_FRAUD_ATTEMPT

        return ends(window, calm)

    return play


async def _read(
    here: Stage, words: Words, quiet: Quiet, number: str = IN_HAND
) -> tuple[MainWindow, OpticalPresenter]:
    """The head is put on this meter, and its state is read."""
    here.street.plug(number)
    window, page = await _optical(here.technician, words)
    page.read_state()
    await _ended(page, quiet)
    return window, page


async def _optical(laptop: Laptop, words: Words) -> tuple[MainWindow, OpticalPresenter]:
    window = await page_of(laptop, words, "meter")
    page = meter_of(window)
    page.show_tab(OPTICAL)
    return window, page.optical


async def _ended(page: OpticalPresenter, quiet: Quiet) -> None:
    await until(quiet, lambda: not page.state.running)


def _stop(page: OpticalPresenter) -> Undo:
    async def stop() -> None:
        page.stop()
        await page.ended()

    return stop


SCENES = (
    Scene("optical_start", optical_start),
    Scene("optical_under_way", optical_under_way),
    Scene("optical", optical),
    Scene("optical_frames", optical_frames),
    Scene("optical_failed", optical_failed),
    Scene("optical_clock", asking(lambda card: card.clock.click())),
    Scene("optical_alarms", asking(lambda card: card.alarms.click())),
    Scene("optical_location", asking(lambda card: card.texts.location.button.click())),
    Scene("optical_message", asking(lambda card: card.texts.message.button.click())),
    Scene("optical_couple", asking(lambda card: card.couple.click())),
    Scene("optical_decouple", asking(lambda card: card.decouple[1].click())),
    Scene("preference_due", preference_due),
    Scene("preference", preference),
)
