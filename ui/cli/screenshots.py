"""`fieldapp screenshots`: pictures of every page into a folder.

In comes a folder and, where not all are wanted, the names of scenes; out come PNG files and a
contact sheet. Rule: nothing of Qt is imported before it is asked for.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from hardware.errors import HardwareError
from ui.cli.output import emit_line, fail
from ui.messages import sentence


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("screenshots")(screenshots)


def screenshots(
    folder: Annotated[Path, typer.Argument(help="Where the pictures go.")],
    *,
    scene: Annotated[
        list[str] | None, typer.Option("--scene", help="Only this one; may be repeated.")
    ] = None,
) -> None:
    """Take pictures of every page: three themes, two languages, two sizes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    gallery = import_module("ui.proof.gallery")  # Qt, which other commands do without
    try:
        taken = gallery.run(folder, tuple(scene or ()), emit_line)
    except HardwareError as error:
        fail(sentence(error, "en"))
    except OSError as error:
        fail(f"The pictures can't be written: {error}. Name another folder.")
    if not taken:
        fail(f"There is no scene {', '.join(scene or ())}. Leave --scene out to see them all.")
