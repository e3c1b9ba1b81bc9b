"""How `fieldapp diagnose` prints the messages of a line, for people and for programs.

Rows in; a JSON object or lines out. Rule: the standard's own codes, so that a script can rely
on them; what was masked says so.
"""

from __future__ import annotations

from ui.cli.output import emit_json, emit_line
from ui.presenters.trace_rows import TraceRow

_ARROWS = {"sent": ">", "received": "<", "line": "="}
_SHOWN_OCTETS = 24


def show_row(row: TraceRow, *, as_json: bool, layers: bool = False) -> None:
    """Print one message; for people with its layers where they are asked for."""
    if as_json:
        emit_json(_shape(row))
        return
    octets = row.octets[:_SHOWN_OCTETS].hex(" ")
    more = " ..." if len(row.octets) > _SHOWN_OCTETS else ""
    marks = ("" if row.holds else "  DAMAGED") + ("  SECRET MASKED" if row.masked else "")
    said = f"{row.kind.replace('_', ' ')} {row.about}".strip()
    emit_line(f"{row.at:%H:%M:%S.%f} {_ARROWS[row.way]} {said}{marks}  {octets}{more}".rstrip())
    for layer in row.layers if layers else ():
        facts = "  ".join(f"{name} {value}" for name, value in layer.facts)
        emit_line(f"    {layer.name}: {facts}")


def _shape(row: TraceRow) -> dict[str, object]:
    return {
        "kind": "message",
        "number": row.number,
        "time": row.at,
        "way": row.way,
        "octets": row.octets.hex(),
        "means": row.kind,
        "about": row.about,
        "holds": row.holds,
        "masked": row.masked,
        "layers": [{"name": one.name, "facts": dict(one.facts)} for one in row.layers],
    }
