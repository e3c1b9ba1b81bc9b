"""`fieldapp server`: runs the back office; and the door to `server-admin` and `dispatch`.

In come folder, database, host and port; the first line on standard output is
`{"ready": "http://…"}` as soon as requests are taken, logs go to standard error. Rule: SIGTERM
and SIGINT end it with status 0 once running requests are answered.
"""

from __future__ import annotations

from typing import Annotated

import typer

from sync.server import logs
from sync.server.office import OfficeUnavailable
from sync.server.run import serve
from ui.cli.dispatch import dispatch_app
from ui.cli.office_admin import admin_app
from ui.cli.office_options import Database, Files, Folder, chosen, unavailable
from ui.cli.output import emit_json, fail


def register(app: typer.Typer) -> None:
    """Add the office's commands to the one command."""
    app.command("server")(server)
    app.add_typer(admin_app, name="server-admin")
    app.add_typer(dispatch_app, name="dispatch")


def server(  # noqa: PLR0913  one parameter for each option
    *,
    data: Folder = None,
    db: Database = "",
    files: Files = "",
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")
    ] = 8321,
    practice: Annotated[
        bool, typer.Option("--practice", help="Takes practice laptops, and only those.")
    ] = False,
) -> None:
    """Run the back office until it is told to stop."""
    settings = chosen(data, db, files, practice=practice)
    logs.install()
    try:
        serve(settings, host, port, lambda url: emit_json({"ready": url}))
    except OfficeUnavailable as e:
        unavailable(e)
    except OSError as e:
        fail(f"Can't listen on {host} port {port}: {e.strerror}. Choose another --port.")
