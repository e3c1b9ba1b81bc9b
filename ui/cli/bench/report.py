"""How a bench tells what it found, and how it ends where that can't be found.

Figures and aims in; one JSON object or lines for people out, and exit status 1 where an aim is
missed. Rule: a missed aim is named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from ui.cli.output import emit_json, emit_line, fail
from ui.demo.processes import DemoFailed

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Figures = dict[str, Any]


def done(bench: Coroutine[Any, Any, Figures]) -> Figures:
    """Run it; what can't be measured ends the command in one line."""
    try:
        return asyncio.run(bench)
    except (DemoFailed, TimeoutError) as e:
        fail(f"This can't be measured here. {type(e).__name__}: {e}")


def tell(name: str, figures: Figures, aims: dict[str, bool], *, as_json: bool) -> None:
    """Print the figures; exit status 1 where an aim is missed."""
    if as_json:
        emit_json({"kind": name, **figures, "aims": aims})
    else:
        for key, value in figures.items():
            emit_line(f"{key:>18}  {value}")
    missed = [aim for aim, met in aims.items() if not met]
    if missed:
        fail(f"Missed: {', '.join(missed)}. Close other programs and measure again.")
