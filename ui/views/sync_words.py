"""The sync in words: what goes, where it stands, why, and how the line is.

In come rows of the sync's State, the words of a language and the time it is; out come lines
that are ready to be shown. Rule: no widgets; an office's code that nobody translated is shown
as it is, never swallowed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fieldapp.domain.report import REPORT
from ui.messages import requirement
from ui.presenters.sync import SyncState
from ui.presenters.sync_rows import CONFLICT, Entry
from ui.views.language import Words
from ui.views.models.rows import RowLine
from ui.views.visit_words import obis_number, slot_name

DOT = " · "
_MORE, _LONGEST_REASON = "…", 64
SIGNATURE = "signature"
_TONES = {
    "waiting": ("neutral", "clock"),
    "held": ("neutral", "history"),
    "applied": ("done", "check"),
    CONFLICT: ("attention", "triangle-alert"),
    "quarantined": ("attention", "eye"),
    "dropped": ("neutral", "circle-x"),
    "rejected": ("blocking", "circle-x"),
}


def what(words: Words, entry: Entry) -> str:
    """What it is: `Meterstand`, `foto: oude meter`."""
    if not entry.is_file:
        return _capital(words.code("facts", entry.what))
    return file_name(words, entry.what)


def file_name(words: Words, slot: str) -> str:
    """What a file is: `Foto: oude meter`, `Handtekening`, `Verslag voor de klant`."""
    named = _slot(words, slot)
    is_photo = slot not in {SIGNATURE, REPORT}
    return _capital(words("sync.file_photo", what=named) if is_photo else named)


def about(words: Words, entry: Entry, now: datetime) -> str:
    """Whose, how large, how old: `V-1002 · 1,2 kB · 4 min geleden`."""
    said = {"number": entry.number, "size": words.size(entry.size)}
    if entry.at is None:
        return words("sync.row", **said)
    return words("sync.row_aged", age=words.age(now - entry.at), **said)


def tone(entry: Entry) -> tuple[str, str]:
    """The state's tone and icon."""
    return _TONES.get(entry.state, ("neutral", ""))


def state(words: Words, entry: Entry) -> str:
    """Where it stands, in a word or two."""
    key = f"sync.state_{entry.state}"
    return words(key) if words.has(key) else words.code("states", entry.state)


def reason(words: Words, entry: Entry) -> str:
    """Why, as a sentence; empty where the office gave no reason."""
    return entry.reason if entry.is_file else reason_of(words, entry.reason)


def reason_of(words: Words, code: str) -> str:
    """The office's reason as a sentence."""
    kind, _, about = code.partition(":")
    if kind == "fields":
        named = ", ".join(field(words, one) for one in about.split(","))
        return _capital(words("receipt.reason_fields", fields=named))
    if kind == "illegal_transition":
        state, _, wanted = (words.code("states", one) for one in about.partition(">"))
        return words("sync.reason_illegal_transition", state=state, wanted=wanted)
    if kind == "missing_evidence":
        return words("sync.reason_missing_evidence", missing=_missing(words, code, about))
    key = f"sync.reason_{kind}_{about}" if kind == "rule" else f"sync.reason_{kind}"
    if words.has(key):
        return words(key)
    return words("sync.reason_other", reason=code.replace("_", " ")) if code else ""


def _missing(words: Words, code: str, about: str) -> str:
    """What was missing; the office keeps no more than so much of a long list."""
    *whole, last = (requirement(one, words.lang) for one in about.split(","))
    return ", ".join((*whole, _MORE if len(code) == _LONGEST_REASON else last))


def field(words: Words, name: str) -> str:
    """A field of a visit, as the office names it: `meter.E`, `digits.E.1-0:1.8.1`."""
    kind, _, which = name.partition(".")
    known = f"inbox.field_{kind}"
    if not words.has(known):
        return name
    carrier, _, register = which.partition(".")
    named = words(f"inbox.carrier_{carrier}") if carrier else ""
    return words(known, carrier=named, register=obis_number(register))


def value_of(words: Words, name: str, value: str) -> str:
    """What a field of a visit holds, as people read it."""
    if not value:
        return words("inbox.nothing")
    kind = name.partition(".")[0]
    named = f"inbox.{kind}_{value}"
    if words.has(named):
        return words(named)
    own = f"inbox.value_{kind}"
    return words(own, value=value) if words.has(own) else value


def waiting_line(words: Words, shown: SyncState, entry: Entry, now: datetime) -> RowLine:
    """An entry that has to go, with what it waits for in the pill."""
    row = line(words, entry, now)
    if entry.state != "waiting":
        return row
    piece = shown.under_way
    if piece is not None and entry.is_file and entry.id == f"{piece.sha256}.{piece.visit}":
        share = 100 * piece.offset // max(1, entry.size)
        state = words("receipt.under_way", share=share)
        return replace(row, state=state, tone="accent", icon="send")
    if shown.online is False:
        return replace(row, state=words("receipt.no_line"), icon="wifi-off")
    if entry.is_file and shown.waiting:
        return replace(row, state=words("receipt.after_operations"))
    return row


def line(words: Words, entry: Entry, now: datetime) -> RowLine:
    """An entry as a row; what was received carries the time, what waits its age."""
    name, icon = tone(entry)
    why = reason(words, entry)
    if entry.received_at is None:
        below = about(words, entry, now)
    else:
        at, size = words.time(entry.received_at), words.size(entry.size)
        below = DOT.join((entry.number, size, at))
    return RowLine(
        key=f"{entry.id} {entry.visit}",
        title=what(words, entry),
        subtitle=DOT.join((why, below)) if why else below,
        state=state(words, entry),
        tone=name,
        icon=icon,
    )


def visit_of(key: str) -> str:
    """The visit's id in a row's key."""
    return key.rpartition(" ")[2]


def summary(words: Words, shown: SyncState) -> str:
    """The outbox in one line."""
    entries = shown.to_send
    parts = []
    if shown.refused:
        key = "sync.summary_refused" if shown.refused == 1 else "sync.summary_refused_many"
        parts.append(words(key, count=shown.refused))
    if entries:
        size = words.size(sum(entry.size for entry in entries))
        parts.append(words("sync.summary_waiting", count=len(entries), size=size))
    return DOT.join(parts) or words("sync.summary_nothing")


def standing(words: Words, shown: SyncState) -> str:
    """How the line is: `Online`, `Offline sinds 08:12`."""
    if shown.online is None:
        return words("sync.unknown")
    if shown.online:
        return words("sync.online")
    if shown.offline_since is None:
        return words("sync.offline")
    return words("sync.offline_since", time=words.time(shown.offline_since))


def contact(words: Words, shown: SyncState, now: datetime) -> str:
    """When the office was last heard of."""
    at = shown.last_contact
    if at is None:
        return words("sync.contact_never")
    return words("sync.contact", moment=words.moment(at), age=words.age(now - at))


def progress(words: Words, shown: SyncState) -> str:
    """How far a run is, in bytes of both directions, and which file is under way."""
    parts = []
    if shown.bytes_total:
        done, total = words.size(shown.bytes_done), words.size(shown.bytes_total)
        parts.append(words("sync.progress", done=done, total=total))
    if shown.under_way is not None:
        parts.append(words("sync.progress_file", what=_slot(words, shown.under_way.slot)))
    if shown.bytes_in:
        parts.append(words("sync.progress_in", size=words.size(shown.bytes_in)))
    return DOT.join(parts) or words("sync.progress_nothing")


def ending(words: Words, shown: SyncState) -> str:
    """How the last run ended; empty before the first."""
    report = shown.report
    if shown.problem is not None:
        return words("sync.failed", what=shown.problem.what, do=shown.problem.do)
    if report is None:
        return ""
    if shown.stopped:
        waiting = report.waiting + report.files_waiting
        return words("sync.stopped", sent=report.sent + report.files_sent, waiting=waiting)
    if not (report.sent or report.received or report.files_sent):
        return words("sync.ended_nothing")
    sent = report.sent + report.files_sent
    return words("sync.ended", sent=sent, received=report.received)


def receipt(words: Words, entries: tuple[Entry, ...]) -> str:
    """The day's receipt in one line; `entries` latest first."""
    latest = entries[0].received_at if entries else None
    if latest is None:
        return ""
    if len(entries) == 1:
        return words("sync.receipt_one", time=words.time(latest))
    return words("sync.receipt", count=len(entries), time=words.time(latest))


def _slot(words: Words, slot: str) -> str:
    if slot.startswith("reading_"):
        return words.code("about", slot.removeprefix("reading_").replace("_", ".", 1))
    return slot_name(words, slot)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
