"""The meter commands, each contact of which is noted: `p1`, `optical` and `simulate`.

In comes an app to add them to. Rule: no port is opened before the contact stands in a trail:
the encrypted one of an enrolled laptop, else the plain one of this folder.
"""

from __future__ import annotations

import typer

from fieldapp.domain.privacy import MeterAction
from fieldapp.settings import data_folder
from ui.cli import optical, p1
from ui.cli.optical_simulator import simulate_optical


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    p1.before_contact = _before_p1
    optical.before_contact = _before_optical
    simulate = typer.Typer(no_args_is_help=True, help="Simulated meters.")
    simulate.command("p1")(p1.simulate_p1)
    simulate.command("optical")(simulate_optical)
    app.add_typer(p1.p1_app, name="p1")
    app.add_typer(optical.optical_app, name="optical")
    app.add_typer(simulate, name="simulate")


def _before_p1(purpose: str, visit: str | None, source: str) -> None:
    _note(MeterAction.READ_REGISTERS, purpose, visit, source)


def _before_optical(
    purpose: str | None, visit: str | None, source: str, action: MeterAction
) -> str | None:
    return _note(action, purpose, visit, source)


def _note(
    action: MeterAction, purpose: str | None, visit: str | None, source: str
) -> str | None:
    # Late: it brings the whole laptop along, which reading a recording never needs.
    from ui.cli.contact import Wanted, note_contact  # noqa: PLC0415 - see above

    return note_contact(data_folder(None), Wanted(action, purpose, visit, source))
