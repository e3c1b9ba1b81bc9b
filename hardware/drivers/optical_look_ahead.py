"""A look before a key is tried: whose meter it is, and which counters it has seen.

In come a port and options, out comes the highest counter and what it took to hear it. Rule: the
public client asks, so that a key of another meter is never tried and no counter is spent.
"""

from __future__ import annotations

from dataclasses import replace

from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_admission import PUBLIC_CLIENT
from hardware.drivers.optical_identity import check_meter
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_opening import open_line
from hardware.drivers.optical_thrift import ThriftyConversation
from hardware.errors import MeterError, PortLocked, WrongMeter
from hardware.port import Port
from hardware.pump import WireStats
from hardware.values import Obis

_SEEN_COUNTER = AttributeRef(1, Obis(0, 0, 43, 1, 0), 2)


async def look_ahead(port: Port, options: OpticalOptions) -> tuple[int, WireStats]:
    """The highest counter that the meter has seen; nothing is asked where HLS is not used.

    The meter's number is asked too where the key is of a known one. The counter (0-0:43.1.0,
    SMR 5) is -1 where it can't be read.

    Raises:
        WrongMeter: the key is another meter's; it was not tried.
        PortLocked: locked after a wrong key; no other was tried.
    """
    if not options.auth.is_high or options.hls is None:
        return -1, WireStats()
    public = replace(options, client=PUBLIC_CLIENT, auth=Authentication.NONE)
    line = await open_line(port, public)
    in_order = False
    seen = -1
    try:
        conversation = ThriftyConversation(line, public)
        await conversation.associate(public)
        if options.hls.meter:
            await check_meter(conversation, options.hls.meter)
        seen = _count(await conversation.get(_SEEN_COUNTER))
        in_order = True
    except (WrongMeter, PortLocked):
        in_order = True
        raise
    except MeterError:
        in_order = True
    finally:
        await line.close(in_order=in_order)
    return seen, line.stats


def _count(data: Data) -> int:
    return data.value if isinstance(data.value, int) else -1
