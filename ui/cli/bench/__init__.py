"""`fieldapp bench`: how fast this program is, measured beside something that is known.

In come a name and its options; out come figures, as JSON or as lines, and exit status 1 where
an aim is missed. Every process that is measured is a fresh one. Rule: figures are medians or
worst cases of this run on this machine, with the comparison taken in the same run.
"""

from __future__ import annotations

import typer

from ui.cli.bench import optical, p1, server, sync, window


def register(app: typer.Typer) -> None:
    """Add the benches."""
    group = typer.Typer(help="Measure this program on this machine.", no_args_is_help=True)
    group.command("start")(window.start)
    group.command("ui")(window.busy)
    group.command("p1")(p1.p1)
    group.command("optical")(optical.optical)
    group.command("sync")(sync.sync)
    group.command("server")(server.server)
    app.add_typer(group, name="bench")
