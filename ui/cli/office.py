"""`fieldapp server`: runs the back office; and the door to `server-admin` and `dispatch`.

In come folder, database, host and port, and how it is served; the first line on standard output
is `{"ready": "http://…"}` as soon as all its processes take requests, logs go to standard
error. Rule: SIGTERM and SIGINT end it with status 0 once running requests are answered.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from sync.server import logs
from sync.server.office import OfficeUnavailable
from sync.server.processes import run
from sync.server.service import Service
from ui.cli.dispatch import dispatch_app
from ui.cli.office_admin import admin_app
from ui.cli.office_options import Database, Files, Folder, chosen, unavailable
from ui.cli.output import emit_json, fail, warn


class LogLevel(StrEnum):
    """From which level on the log is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


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
    processes: Annotated[
        int,
        typer.Option("--processes", min=1, max=64, help="That share the port; not on Windows."),
    ] = 1,
    drain: Annotated[
        float,
        typer.Option(
            "--drain", min=0, max=120, help="Seconds to be taken out of a proxy before the end."
        ),
    ] = 0.0,
    metrics: Annotated[
        str,
        typer.Option(
            "--metrics",
            metavar="HOST:PORT",
            help="Where to tell metrics; process n on PORT + n - 1.",
        ),
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", help="Address whose X-Forwarded-For is believed."),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option("--log-level", help="From which level on to log.")
    ] = LogLevel.INFO,
) -> None:
    """Run the back office until it is told to stop."""
    if processes > 1 and sys.platform == "win32":
        warn("On Windows the office is served by one process.")
        processes = 1
    metrics_host, metrics_port = _place(metrics)
    service = Service(
        settings=chosen(data, db, files, practice=practice),
        host=host,
        port=port,
        processes=processes,
        drain_s=drain,
        metrics_host=metrics_host,
        metrics_port=metrics_port,
        trusted_proxies=("127.0.0.1", "::1", *(trusted_proxy or ())),
        log_level=log_level.value,
    )
    try:
        with logs.written(level=service.log_level):
            run(service, lambda url: emit_json({"ready": url}))
    except OfficeUnavailable as e:
        unavailable(e)
    except OSError as e:
        fail(f"Can't listen on {host} port {port}: {e.strerror}. Choose another --port.")


def _place(metrics: str) -> tuple[str, int | None]:
    """Host and port of `--metrics`; no port where there are to be none."""
    if not metrics:
        return "", None
    host, _, port = metrics.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise typer.BadParameter("--metrics takes HOST:PORT")
    return host.strip("[]"), int(port)
