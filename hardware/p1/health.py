"""The health of a customer port in numbers, and what follows from them.

What a `LineWatch` counted comes in as a frozen `Health`; out come findings, each one sentence
with its numbers, the gravest first. Rule: a limit stands here with its reason; what could not
be measured gives no finding, and a clock nobody vouches for proves nothing about another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from hardware.p1.damage import Damage
from hardware.p1.rhythm import OldValue

CLOCK_LIMIT_S = 60
"""Above this setting the clock marks intervals (trade.md "Time")."""
_SLOW, _FAST = Decimal("1.5"), Decimal("0.5")
_LEAST_TELEGRAMS = 5
_OFTEN = 4
"""Of the last twenty: a fifth and more is a line that can't be worked with."""


class Code(StrEnum):
    """What a finding is about; each is also a key of the words on screen."""

    DAMAGED = "damaged"
    LOST = "lost"
    NOISE = "noise"
    GAPS = "gaps"
    INTERVAL = "interval"
    CLOCK_OFF = "clock_off"
    CLOCK_UNSURE = "clock_unsure"
    CLOCK_SET = "clock_set"
    OLD_VALUE = "old_value"
    NO_VALUE = "no_value"
    EXCHANGED = "exchanged"
    DEVICE_EXCHANGED = "device_exchanged"


class Severity(StrEnum):
    """How grave, gravest first."""

    FAULT = "fault"  # the line can't be trusted or the meter needs care
    WARNING = "warning"  # look into it
    NOTE = "note"  # happened, and is over or can't be judged


@dataclass(frozen=True, slots=True)
class Exchange:
    """Another number than a moment ago; channel 0 is the electricity meter."""

    channel: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MeterClock:
    """The meter's clock against this machine's.

    Attributes:
        offset_s: meter minus machine, at least; the meter's stamp is older than its telegram.
        margin_s: by how much it may be more: the interval between telegrams.
        is_sure: whether somebody vouches for the machine's own clock.
    """

    offset_s: int
    margin_s: int
    is_sure: bool = False

    @property
    def is_off(self) -> bool:
        """Whether it is over the limit whatever the margin is."""
        return self.offset_s > CLOCK_LIMIT_S or self.offset_s + self.margin_s < -CLOCK_LIMIT_S


@dataclass(frozen=True, slots=True)
class Health:
    """What was counted so far.

    Attributes:
        telegrams: sound ones.
        damaged: telegrams whose checksum does not hold.
        lost: telegrams that by the meter's own times were sent and never came.
        noise, noise_octets: pieces of octets that belong to no telegram, and their size.
        gaps, longest_gap_s: times that nothing came for three intervals and more.
        interval_s: between telegrams, in the middle; None before there are some.
        expected_s: of the version; 0 before the first telegram.
        clock_sets: times that the meter's clock was set meanwhile.
        damage: where the last damaged telegram was damaged.
        old_values: as of the last telegram.
        recent_faults: damaged or noise among the last twenty.
    """

    telegrams: int = 0
    damaged: int = 0
    lost: int = 0
    noise: int = 0
    noise_octets: int = 0
    gaps: int = 0
    longest_gap_s: Decimal = Decimal(0)
    interval_s: Decimal | None = None
    expected_s: int = 0
    clock: MeterClock | None = None
    clock_sets: int = 0
    damage: Damage | None = None
    old_values: tuple[OldValue, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    recent_faults: int = 0

    @property
    def findings(self) -> tuple[LineFinding, ...]:
        """What follows, gravest first."""
        found = [finding for rule in _RULES for finding in rule(self)]
        return tuple(sorted(found, key=lambda f: list(Severity).index(f.severity)))


@dataclass(frozen=True, slots=True)
class LineFinding:
    """One sentence's worth.

    Attributes:
        channel: of the M-Bus, where it is about a device.
        count: of what happened.
        value: what was measured, in `unit`.
        limit: what it is held to, in the same unit.
        text: the code of a line without what it says, or a number that was.
        other: a number that is now.
    """

    code: Code
    severity: Severity
    channel: int = 0
    count: int = 0
    value: Decimal | None = None
    unit: str = ""
    limit: Decimal | None = None
    text: str = ""
    other: str = ""


def _exchanged(health: Health) -> list[LineFinding]:
    return [
        LineFinding(
            Code.DEVICE_EXCHANGED if e.channel else Code.EXCHANGED,
            Severity.WARNING,
            e.channel,
            text=e.before,
            other=e.after,
        )
        for e in health.exchanges
    ]


def _damaged(health: Health) -> list[LineFinding]:
    if not health.damaged:
        return []
    place = health.damage.line.partition("(")[0] if health.damage else ""
    return [LineFinding(Code.DAMAGED, _how_often(health), count=health.damaged, text=place)]


def _noise(health: Health) -> list[LineFinding]:
    if not health.noise:
        return []
    size = Decimal(health.noise_octets)
    return [LineFinding(Code.NOISE, _how_often(health), count=health.noise, value=size)]


def _how_often(health: Health) -> Severity:
    if health.recent_faults >= _OFTEN:
        return Severity.FAULT
    return Severity.WARNING if health.recent_faults else Severity.NOTE


def _lost(health: Health) -> list[LineFinding]:
    if not health.lost:
        return []
    sent = health.telegrams + health.damaged + health.lost
    often = health.lost * 5 >= sent
    severity = Severity.FAULT if often else Severity.WARNING
    return [LineFinding(Code.LOST, severity, count=health.lost, limit=Decimal(sent))]


def _gaps(health: Health) -> list[LineFinding]:
    if not health.gaps:
        return []
    return [
        LineFinding(
            Code.GAPS, Severity.WARNING, count=health.gaps, value=health.longest_gap_s, unit="s"
        )
    ]


def _interval(health: Health) -> list[LineFinding]:
    measured, expected = health.interval_s, Decimal(health.expected_s)
    if measured is None or health.telegrams < _LEAST_TELEGRAMS:
        return []
    if _FAST * expected <= measured <= _SLOW * expected:
        return []
    return [LineFinding(Code.INTERVAL, Severity.NOTE, value=measured, unit="s", limit=expected)]


def _clock(health: Health) -> list[LineFinding]:
    found = []
    if health.clock is not None and health.clock.is_off:
        sure = health.clock.is_sure
        code = Code.CLOCK_OFF if sure else Code.CLOCK_UNSURE
        severity = Severity.WARNING if sure else Severity.NOTE
        offset, margin = Decimal(health.clock.offset_s), Decimal(health.clock.margin_s)
        found.append(LineFinding(code, severity, value=offset, unit="s", limit=margin))
    if health.clock_sets:
        found.append(LineFinding(Code.CLOCK_SET, Severity.NOTE, count=health.clock_sets))
    return found


def _old(health: Health) -> list[LineFinding]:
    return [_old_value(value) for value in health.old_values]


def _old_value(old: OldValue) -> LineFinding:
    if old.age is None:
        return LineFinding(Code.NO_VALUE, Severity.WARNING, old.channel, text=old.number)
    minutes = Decimal(old.age // timedelta(minutes=1))
    return LineFinding(
        Code.OLD_VALUE,
        Severity.WARNING,
        old.channel,
        value=minutes,
        unit="min",
        text=old.number,
    )


_RULES = (_exchanged, _damaged, _lost, _noise, _gaps, _old, _clock, _interval)
