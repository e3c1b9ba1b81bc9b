"""What visits left behind, in words: checks, reasons, days that are left.

In come rows of the planner's lists and `Words`; out comes text. Rule: a code from the site that
this program does not know is shown as it came, so that nothing is passed over.
"""

from __future__ import annotations

from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import WorkKind
from ui.presenters.planning_left import Check, FollowUp, Section
from ui.presenters.planning_state import Block, PlanningState
from ui.views import planning_inbox_words
from ui.views.language import Words

_SOON_DAYS = 1


def count_of(words: Words, section: Section, count: int) -> str:
    """`Nog te bewijzen · 3`."""
    return words("follow.counted", what=words(f"follow.{section}"), count=count)


def title(words: Words, row: Check | FollowUp) -> str:
    """What has to be proven, or which work has to follow and why."""
    if isinstance(row, Check):
        return proof(words, row.what)
    return words("follow.work", work=work(words, row.work), reason=reason(words, row.reason))


def second_line(words: Words, row: Check | FollowUp) -> str:
    """Of which visit it is; who proves it and until when, or since when it is asked."""
    if isinstance(row, FollowUp):
        since = words.moment(row.asked_at)
        return words("follow.follow_up_line", number=row.number, since=since)
    key = "follow.missed_line" if row.missed else "follow.check_line"
    by = _known(words, "follow.by", row.proven_by)
    return words(key, number=row.number, by=by, until=words.day(row.until))


def pill(words: Words, row: Check | FollowUp) -> tuple[str, str, str]:
    """What presses: words, tone and icon; no words where nothing does."""
    if isinstance(row, Check):
        tone = "blocking" if row.missed else "attention" if row.days <= _SOON_DAYS else ""
        icons = {"blocking": "circle-alert", "attention": "clock"}
        return days(words, row), tone or "neutral", icons.get(tone, "")
    if row.danger:
        return words("follow.danger"), "blocking", "siren"
    if row.missed:
        return words("follow.not_in_time"), "attention", "triangle-alert"
    return "", "neutral", ""


def days(words: Words, check: Check) -> str:
    """`nog 3 dagen`."""
    if check.missed or check.days < 0:
        return words("follow.missed")
    if check.days in {0, 1}:
        return words(f"follow.days_{check.days}")
    return words("follow.days_many", count=check.days)


def proof(words: Words, what: str) -> str:
    """What has to be proven."""
    return _known(words, "visit.pending", what)


def reason(words: Words, code: str) -> str:
    """Why work has to follow: as the technician said, or what was not proven in time."""
    if code in set(NotDoneReason):
        return words.code("not_done", code)
    if words.has(f"follow.reason.{code}"):
        return words(f"follow.reason.{code}")
    return proof(words, code)


def work(words: Words, kind: WorkKind) -> str:
    """`Storing`."""
    return words(f"planning.kind_{kind}", variant="").strip()


def given_up_by(words: Words, block: Block) -> str:
    """Who had a visit of the pool, and whether work was begun; empty where nobody had it."""
    if not block.refused_by:
        return ""
    key = "follow.handed_over_by" if block.handed_over else "planning.refused_by"
    return words(key, name=block.refused_by)


def of_visit(words: Words, state: PlanningState, block: Block) -> str:
    """What the visit that is looked at left behind, in one line; empty where nothing."""
    left = state.left.of(block.id)
    said = []
    if block.handed_over:
        key = "follow.begun_one" if block.operations == 1 else "follow.begun_many"
        told = words(key, count=block.operations)
        said.append(f"{given_up_by(words, block)}, {told}".removeprefix(", "))
    if left.checks:
        listed = ", ".join(
            f"{title(words, check)} ({days(words, check)})" for check in left.checks
        )
        said.append(words("follow.of_visit_checks", listed=listed))
    if left.follow_ups:
        listed = ", ".join(title(words, one) for one in left.follow_ups)
        said.append(words("follow.of_visit_follow_ups", listed=listed))
    if left.inbox:
        listed = ", ".join(planning_inbox_words.title(words, one) for one in left.inbox)
        said.append(words("follow.of_visit_inbox", listed=listed))
    return " · ".join(said)


def _known(words: Words, table: str, code: str) -> str:
    return words(f"{table}.{code}") if words.has(f"{table}.{code}") else code
