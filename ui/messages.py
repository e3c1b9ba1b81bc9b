"""From errors and codes to words: the one table, in Dutch and in English.

In come an error of one of the three trees, or a code of the domain, and a language; out come
sentences for people: what happened, what it means for the visit, what to do, and how loudly to
say it. The words lie in `resources/words`. Rule: no other room holds sentences for people, and
an error without words of its own takes those of its nearest ancestor.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import resources
from fieldapp.errors import (
    FieldAppError,
    RuleError,
    StoreCorrupt,
    StoreError,
    StoreFull,
    WrongKey,
)
from hardware.errors import (
    HardwareError,
    LocalProtocolError,
    PortLocked,
    Unproven,
    WrongMeterKey,
    WrongPassword,
)
from sync.errors import BadWire, Offline, Refused, SyncError, Unauthorized

LANGUAGES = ("nl", "en")
TREES: tuple[type[Exception], ...] = (HardwareError, FieldAppError, SyncError)

_FAMILIES = {
    "state": ("states",),
    "wanted": ("states", "facts", "actions"),
    "step": ("steps",),
    "purpose": ("purposes",),
    "action": ("actions",),
    "commodity": ("commodities",),
    "requested": ("preferences",),
    "chosen": ("preferences",),
    "after": ("preferences",),
    "looks": ("looks",),
    "activity": ("activities",),
    "measure": ("measures",),
    "has": ("meter_kinds", "commodities"),
    "wants": ("meter_kinds", "commodities"),
}

_RULE_FAMILIES = {"comes_after": "steps", "no_such_step": "steps"}
"""What the code behind a rule's name is a code of."""

_URN = "urn:fieldapp:"

_TOPICS = ("line",)
"""Files of their own, whose words belong to the families of the main one."""

_ZONE = ZoneInfo("Europe/Amsterdam")


class Loudness(StrEnum):
    """How much of the screen's attention an error takes."""

    QUIET = "quiet"  # the status bar
    NOTICE = "notice"  # beside what was being done
    ALARM = "alarm"  # the banner: a person must act before work goes on


_LOUD: tuple[tuple[type[Exception], Loudness], ...] = (
    (Offline, Loudness.QUIET),
    (StoreFull, Loudness.ALARM),
    (StoreCorrupt, Loudness.ALARM),
    (WrongKey, Loudness.ALARM),
    (StoreError, Loudness.ALARM),
    (LocalProtocolError, Loudness.ALARM),
    (PortLocked, Loudness.ALARM),
    (WrongPassword, Loudness.ALARM),
    (WrongMeterKey, Loudness.ALARM),
    (Unproven, Loudness.ALARM),
    (Unauthorized, Loudness.ALARM),
    (Refused, Loudness.ALARM),
    (BadWire, Loudness.ALARM),
)


Lang = str | Callable[[], str]
"""`nl` or `en`, or who tells which of them is spoken now."""


@dataclass(frozen=True, slots=True)
class Message:
    """An error in words of the language that is spoken when they are asked for.

    Attributes:
        detail: the technical part, which can be copied; not translated.
        loudness: how loudly to say it.
    """

    detail: str
    loudness: Loudness
    _error: Exception = field(compare=False, repr=False)
    _lang: Lang = field(compare=False, repr=False)

    @property
    def what(self) -> str:
        """What happened."""
        return self._say("what")

    @property
    def means(self) -> str:
        """What it means for the visit."""
        return _capital(self._say("means"))

    @property
    def do(self) -> str:
        """What to do."""
        return self._say("do")

    def _say(self, part: str) -> str:
        lang = self._lang if isinstance(self._lang, str) else self._lang()
        return _entry(self._error, lang)[part].format_map(_Fields(_fields(self._error, lang)))


def explain(error: Exception, lang: Lang) -> Message:
    """Put an error of the three trees into words of `lang`.

    Raises:
        KeyError: `error` belongs to none of the trees, or the language is not known.
    """
    message = Message(_detail(error), loudness(error), error, lang)
    _ = message.what  # what has no words is found here, not while a page draws
    return message


def _detail(error: Exception) -> str:
    """What a person passes on to whoever looks into it, with the office's number for it."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, SyncError) and error.request:
        return f"{detail} (request {error.request})"
    return detail


def sentence(error: Exception, lang: Lang) -> str:
    """One line: what happened and what to do; errors as `explain`."""
    message = explain(error, lang)
    return f"{message.what} {message.do}"


def loudness(error: Exception) -> Loudness:
    """How loudly an error is said, the same in every language."""
    found = (level for kind, level in _LOUD if isinstance(error, kind))
    return next(found, Loudness.NOTICE)


def word(family: str, code: object, lang: str) -> str:
    """The word for a code of the domain; the code itself where there is no word."""
    table: Mapping[str, str] = _table(lang).get(family, {})
    return table.get(str(code), str(code).replace("_", " "))


def requirement(code: str, lang: str) -> str:
    """A requirement's code (`photo:old_meter`, `step:mount`) in words."""
    need, _, about = code.partition(":")
    spoken = word("needs", need, lang)
    if not about:
        return spoken
    return f"{spoken} ({word('steps' if need == 'step' else 'about', about, lang)})"


@cache
def _table(lang: str) -> dict[str, Any]:
    if lang not in LANGUAGES:
        raise KeyError(lang)
    table = tomllib.loads(resources.read_text(f"words/{lang}.toml"))
    for topic in _TOPICS:
        for family, words in tomllib.loads(
            resources.read_text(f"words/{lang}/{topic}.toml")
        ).items():
            table[family] = {**table.get(family, {}), **words}
    return table


def _entry(error: Exception, lang: str) -> dict[str, str]:
    table = _table(lang)
    if type(error) is RuleError and (rule := _rule(error)) in table["rules"]:
        return dict(table["rules"][rule])
    if isinstance(error, TREES):
        for kind in type(error).__mro__:
            if kind.__name__ in table["errors"]:
                return dict(table["errors"][kind.__name__])
    raise KeyError(type(error).__name__)


def _rule(error: RuleError) -> str:
    return str(error).partition(":")[0]


def _fields(error: Exception, lang: str) -> dict[str, str]:
    """The error's data, codes among them put into words."""
    fields = {name: _spoken(name, value, lang) for name, value in vars(error).items()}
    rule, _, about = str(error).partition(": ")
    family = _RULE_FAMILIES.get(rule, "")
    fields["about"] = word(family, about, lang) if family else about
    if "step" in fields and not fields["step"]:
        fields["step"] = word("needs", "visit", lang)
    return fields


def _spoken(name: str, value: object, lang: str) -> str:
    if name == "missing" and isinstance(value, tuple):
        return ", ".join(requirement(str(code), lang) for code in value)
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) or "-"
    if isinstance(value, float | datetime):
        return f"{value:g}" if isinstance(value, float) else _time(name, value)
    if name == "problem":
        return word("problems", str(value).removeprefix(_URN), lang)
    for family in _FAMILIES.get(name, ()):
        if str(value) in _table(lang).get(family, {}):
            return word(family, value, lang)
    return str(value)


def _time(name: str, at: datetime) -> str:
    """As at the meter; what lasts `until` then ends today."""
    return at.astimezone(_ZONE).strftime("%H:%M" if name == "until" else "%d-%m-%Y %H:%M")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Fields(dict[str, str]):
    """An error that lacks a field leaves a dash, never a failure while failing."""

    def __missing__(self, key: str) -> str:
        return "-"
