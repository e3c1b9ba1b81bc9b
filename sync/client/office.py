"""The dispatcher's calls: a day's visits in, planned, published, looked at and changed.

In go plain JSON values and a user's token; out come the office's plain JSON values, as the
OpenAPI description has them, or values of `board` and `left`. Calls block. Rule: nothing
is decided here; the office checks the role, the region and every field.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from sync.client import answers
from sync.client.board import Board, Place, PlanChange, Published, TechnicianChange
from sync.client.calls import Call
from sync.client.evidence import VisitFileLine
from sync.client.left import CheckLine, FollowUpLine

if TYPE_CHECKING:
    from sync.client.http import Http

Json = dict[str, Any]
M = TypeVar("M", bound=msgspec.Struct)


class Dispatcher:
    """A user of the office with the role of dispatcher; every call raises as `Http.send`."""

    def __init__(self, http: Http, token: str) -> None:
        """Use a session and the token that the office gave this user."""
        self._http = http
        self._token = token

    def import_day(self, on: date, visits: list[Json]) -> Json:
        """Hand in a day's visits; the same ones again change nothing."""
        return self._post("/v1/planning/import", {"date": on.isoformat(), "visits": visits})

    def plan(self, on: date) -> Json:
        """Assign the day's free visits and order the routes."""
        return self._post("/v1/planning/plan", {"date": on.isoformat()})

    def publish(self, on: date, *, confirmed: bool = False) -> Json:
        """Let the day's assigned visits travel to the laptops; errors as `reassign`."""
        body = {"date": on.isoformat(), "confirmed": confirmed}
        return self._post("/v1/planning/publish", body)

    def board(self, on: date) -> Board:
        """A day's visits and technicians, without any customer's data."""
        answer = self._http.get(f"/v1/planning/board?on={on.isoformat()}", token=self._token)
        return answers.message(answer, Board)

    def places(self, on: date) -> list[Place]:
        """Where a day's visits are; the office notes the look."""
        answer = self._http.get(f"/v1/planning/places?on={on.isoformat()}", token=self._token)
        return answers.plain(answer, list[Place])

    def preview(self, draft: PlanChange) -> list[TechnicianChange]:
        """What publishing a draft would change for whom; nothing is changed."""
        body = msgspec.json.encode(draft)
        answer = self._http.post("/v1/planning/preview", body, token=self._token)
        return answers.plain(answer, list[TechnicianChange])

    def publish_draft(self, draft: PlanChange) -> int:
        """Carry a draft out and publish the day; how many visits were not under way before.

        Raises:
            Refused: `plan-outdated` where a visit moved meanwhile, `visit-finished`.
        """
        body = msgspec.json.encode(draft)
        answer = self._http.post("/v1/planning/publish", body, token=self._token)
        return answers.message(answer, Published).published

    def status(self, on: date | None = None) -> list[Json]:
        """The region's visits, of one day or of all, and how far they are."""
        query = f"?on={on.isoformat()}" if on else ""
        answer = self._http.get(f"/v1/planning/status{query}", token=self._token)
        return answers.plain(answer, list[Json])

    def visit(self, visit: str) -> Json:
        """One visit whole, by id or number."""
        return answers.plain(self._http.get(_path(visit), token=self._token), Json)

    def files(self, visit: str) -> list[VisitFileLine]:
        """A visit's files, by its id or number; the office notes the look."""
        answer = self._http.get(f"{_path(visit)}/files", token=self._token)
        return answers.plain(answer, list[VisitFileLine])

    def picture(self, visit: str, look: str) -> bytes:
        """A picture by the `look` of its line; the office notes the look.

        Raises:
            Refused: `file-not-whole`, `file-not-a-picture`, `too-large`, `holder-erased`.
        """
        answer = self._http.get(
            f"{_path(visit)}/files/{quote(look, safe='')}", token=self._token
        )
        return answers.picture(answer)

    def reassign(self, visit: str, technician: str | None, *, confirmed: bool = False) -> Json:
        """Give a visit to another technician, or back to the pool.

        Raises:
            Refused: `not-designated` for the work, and that was not `confirmed`.
        """
        return self._change(visit, {"technician": technician, "confirmed": confirmed})

    def cancel(self, visit: str) -> Json:
        """Cancel a visit; facts from the site are still taken."""
        return self._change(visit, {"cancelled": True})

    def checks(self, state: str = "open") -> list[CheckLine]:
        """What visits left to be proven."""
        answer = self._http.get(f"/v1/planning/checks?state={state}", token=self._token)
        return answers.plain(answer, list[CheckLine])

    def prove(self, check: str, what: str) -> CheckLine:
        """Close a pending check: it was proven.

        Raises:
            Refused: `check-settled` where it was proven before, `check-unknown`.
        """
        named = "/".join(quote(part, safe="") for part in (check, what))
        return self._settled(f"/v1/planning/checks/{named}/proven", {}, CheckLine)

    def follow_ups(self, state: str = "open") -> list[FollowUpLine]:
        """Work that has to follow a visit."""
        answer = self._http.get(f"/v1/planning/follow-ups?state={state}", token=self._token)
        return answers.plain(answer, list[FollowUpLine])

    def plan_follow_up(self, which: str, on: date) -> FollowUpLine:
        """Make a visit of it, in the pool of that day.

        Raises:
            Refused: `follow-up-settled` where somebody was first, `holder-erased`.
        """
        body = {"date": on.isoformat()}
        return self._settled(f"{_follow_up(which)}/plan", body, FollowUpLine)

    def drop_follow_up(self, which: str) -> FollowUpLine:
        """Say that it is not needed; errors as `plan_follow_up`."""
        return self._settled(f"{_follow_up(which)}/drop", {}, FollowUpLine)

    def _settled(self, path: str, body: Json, kind: type[M]) -> M:
        answer = self._http.post(path, msgspec.json.encode(body), token=self._token)
        return answers.message(answer, kind)

    def _post(self, path: str, body: Json) -> Json:
        answer = self._http.post(path, msgspec.json.encode(body), token=self._token)
        return answers.plain(answer, Json)

    def _change(self, visit: str, body: Json) -> Json:
        headers = {"Content-Type": "application/json"}
        call = Call("PATCH", _path(visit), msgspec.json.encode(body), headers, self._token)
        return answers.plain(self._http.send(call), Json)


def _follow_up(which: str) -> str:
    return f"/v1/planning/follow-ups/{quote(which, safe='')}"


def _path(visit: str) -> str:
    return f"/v1/planning/visits/{quote(visit, safe='')}"
