"""What people see and decide at the office, as it tells it: values and calls.

Shapes of `/v1/conflicts`, `/v1/quarantine` and `/v1/laptops`. Unknown fields are passed over;
times are aware. Calls block and raise as `Http.send`. Rule: nothing is decided here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from sync.client import answers

if TYPE_CHECKING:
    from sync.client.http import Http

M = TypeVar("M", bound=msgspec.Struct)


class ConflictLine(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict, without any customer's data; `field` is empty for one of a whole visit."""

    id: str
    visit: str
    number: str
    technician: str
    laptop: str
    operation: str
    field: str
    reason: str
    site_version: int
    office_version: int
    state: str
    found_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""


class OpenedConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict with both values, what they began with and what holds now."""

    line: ConflictLine
    before: str | None = None
    site: str | None = None
    office: str | None = None
    now: str | None = None


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looked at before deciding a conflict, as line and values showed it."""

    state: str
    operation: str
    now: str | None = None


class SetAsideLine(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that was set aside, without any customer's data."""

    id: str
    operation: str
    laptop: str
    technician: str
    withdrawn: bool
    visit: str
    number: str
    kind: str
    device_time: datetime
    received_at: datetime
    reason: str
    outcome: str
    state: str
    settled_at: datetime | None = None
    settled_by: str = ""


class OpenedSetAside(msgspec.Struct, frozen=True, kw_only=True):
    """What such an operation says; `fact` is None where nobody can read it any more."""

    line: SetAsideLine
    fact: dict[str, Any] | None = None
    words: str = ""


class LaptopLine(msgspec.Struct, frozen=True, kw_only=True):
    """What of a laptop has not arrived yet, as the office's `awaited.Awaited`."""

    laptop: str
    technician: str
    name: str
    device_name: str
    withdrawn: bool
    silent: bool
    visits_today: int
    open_today: int
    held: int
    missing: int
    files_partial: int
    set_aside: int
    conflicts: int
    last_contact: datetime | None = None
    waiting: int | None = None
    files_waiting: int | None = None
    oldest_waiting: datetime | None = None
    told_at: datetime | None = None
    without_files: tuple[str, ...] = ()
    days_differ: tuple[date, ...] = ()


class Judge:
    """A user of the office who looks at conflicts and at what was set aside."""

    def __init__(self, http: Http, token: str) -> None:
        """Use a session and the token that the office gave this user."""
        self._http = http
        self._token = token

    def conflicts(self, state: str = "open") -> list[ConflictLine]:
        """The region's conflicts in this state."""
        answer = self._http.get(f"/v1/conflicts?state={_named(state)}", token=self._token)
        return answers.plain(answer, list[ConflictLine])

    def conflict(self, which: str) -> OpenedConflict:
        """One with both values; the office notes the look."""
        answer = self._http.get(f"/v1/conflicts/{_named(which)}", token=self._token)
        return answers.message(answer, OpenedConflict)

    def decide(
        self, which: str, keep: str, value: str = "", basis: Basis | None = None
    ) -> OpenedConflict:
        """Keep `field`, `office`, or `merge` with a value; `seen` for a whole visit.

        Args:
            which: the conflict.
            keep: what to keep.
            value: with `merge`.
            basis: what it was decided on; None: on whatever stands there by now.

        Raises:
            Refused: `conflict-other-kind`, `conflict-value`, `conflict-field-gone`;
                `conflict-changed` where the basis is not what stands there any more.
        """
        body = {"keep": keep, "value": value, "basis": basis}
        return self._post(f"/v1/conflicts/{_named(which)}", body, OpenedConflict)

    def quarantine(self, state: str = "open") -> list[SetAsideLine]:
        """What was set aside and is in this state."""
        answer = self._http.get(f"/v1/quarantine?state={_named(state)}", token=self._token)
        return answers.plain(answer, list[SetAsideLine])

    def set_aside(self, which: str) -> OpenedSetAside:
        """One with what it says; the office notes the look."""
        answer = self._http.get(f"/v1/quarantine/{_named(which)}", token=self._token)
        return answers.message(answer, OpenedSetAside)

    def take(self, which: str, seen: str = "") -> OpenedSetAside:
        """Have it judged and applied; where `seen` is given, only while that is its state.

        Raises:
            Refused: `quarantine-not-ready`, with the reason in its detail;
                `quarantine-changed` where somebody decided something else meanwhile.
        """
        return self._post(_way(which, "take", seen), {}, OpenedSetAside)

    def drop(self, which: str, reason: str, seen: str = "") -> OpenedSetAside:
        """Leave it out; `seen` as `take`.

        Raises:
            Refused: `quarantine-taken` where it was taken before, `quarantine-changed`.
        """
        return self._post(_way(which, "drop", seen), {"reason": reason}, OpenedSetAside)

    def laptops(self, silent_h: int | None = None) -> list[LaptopLine]:
        """Per laptop what has not arrived yet."""
        query = f"?silent_h={silent_h}" if silent_h else ""
        answer = self._http.get(f"/v1/laptops{query}", token=self._token)
        return answers.plain(answer, list[LaptopLine])

    def _post(self, path: str, body: dict[str, Any], kind: type[M]) -> M:
        answer = self._http.post(path, msgspec.json.encode(body), token=self._token)
        return answers.message(answer, kind)


def _way(which: str, what: str, seen: str) -> str:
    path = f"/v1/quarantine/{_named(which)}/{what}"
    return f"{path}?seen={_named(seen)}" if seen else path


def _named(text: str) -> str:
    return quote(text, safe="")
