"""`fieldapp optical …`: a meter behind the optical head, from the command line.

The command line goes in; one JSON object a line, or a table for people, comes out. Rule: what
is read is named by what it is for; each contact is `optical_contact`'s, each upkeep of the
meter `optical_upkeep`'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from fieldapp.work.refusals import PreferenceNotApplied
from fieldapp.work.upkeep_facts import preference_applied
from hardware.drivers.optical import OpticalSession
from hardware.drivers.optical_answers import Readout
from hardware.drivers.optical_logs import POWER_FAILURES, LogReader
from hardware.drivers.optical_profile import ProfileShape
from hardware.drivers.optical_readout import DEFAULT_PERIOD, Wishes
from hardware.dsmr.events import LOGS
from hardware.dsmr.objects import catalogue
from hardware.errors import NotSupported
from hardware.values import Obis
from ui.cli import optical_upkeep
from ui.cli.optical_contact import contact, now, show, to_write
from ui.cli.optical_options import Reach, contacting
from ui.cli.optical_shapes import (
    Rows,
    Shape,
    get_shape,
    logs_shape,
    profile_shape,
    proof_shape,
    readout_shape,
)
from ui.cli.optical_tables import log_table, profile_table
from ui.cli.output import fail
from ui.cli.wanted import Wanted

_STATE = MeterAction.RETRIEVE_STATE

optical_app = typer.Typer(no_args_is_help=True, help="Read and write through the optical head.")


Days = Annotated[
    int | None,
    typer.Option(
        min=1, max=3650, help="How many days back; else since the visit's last one, or 30."
    ),
]


@optical_app.command("get")
@contacting
def get(
    reach: Reach,
    class_id: Annotated[int, typer.Argument(metavar="CLASS", min=1, max=0xFFFF)],
    obis: Annotated[str, typer.Argument(metavar="OBIS")],
    attribute: Annotated[int, typer.Argument(metavar="ATTRIBUTE", min=-128, max=127)],
) -> None:
    """Read one attribute of one object."""
    code = _code(obis)
    answer = contact(
        reach,
        MeterAction.READ_REGISTERS,
        lambda session: session.get(class_id, code, attribute),
    )
    show(reach, get_shape(answer))


@optical_app.command("preference")
@contacting
def preference(
    reach: Reach,
    wanted: Annotated[Preference | None, typer.Argument(metavar="[on|off]")] = None,
) -> None:
    """Show the administrative status, or write it and read it back."""
    if wanted is None:
        action = MeterAction.READ_PREFERENCE
        show(reach, proof_shape(contact(reach, action, lambda s: s.preference(now))))
        return
    to_write(reach)
    wish = reach.wanted(MeterAction.WRITE_PREFERENCE, wanted)

    async def write(session: OpticalSession) -> None:
        """Shown before the contact ends: one that did not take is no contact that was done."""
        proof = await session.write_preference(wanted, now)
        wish.told.facts.append(preference_applied(proof, wanted))
        show(reach, proof_shape(proof, wanted))
        if not proof.holds:
            raise PreferenceNotApplied(wanted, proof.after.value)

    contact(reach, wish, write)


@optical_app.command("read")
@contacting
def read(reach: Reach, days: Days = None) -> None:
    """The whole standard readout of a visit, logs included; no interval profile."""
    wanted = reach.wanted(_STATE)

    async def ask(session: OpticalSession) -> Readout:
        return await session.retrieve_state(Wishes(now=now, since=_since(wanted, days)))

    show(reach, readout_shape(contact(reach, wanted, ask)))


@optical_app.command("logs")
@contacting
def logs(
    reach: Reach,
    days: Days = None,
    log: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=f"Only these: {', '.join(LOGS)}.")
    ] = None,
) -> None:
    """The event logs, by name."""
    names = set(log or ())
    unknown = names - {*LOGS, POWER_FAILURES}
    if unknown:
        raise typer.BadParameter(f"no log is called {', '.join(sorted(unknown))}")
    wanted = reach.wanted(_STATE)

    async def ask(session: OpticalSession) -> LogReader:
        return await session.logs(_since(wanted, days), now(), names)

    reader = contact(reach, wanted, ask)
    found: Shape = {"logs": logs_shape(reader.rows), "left_out": list(reader.left_out)}
    show(reach, found, log_table)


@optical_app.command("profile")
@contacting
def profile(
    reach: Reach,
    profile: Annotated[
        str, typer.Argument(metavar="OBIS|NAME", help="A code, or a name: interval, day_gas, …")
    ],
    hours: Annotated[int, typer.Option(min=1, max=24 * 400, help="How far back.")] = 24,
    channel: Annotated[int, typer.Option(min=1, max=4, help="M-Bus channel of a gas one.")] = 1,
    last: Annotated[int | None, typer.Option(min=1, help="The last rows instead.")] = None,
) -> None:
    """The rows of a profile; interval data of a household only for a named --purpose."""
    if profile not in _profile_names():
        _code(profile)
    until = now()
    since = until - timedelta(hours=hours)

    wanted = reach.wanted(_STATE)

    async def rows_of(session: OpticalSession, shape: ProfileShape) -> Rows:
        if last is not None:
            return await session.profile_last(shape, last)
        return await session.profile_rows(shape, since, until)

    async def judged(session: OpticalSession) -> tuple[ProfileShape, Rows | None]:
        """The rows; None where they would be a household's and nobody said why."""
        shape = await session.profile_shape(await _profile_code(session, profile, channel))
        if not shape.is_interval_data:
            return shape, await rows_of(session, shape)
        if reach.purpose is None and reach.visit is None:
            return shape, None
        async with wanted.told.also(MeterAction.READ_INTERVALS):
            return shape, await rows_of(session, shape)

    shape, rows = contact(reach, wanted, judged)
    if rows is None:
        fail(f"{profile} holds interval data of a household; say why with --purpose.")
    show(reach, profile_shape(shape, rows), profile_table)


for _name in ("clock", "alarms", "mbus", "location", "message"):
    optical_app.command(_name)(contacting(getattr(optical_upkeep, _name)))


def _since(wanted: Wanted, days: int | None) -> datetime:
    """The start of the logs: as asked, else the last visit, else 30 days ago."""
    if days is None and wanted.told.last_visit is not None:
        return wanted.told.last_visit
    return now() - (DEFAULT_PERIOD if days is None else timedelta(days=days))


def _profile_names() -> dict[str, str]:
    """Short name to name in the catalogue: `interval_gas` to `interval_profile_gas`."""
    names = (entry.name for entry in catalogue() if entry.class_id == 7)
    return {name.replace("_profile", ""): name for name in names if "_profile" in name}


async def _profile_code(session: OpticalSession, name: str, channel: int) -> Obis:
    """The code under which this meter has it, or the code that was typed."""
    full = _profile_names().get(name)
    if full is None:
        return Obis.parse(name)
    entry = (await session.inventory()).find(full)
    if entry is None:
        raise NotSupported(f"no {full} in this meter")
    return entry.obis(channel if entry.per_channel else 0)


def _code(obis: str) -> Obis:
    try:
        return Obis.parse(obis)
    except ValueError as e:
        raise typer.BadParameter(str(e), param_hint="OBIS") from e
