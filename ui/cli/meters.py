"""The meter commands, each contact of which is noted: `p1`, `optical`, `diagnose`, `simulate`.

In comes an app to add one of them to; only that one's rooms are loaded, since reading a
recording needs nothing of the optical port. Rule: no port is opened before the contact stands
in a trail: the encrypted one of an enrolled laptop, else the plain one of this folder.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any

import typer

from fieldapp.settings import data_folder
from ui.cli.wanted import Entry, Wanted


def p1(app: typer.Typer) -> None:
    """Add the customer port to `app`."""
    room: Any = import_module("ui.cli.p1")
    room.door = _noted
    app.add_typer(room.p1_app, name="p1")


def diagnose(app: typer.Typer) -> None:
    """Add what is done with ports and lines to `app`."""
    room: Any = import_module("ui.cli.diagnose")
    room.door = _noted
    import_module("ui.cli.diagnose_trace").register(room.diagnose_app)
    app.add_typer(room.diagnose_app, name="diagnose")


def optical(app: typer.Typer) -> None:
    """Add the optical port to `app`."""
    room: Any = import_module("ui.cli.optical_contact")
    room.door = _noted
    app.add_typer(import_module("ui.cli.optical").optical_app, name="optical")


def simulate(app: typer.Typer) -> None:
    """Add the simulated meters to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Simulated meters.")
    group.command("p1")(import_module("ui.cli.p1_simulate").simulate_p1)
    group.command("optical")(import_module("ui.cli.optical_simulator").simulate_optical)
    app.add_typer(group, name="simulate")


def _noted(wanted: Wanted) -> AbstractAsyncContextManager[Entry]:
    # Late: it brings the whole laptop along, which reading a recording never needs.
    from ui.cli.contact import noted_contact  # noqa: PLC0415 - see above

    return noted_contact(data_folder(None), wanted)
