"""The connection options that all `optical` commands share, and the keys file.

In comes the command line, out come `Reach` (where and as whom) and `OpticalOptions` for the
driver. Rule: keys come from a file only, never from the command line, and are never printed.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from hardware.drivers.optical_line import Authentication, Framing, OpticalOptions
from hardware.pump import Timing
from ui.cli.output import fail
from ui.cli.wanted import Wanted

WORKSHOP = "workshop"
_MANAGEMENT, _PUBLIC = 1, 16


class AuthName(StrEnum):
    """What `--auth` takes."""

    NONE = "none"
    LLS = "lls"
    HLS3 = "hls3"
    HLS4 = "hls4"
    HLS5 = "hls5"


class FramingName(StrEnum):
    """What `--framing` takes."""

    AUTO = "auto"
    MODE_E = "mode-e"
    HDLC = "hdlc"
    WRAPPER = "wrapper"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where and as whom a command contacts a meter, as typed."""

    source: str
    client: int | None
    server: int
    physical: str
    auth: AuthName | None
    keys_file: Path | None
    framing: FramingName
    baud: int | None
    purpose: str | None
    visit: str | None
    passphrase_file: Path | None
    timeout: float
    json: bool

    def options(self) -> OpticalOptions:
        """What the driver needs; ends the command where the two do not go together."""
        password = read_password(self.keys_file) if self.keys_file else None
        if self.framing is FramingName.WRAPPER:
            fail("The wrapper is not available yet; use --framing hdlc or mode-e.")
        client = self.client or (_MANAGEMENT if self.keys_file else _PUBLIC)
        return OpticalOptions(
            client=client,
            server=self.server,
            physical=_physical(self.physical),
            auth=self._authentication(client, password),
            password=password or b"",
            framing=Framing(self.framing),
            baud=self.baud,
            timing=Timing(response_s=self.timeout),
        )

    def wanted(
        self,
        action: MeterAction,
        preference: Preference | None = None,
        location: str | None = None,
    ) -> Wanted:
        """The contact as the door is asked for it."""
        return Wanted(
            action=action,
            source=self.source,
            purpose=self.purpose,
            visit=self.visit,
            preference=preference,
            passphrase_file=self.passphrase_file,
            location=location,
        )

    def _authentication(self, client: int, password: bytes | None) -> Authentication:
        if self.auth in {AuthName.HLS3, AuthName.HLS4, AuthName.HLS5}:
            fail(f"--auth {self.auth} is not available yet; use none or lls.")
        asked = Authentication(self.auth) if self.auth else None
        guessed = password is not None and client != _PUBLIC
        found = asked or (Authentication.LLS if guessed else Authentication.NONE)
        if found is Authentication.LLS and password is None:
            fail("LLS needs a password; name the file that holds it with --keys-file.")
        return found

    @property
    def may_write(self) -> bool:
        """A write belongs to a visit or to the workshop."""
        return self.visit is not None or self.purpose == WORKSHOP


def read_password(path: Path) -> bytes | None:
    """The LLS password of a keys file (`password`, hexadecimal), None where it has none."""
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("password")
        return None if found is None else bytes.fromhex(str(found))
    except OSError as e:
        fail(f"The keys file can't be read ({e.strerror}): {path}")
    except ValueError:
        fail(f"The keys file is not TOML with hexadecimal keys: {path}")


def _physical(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isdigit():
        raise typer.BadParameter("a number or none", param_hint="--physical")
    return int(text)


Table = dict[str, tuple[Any, Any]]

CONNECTION: Table = {
    "client": (
        Annotated[
            int | None,
            typer.Option(
                min=1,
                max=127,
                help="Client: 16 public, 1 management. Default 1 with keys and 16 without.",
            ),
        ],
        None,
    ),
    "server": (Annotated[int, typer.Option(min=1, help="Logical device.")], 1),
    "physical": (Annotated[str, typer.Option(help="HDLC physical device, or none.")], "17"),
    "auth": (Annotated[AuthName | None, typer.Option(help="How to prove oneself.")], None),
    "keys_file": (
        Annotated[Path | None, typer.Option(help="TOML file with keys in hexadecimal.")],
        None,
    ),
    "framing": (
        Annotated[FramingName, typer.Option(help="How to open the line.")],
        FramingName.AUTO,
    ),
    "baud": (Annotated[int | None, typer.Option(min=300, help="Rate of the opening.")], None),
    "purpose": (Annotated[str | None, typer.Option(help="What this contact is for.")], None),
    "visit": (Annotated[str | None, typer.Option(help="The visit this belongs to.")], None),
    "passphrase_file": (
        Annotated[
            Path | None,
            typer.Option(help="File with the passphrase of this laptop in its first line."),
        ],
        None,
    ),
    "timeout": (
        Annotated[
            float,
            typer.Option(min=0.1, max=60, metavar="S", help="Seconds to wait for an answer."),
        ],
        Timing().response_s,
    ),
    "json": (Annotated[bool, typer.Option("--json", help="One JSON object a line.")], False),
}


def contacting(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command(reach, ...)` a SOURCE argument and all connection options."""
    source = (Annotated[str, typer.Argument(help="Serial device or pyserial URL.")], ...)
    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
    ][1:]

    def run(**values: Any) -> None:
        taken = {name: values.pop(name) for name in ("source", *CONNECTION)}
        command(Reach(**taken), **values)

    run.__doc__ = command.__doc__
    return typed(run, [*parameters({"source": source}), *own, *parameters(CONNECTION)])


def parameters(table: Table) -> list[inspect.Parameter]:
    """A table of annotated options as parameters; `...` means required."""
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=annotation,
            default=inspect.Parameter.empty if default is ... else default,
        )
        for name, (annotation, default) in table.items()
    ]


def typed(run: Callable[..., None], wanted: list[inspect.Parameter]) -> Callable[..., None]:
    """Show `run(**values)` to typer as a function with these parameters."""
    run.__dict__["__signature__"] = inspect.Signature(wanted)
    return run
