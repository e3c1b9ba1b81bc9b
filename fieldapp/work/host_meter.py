"""The electricity meter of a gas-only visit: whose number the visit does not know.

In come the number that the meter tells and what hangs on its M-Bus; out comes what settles that
this is the right one. Rule (trade.md "Connection, meter, identity"): the visit's gas meter on a
channel settles it; where no gas meter is coupled, the technician compares the number with the
plate and confirms it, which is kept; another gas meter means another house. Nothing is written
and nothing read is kept before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fieldapp.work.refusals import HostNotConfirmed
from fieldapp.work.tools import Tools
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_admission import PUBLIC_CLIENT
from hardware.drivers.optical_answers import MbusChannel
from hardware.dsmr.identity import same_meter, short_number

_GAS = "gas"


async def number_of(tools: Tools, source: str) -> str:
    """The number of whatever meter is there, asked by the public client; no key is tried.

    Raises:
        HardwareError: it does not answer, or keeps its number to itself.
    """
    known = await tools.reach("")
    options = replace(
        known, client=PUBLIC_CLIENT, auth=Authentication.NONE, password=b"", hls=None
    )
    async with open_optical(await tools.open_port(source), options) as session:
        return await session.number()


def gas_behind(channels: Iterable[MbusChannel], own: Sequence[str]) -> str:
    """The number of the gas meter behind this meter; empty where none was heard.

    One of `own` (the gas meters of the visit) where it is there, else a strange one. A channel
    with the short number of one of them proves nothing: somebody wrote that, and the device
    itself was not heard yet.
    """
    coupled = [channel for channel in channels if channel.device == _GAS]
    for number in own:
        if any(same_meter(channel.equipment_id, number) for channel in coupled):
            return number
    short = {short_number(number) for number in own}
    strange = (c for c in coupled if c.equipment_id or c.number not in short)
    return next((c.equipment_id or c.number for c in strange), "")


def check_confirmed(found: str, confirmed: str) -> None:
    """Hold a meter that has no gas meter to the number that the technician confirmed.

    Raises:
        HostNotConfirmed: another number, or none was confirmed.
    """
    if not same_meter(found, confirmed):
        raise HostNotConfirmed(found)
