"""`fieldapp diagnose`: the diagnostics mode without a screen.

In comes an app to add the commands to; each room of them adds its own.
"""

from __future__ import annotations

import typer

from ui.cli import diagnose_trace

diagnose_app = typer.Typer(help="Look at ports and lines.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    diagnose_trace.register(diagnose_app)
    app.add_typer(diagnose_app, name="diagnose")
