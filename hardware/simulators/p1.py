"""A simulated customer port: telegrams of a plausible meter, of any version, from a seed.

Time in, octets out; `serve` puts them on a `Port` until it is cancelled. Rule: `P1Meter` itself
does no IO and reads no clock, so the same seed and times give the same octets. Its
`meter_number` may change while it is served: another meter behind the same cable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from hardware.p1.builder import frame, lines_of, with_short_checksum
from hardware.p1.encrypted import Keys, seal
from hardware.p1.framer import NEED_DATA, Framer, TelegramBytes
from hardware.p1.telegram import Reading
from hardware.port import Port
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.p1_country_lines import WRITERS
from hardware.simulators.p1_house import House, Start
from hardware.simulators.p1_lines import Lines, reading_of
from hardware.simulators.p1_versions import Part, Recipe
from hardware.simulators.p1_wire import Wire

STRAIGHT = Wire()
"""A cable with nothing wrong, at any speed."""

_ZONE = ZoneInfo("Europe/Amsterdam")
_TITLE = b"XMX\x00\x00\x00\x00\x01"
_SATURDAY = 5
_NORMAL_HOURS = range(7, 23)


class TelegramSource(Protocol):
    """Whatever can say what stands on the line at a time."""

    def telegram(self, now: datetime) -> bytes:
        """The octets to send at `now` (aware); may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """What is installed.

    Attributes:
        version: a key of `RECIPES`.
        phases: 1 or 3.
        gas: whether a gas meter is coupled.
        meter_number: equipment identifier, up to 17 ASCII characters.
        gas_number: the same of the gas meter.
        seed: chooses loads and start readings.
        keys: seals the telegrams (`lu`, `at`), None for plain text.
        start: where the registers stand; None lets the seed choose.

    Raises:
        ValueError: unknown version, or another number of phases.
    """

    version: str = "5.0"
    phases: int = 1
    gas: bool = True
    meter_number: str = "E0099000000000126"
    gas_number: str = "G0099000000000226"
    seed: int = 0
    keys: Keys | None = None
    start: Start | None = None

    def __post_init__(self) -> None:
        if self.version not in RECIPES:
            raise ValueError(f"no such version: {self.version}")
        if self.phases not in {1, 3}:
            raise ValueError("a meter has 1 or 3 phases")


class P1Meter:
    """The meter; `meter_number` may be set at any time."""

    def __init__(self, spec: MeterSpec | None = None) -> None:
        self.spec = spec or MeterSpec()
        self.recipe = RECIPES[self.spec.version]
        self.meter_number = self.spec.meter_number
        period_s = self.recipe.gas_period_s
        self._house = House(self.spec.seed, self.spec.phases, period_s, self.spec.start)
        self._frame_counter = 0

    def telegram(self, now: datetime) -> bytes:
        """The telegram of `now` (aware); registers advance with the time between calls."""
        tariff = _tariff(now, self.recipe)
        self._house.advance(now, tariff)
        lines = Lines(self.recipe, self._house, now)
        readings: list[Reading] = []
        for part in self.recipe.parts:
            readings += self._part(part, lines, tariff)
        if self.spec.gas and self.recipe.gas_code:
            readings += lines.gas(self.spec.gas_number)
        return self._sealed(self._written(readings))

    def _written(self, readings: list[Reading]) -> bytes:
        recipe = self.recipe
        texts = [
            line.replace("(", f"{recipe.suffix}(", 1)
            for line in lines_of(readings, recipe.widths)
        ]
        whole = frame(recipe.header, texts, checksum=recipe.checksum)
        return (whole if recipe.padded else with_short_checksum(whole)) + recipe.behind

    def _part(self, part: Part, lines: Lines, tariff: int) -> Iterable[Reading]:
        if part is Part.EQUIPMENT:
            return [reading_of(self.recipe.equipment, self.meter_number)]
        if part is Part.TARIFF:
            return [reading_of("0-0:96.14.0", f"{tariff:04d}")]
        return WRITERS[part](lines) if part in WRITERS else lines.of(part)

    def _sealed(self, telegram: bytes) -> bytes:
        if self.spec.keys is None:
            return telegram
        self._frame_counter += 1
        return seal(telegram, self.spec.keys, _TITLE, self._frame_counter)


class Recording:
    """Plays recorded telegrams in a circle, as they are, whatever the time."""

    def __init__(self, telegrams: list[bytes]) -> None:
        if not telegrams:
            raise ValueError("nothing to play")
        self._telegrams = telegrams
        self._next = 0

    @classmethod
    def of(cls, octets: bytes) -> Recording:
        """The telegrams in the octets of a recording.

        Raises:
            ValueError: there are none.
        """
        framer = Framer()
        framer.feed(octets)
        framer.close()
        telegrams = []
        while (event := framer.next_event()) is not NEED_DATA:
            if isinstance(event, TelegramBytes):
                telegrams.append(event.raw)
        return cls(telegrams)

    def telegram(self, now: datetime) -> bytes:  # noqa: ARG002 - recorded times stay
        """The next telegram of the recording."""
        found = self._telegrams[self._next]
        self._next = (self._next + 1) % len(self._telegrams)
        return found


async def serve(
    port: Port,
    source: TelegramSource,
    *,
    interval_s: float,
    clock: Callable[[], datetime],
    wire: Wire = STRAIGHT,
) -> None:
    """Put a telegram on `port` every `interval_s` seconds until cancelled.

    On a pseudo-terminal `wire` makes of it what a client at its speed of that moment hears;
    elsewhere the speed of the port's own settings stands for the client's.

    Raises:
        PortGone: the other side went away.
    """
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        octets = source.telegram(clock())
        if octets:
            await port.write(wire.heard(octets, port.line.baud))
        due += interval_s
        await asyncio.sleep(max(0.0, due - loop.time()))


def _tariff(now: datetime, recipe: Recipe) -> int:
    """Which register counts: normal on working days from 7 to 23 local time."""
    local = now.astimezone(_ZONE)
    normal = local.weekday() < _SATURDAY and local.hour in _NORMAL_HOURS
    return recipe.normal_tariff if normal else 3 - recipe.normal_tariff
