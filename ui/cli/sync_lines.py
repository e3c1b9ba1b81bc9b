"""What `fieldapp sync` prints of each thing that went or came, for people and for programs.

Events and reports of the engine go in; a line or a plain JSON object comes out.
"""

from __future__ import annotations

from sync.client.report import (
    Event,
    FileRefused,
    FileSent,
    OperationSent,
    SyncReport,
    VisitReceived,
)
from ui.messages import sentence, word

_LANGUAGE = "en"


def shape(event: Event) -> dict[str, object]:
    """The JSON object of an event; `kind` is operation, visit, file or file_refused."""
    match event:
        case OperationSent():
            return {
                "kind": "operation",
                "id": event.id,
                "sequence": event.sequence,
                "visit": event.visit,
                "operation": event.kind,
                "outcome": event.outcome,
                "reason": event.reason,
            }
        case VisitReceived():
            return {
                "kind": "visit",
                "id": event.visit,
                "number": event.number or None,
                "version": event.version,
                "change": event.change,
            }
        case FileSent():
            return {**_file(event), "kind": "file", "size": event.size}
        case FileRefused():
            return {**_file(event), "kind": "file_refused", "reason": str(event.error)}


def _file(event: FileSent | FileRefused) -> dict[str, object]:
    return {"sha256": event.sha256, "visit": event.visit, "slot": event.slot}


def line(event: Event) -> str:
    """The line of an event."""
    match event:
        case OperationSent():
            reason = f" ({event.reason})" if event.reason else ""
            outcome = word("outcomes", event.outcome, _LANGUAGE)
            return f"sent      {word('facts', event.kind, _LANGUAGE)}: {outcome}{reason}"
        case VisitReceived():
            return f"received  {event.number or event.visit}: {event.change}"
        case FileSent():
            return f"sent      {event.slot}, {event.size} bytes: delivered"
        case FileRefused():
            return f"waits     {event.slot}: {sentence(event.error, _LANGUAGE)}"


def summary(report: SyncReport) -> dict[str, object]:
    """The last JSON object of a sync."""
    return {
        "kind": "sync",
        "sent": report.sent,
        "received": report.received,
        "waiting": report.waiting,
        "refused": report.refused,
        "files_sent": report.files_sent,
        "files_waiting": report.files_waiting,
        "error": type(report.error).__name__ if report.error else None,
    }


def waits(operations: int, files: int) -> str:
    """What still has to go, in words."""
    if not operations and not files:
        return "nothing waits"
    parts = [_counted(operations, "operation"), _counted(files, "file")]
    return f"{' and '.join(part for part in parts if part)} waiting"


def _counted(number: int, what: str) -> str:
    if not number:
        return ""
    return f"1 {what}" if number == 1 else f"{number} {what}s"
