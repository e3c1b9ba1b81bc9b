"""Doing what a question asks: one deed in, its proof and the reading as it is now out.

In come the upkeep's room and a question that a person said yes to; out come proof and reading.
Rule: exactly what the question shows is done, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fieldapp.work.errand import Line
from fieldapp.work.upkeep import Upkeep
from ui.presenters.optical_deeds import (
    Deed,
    DeedProof,
    Question,
    alarm_proof,
    clock_proof,
    coupling_proof,
    with_alarms,
    with_clock,
    with_slot,
)
from ui.presenters.optical_reading import OpticalReading
from ui.presenters.optical_texts import text_proof, with_text

Done = tuple[OpticalReading | None, DeedProof]


@dataclass(frozen=True, slots=True)
class Doer:
    """Does deeds to the meter on one line; errors as the methods of `Upkeep`."""

    upkeep: Upkeep
    now: Callable[[], datetime]

    async def do(self, line: Line, question: Question, reading: OpticalReading | None) -> Done:
        """Do what is asked; `reading` is what was read before."""
        match question.deed:
            case Deed.CLOCK:
                clock = await self.upkeep.set_clock(line, agreed=question.marks)
                return reading and with_clock(reading, clock), clock_proof(clock, self.now())
            case Deed.ALARMS:
                shown = dict(question.registers)
                cleared = await self.upkeep.clear_alarms(line, shown)
                now = reading and with_alarms(reading, cleared)
                return now, alarm_proof(cleared, self.now())
            case Deed.COUPLE | Deed.DECOUPLE:
                return await self._couple(line, question, reading)
            case Deed.LOCATION | Deed.MESSAGE:
                return await self._write(line, question, reading)

    async def _couple(
        self, line: Line, question: Question, reading: OpticalReading | None
    ) -> Done:
        if question.deed is Deed.COUPLE:
            done = await self.upkeep.couple(line, question.device)
        else:
            done = await self.upkeep.decouple(line, question.channel, question.digits)
        proof = coupling_proof(question.deed, done, self.now())
        return reading and with_slot(reading, done), proof

    async def _write(
        self, line: Line, question: Question, reading: OpticalReading | None
    ) -> Done:
        deed = question.deed
        if deed is Deed.LOCATION:
            done = await self.upkeep.write_location(line, question.text)
        else:
            done = await self.upkeep.write_message(line, question.template, question.lang)
        return reading and with_text(reading, deed, done), text_proof(deed, done, self.now())
