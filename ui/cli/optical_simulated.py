"""The meter that `fieldapp simulate optical` serves, made from its options.

Options as typed go in, a simulated meter comes out. Rule: the keys file is the client's, and
what the options name must be in the catalogue; what does not fit ends the command.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import typer

from fieldapp.clock import SystemClock
from hardware.dlms.acse import Mechanism
from hardware.dlms.security import TITLE_SIZE
from hardware.dsmr.identity import short_number
from hardware.dsmr.objects import catalogue
from hardware.simulators.optical_history import YEAR, filled
from hardware.simulators.optical_life import Life
from hardware.simulators.optical_security import MeterSecurity
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from ui.cli.keys_file import KeysFile, read_keys
from ui.cli.optical_options import AuthName
from ui.cli.output import fail

_MAKER = b"SIm"
_NEWCOMER = "G0039001936990625"
_MECHANISMS = {
    AuthName.HLS3: Mechanism.HLS_MD5,
    AuthName.HLS4: Mechanism.HLS_SHA1,
    AuthName.HLS5: Mechanism.HLS_GMAC,
}


def simulated_meter(values: dict[str, Any]) -> OpticalMeter:
    """The meter of these options.

    Raises:
        typer.BadParameter: the name of an object that the catalogue does not have.
    """
    now = datetime.now(UTC)
    held = read_keys(values["keys_file"]) if values["keys_file"] else KeysFile()
    meter = OpticalMeter(
        values["meter"],
        lambda: datetime.now(UTC),
        values["profile"],
        phases=values["phases"],
        needs_password=values["security"] is AuthName.LLS,
        security=_security(values, held),
        life=None if values["still"] else Life(now),
        refused=_names(values["refuse"]),
        absent=_names(values["absent"]),
    )
    meter.password = held.password or meter.password
    furnished(meter)
    _hang(meter, values, now, held)
    days = values["log_days"]
    if not values["full_logs"] and days is None:
        return meter
    return filled(meter, YEAR if days is None else timedelta(days=days))


def _hang(meter: OpticalMeter, values: dict[str, Any], now: datetime, held: KeysFile) -> None:
    """Put on the M-Bus, or near it, what the options say."""
    for number in values["in_reach"] or ():
        meter.bus.in_reach.append(_device(number, now, held))
    if values["appears"] is not None:
        due = now + timedelta(seconds=values["appears"])
        meter.bus.appearing.append((due, _device(_NEWCOMER, now, held)))


def _device(number: str, now: datetime, held: KeysFile) -> GasMeter:
    """A gas meter; one whose keys are in the file encrypts, under its default key at first."""
    device, keys = GasMeter(number, 12_000, now), held.device(short_number(number))
    if keys is None:
        return device
    return replace(device, key=keys.default or keys.user, default_key=keys.default or b"")


def _security(values: dict[str, Any], held: KeysFile) -> MeterSecurity | None:
    mechanism = _MECHANISMS.get(values["security"])
    if mechanism is None:
        return None
    if mechanism is Mechanism.HLS_GMAC and held.keys is None:
        fail("hls5 needs encryption_key and authentication_key in a --keys-file.")
    if mechanism is not Mechanism.HLS_GMAC and held.hls_secret is None:
        fail(f"{values['security']} needs hls_secret in a --keys-file.")
    chance = SystemClock().random_bytes
    title = _MAKER + sha256(values["meter"].encode()).digest()[: TITLE_SIZE - len(_MAKER)]
    return MeterSecurity(mechanism, chance, held.keys, held.hls_secret or b"", title)


def _names(given: list[str] | None) -> frozenset[str]:
    """Names of the catalogue.

    Raises:
        typer.BadParameter: one that it does not have.
    """
    unknown = set(given or ()) - {entry.name for entry in catalogue()}
    if unknown:
        raise typer.BadParameter(f"no object is called {', '.join(sorted(unknown))}")
    return frozenset(given or ())
