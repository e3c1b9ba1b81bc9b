"""Words, numbers and times of the window, in Dutch and in English.

In come a key `page.key`, exact quantities and aware times; out comes text as people read it.
Each page keeps its own words in `resources/words/<lang>/<page>.toml`; the codes of the domain
keep theirs in `ui.messages`. Rule: what is shown to people is made here, nowhere else; times
are told as at the meter, Europe/Amsterdam.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLocale

import resources
from ui import messages
from ui.messages import LANGUAGES

_ZONE = ZoneInfo("Europe/Amsterdam")
_THIN = "\u202f"
_MINUS = "\u2212"
_DASH = "\u2013"
_POINT = {"nl": ",", "en": "."}


class Words:
    """The words of one language at a time; `changed` is called after a switch.

    Args:
        lang: `nl` or `en`.
        strict: a missing word raises; otherwise its key is shown, and no page is lost by it.
    """

    def __init__(self, lang: str = LANGUAGES[0], *, strict: bool = False) -> None:
        self.lang = lang if lang in LANGUAGES else LANGUAGES[0]
        self.strict = strict
        self.changed: list[Callable[[], None]] = []

    def switch(self, lang: str) -> None:
        """Speak `lang` from now on.

        Raises:
            KeyError: a language that is not there.
        """
        if lang not in LANGUAGES:
            raise KeyError(lang)
        self.lang = lang
        for listener in tuple(self.changed):
            listener()

    def __call__(self, key: str, **values: object) -> str:
        """The words for `page.key`, `values` filled in.

        Raises:
            KeyError: there are none, and this is strict.
        """
        page, _, name = key.partition(".")
        text = _page(self.lang, page).get(name)
        if text is None:
            if self.strict:
                raise KeyError(key)
            return key
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there are words for `page.key`."""
        page, _, name = key.partition(".")
        return name in _page(self.lang, page)

    def code(self, family: str, code: object) -> str:
        """The word for a code of the domain, as `ui.messages.word`."""
        return messages.word(family, code, self.lang)

    def number(self, value: Decimal | int, unit: str = "") -> str:
        """`12 345,678 kWh`: all digits as they are, in groups of three, a space that holds."""
        exact = Decimal(value)
        sign = _MINUS if exact < 0 else ""
        whole, _, fraction = f"{exact.copy_abs():f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", _THIN)
        shown = sign + grouped + (_POINT[self.lang] + fraction if fraction else "")
        return f"{shown}\u00a0{unit}" if unit else shown

    def time(self, moment: datetime) -> str:
        """`10:30`."""
        return moment.astimezone(_ZONE).strftime("%H:%M")

    def window(self, start: datetime, end: datetime) -> str:
        """Half past ten till noon: both times with a dash between."""
        return f"{self.time(start)}{_DASH}{self.time(end)}"

    def day(self, on: date) -> str:
        """`ma 23 nov`."""
        return (
            f"{self._list('days')[on.weekday()]} {on.day} {self._list('months')[on.month - 1]}"
        )

    def long_day(self, on: date) -> str:
        """`maandag 23 november`."""
        weekday = self._list("long_days")[on.weekday()]
        return f"{weekday} {on.day} {self._list('long_months')[on.month - 1]}"

    def full_day(self, moment: datetime) -> str:
        """`maandag 23 november 2026`: for paper, which is kept."""
        on = moment.astimezone(_ZONE).date()
        return f"{self.long_day(on)} {on.year}"

    def moment(self, moment: datetime) -> str:
        """`di 24 nov 10:30`."""
        local = moment.astimezone(_ZONE)
        return f"{self.day(local.date())} {local:%H:%M}"

    def age(self, age: timedelta) -> str:
        """`40 s`, `4 min`, `3 h`, `2 d`: the largest unit that fits, rounded down."""
        seconds = max(0, int(age.total_seconds()))
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= size:
                return self(f"forms.age_{unit}", n=seconds // size)
        return self("forms.age_seconds", n=seconds)

    def size(self, octets: int) -> str:
        """`812 B`, `1,4 MB`."""
        amount = Decimal(octets)
        for unit in ("B", "kB", "MB"):
            if amount < 1000:
                return self.number(
                    amount.quantize(Decimal("0.1" if unit != "B" else "1")), unit
                )
            amount /= 1000
        return self.number(amount.quantize(Decimal("0.1")), "GB")

    def _list(self, name: str) -> list[str]:
        return self(f"forms.{name}").split()


def system_language() -> str:
    """The system's language where this program speaks it, else the first."""
    code = QLocale.system().name().partition("_")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


@cache
def _page(lang: str, page: str) -> dict[str, str]:
    try:
        table = tomllib.loads(resources.read_text(f"words/{lang}/{page}.toml"))
    except FileNotFoundError:
        return {}
    return dict(_flat(table))


def _flat(table: dict[str, object], before: str = "") -> list[tuple[str, str]]:
    """Tables within the file become keys with a dot."""
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", str(value)))
    return found
