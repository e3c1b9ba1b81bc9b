"""The meter commands, each contact of which is noted: `p1`, `optical` and `simulate`.

In comes an app to add them to. Rule: no port is opened before the contact stands in a trail:
the encrypted one of an enrolled laptop, else the plain one of this folder.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import typer

from fieldapp.settings import data_folder
from ui.cli import optical, optical_contact, p1
from ui.cli.optical_simulator import simulate_optical
from ui.cli.wanted import Wanted


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    p1.door = optical_contact.door = _noted
    simulate = typer.Typer(no_args_is_help=True, help="Simulated meters.")
    simulate.command("p1")(p1.simulate_p1)
    simulate.command("optical")(simulate_optical)
    app.add_typer(p1.p1_app, name="p1")
    app.add_typer(optical.optical_app, name="optical")
    app.add_typer(simulate, name="simulate")


def _noted(wanted: Wanted) -> AbstractAsyncContextManager[str | None]:
    # Late: it brings the whole laptop along, which reading a recording never needs.
    from ui.cli.contact import noted_contact  # noqa: PLC0415 - see above

    return noted_contact(data_folder(None), wanted)
