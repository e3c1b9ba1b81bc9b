"""The connection options that all `optical` commands share.

In comes the command line, out come `Reach` (where and as whom) and `OpticalOptions` for the
driver. Rule: what is not said is guessed from the keys at hand, and said to be missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fieldapp import settings
from fieldapp.clock import SystemClock
from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from fieldapp.settings import data_folder
from fieldapp.work.heads import Heads
from fieldapp.work.loose_counters import LooseCounters
from fieldapp.work.meter_types import MeterTypes
from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.dsmr.mbus_keys import DeviceKeys
from hardware.hdlc.parameters import MAX_INFO
from hardware.pump import Timing
from ui.cli.keys_file import KeysFile, read_keys
from ui.cli.output import fail
from ui.cli.wanted import Entry, Wanted

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
    max_info: int
    window: int
    json: bool

    def options(self) -> OpticalOptions:
        """What the driver needs but for HLS; ends the command where it does not fit."""
        held = self._held
        client = self.client or (_MANAGEMENT if self.keys_file else _PUBLIC)
        return OpticalOptions(
            client=client,
            server=self.server,
            physical=_physical(self.physical),
            auth=self._authentication(client, held),
            password=held.password or b"",
            framing=Framing(self.framing),
            baud=self.baud,
            timing=Timing(response_s=self.timeout),
            max_info=self.max_info,
            window=self.window,
            heads=_known_heads(),
            constants=MeterTypes(settings.data_folder(None)),
        )

    def secured(self, options: OpticalOptions, entry: Entry) -> OpticalOptions:
        """The same with what HLS takes; ends the command where the keys file lacks it.

        The laptop's own keys of the meter are used where nothing else was typed.
        """
        if entry.hls is not None and not (self.client or self.auth or self.keys_file):
            hls = entry.hls
            return replace(options, client=_MANAGEMENT, auth=Authentication.HLS5, hls=hls)
        if not options.auth.is_high:
            return options
        held = self._held
        title = held.system_title or entry.system_title
        if title is None:
            fail("HLS needs the client's own system_title in the keys file.")
        counters = entry.counters or LooseCounters(data_folder(None))
        chance = SystemClock().random_bytes
        hls = Hls(title, chance, counters, held.keys, held.hls_secret or b"")
        return replace(options, hls=replace(hls, meter=entry.meter or ""))

    def device_keys(self, digits: str) -> dict[str, DeviceKeys]:
        """The keys of this M-Bus device, where the keys file has them."""
        keys = self._held.device(digits)
        return {digits: keys} if keys else {}

    @property
    def _held(self) -> KeysFile:
        return read_keys(self.keys_file) if self.keys_file else KeysFile()

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

    def _authentication(self, client: int, held: KeysFile) -> Authentication:
        guessed = Authentication.NONE if client == _PUBLIC else _highest(held)
        found = Authentication(self.auth) if self.auth else guessed
        lacking = _LACKING.get(found)
        if lacking is not None and getattr(held, lacking[0]) is None:
            fail(f"{found} needs {lacking[1]}; name the file that holds it with --keys-file.")
        return found

    @property
    def may_write(self) -> bool:
        """A write belongs to a visit or to the workshop."""
        return self.visit is not None or self.purpose == WORKSHOP


_LACKING = {
    Authentication.LLS: ("password", "a password"),
    Authentication.HLS3: ("hls_secret", "hls_secret"),
    Authentication.HLS4: ("hls_secret", "hls_secret"),
    Authentication.HLS5: ("keys", "encryption_key and authentication_key"),
}


def _highest(held: KeysFile) -> Authentication:
    """The most secure way in that the keys allow; HLS 3 and 4 share a secret, so never they."""
    if held.keys is not None:
        return Authentication.HLS5
    return Authentication.NONE if held.password is None else Authentication.LLS


def _known_heads() -> Heads:
    folder = settings.data_folder(None)
    return Heads(partial(settings.load, folder), partial(settings.save, folder))


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
    "max_info": (
        Annotated[
            int,
            typer.Option(min=128, max=MAX_INFO, help="Largest HDLC information to offer."),
        ],
        MAX_INFO,
    ),
    "window": (
        Annotated[int, typer.Option(min=1, max=7, help="Most HDLC frames to offer at once.")],
        7,
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
