"""How this laptop reaches a meter: with the keys that came for it, else as the public client.

In comes a meter's number; out come the options for one contact. Rule: HLS 5 under this laptop's
own system title, with counters from its store, and keys that are tried on that meter only; they
live in memory for as long as the contact does (trade.md "Keys and counters").
"""

from __future__ import annotations

from fieldapp.clock import Clock
from fieldapp.domain.meter_keys import MeterKeys
from fieldapp.store import meter_keys
from fieldapp.store.counters import StoredCounters
from fieldapp.store.database import Database
from fieldapp.store.device import device
from fieldapp.work.optical_port import PUBLIC_ACCESS
from hardware.dlms.security import GlobalKeys
from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.optical_line import OpticalOptions
from hardware.dsmr.mbus_keys import DeviceKeys

MANAGEMENT_CLIENT = 1


class MeterAccess:
    """The way to the meters of one laptop's visits."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Take keys and counters from `db`."""
        self._db = db
        self._clock = clock

    async def reach(self, number: str) -> OpticalOptions:
        """How to reach the meter with this number; see `Tools.access`."""
        hls = await self.hls(number)
        if hls is None:
            return PUBLIC_ACCESS
        return OpticalOptions(client=MANAGEMENT_CLIENT, auth=Authentication.HLS5, hls=hls)

    async def hls(self, number: str) -> Hls | None:
        """What HLS 5 with this meter takes; None where this laptop has no key for it."""
        keys = await self.keys(number)
        owner = await self._db.read(device)
        if keys is None or owner is None or not keys.encryption_key:
            return None
        return Hls(
            owner.system_title,
            self._clock.random_bytes,
            StoredCounters(self._db, self._clock),
            GlobalKeys(keys.encryption_key, keys.authentication_key),
            meter=number,
        )

    async def device_keys(self, number: str) -> DeviceKeys | None:
        """The keys of an M-Bus device; None where this laptop has none for it."""
        keys = await self.keys(number)
        if keys is None or not keys.mbus_user_key:
            return None
        return DeviceKeys(keys.mbus_user_key, keys.mbus_default_key or None)

    async def keys(self, number: str) -> MeterKeys | None:
        """The keys of this meter, an M-Bus device's too, for the contact that begins now."""
        return await self._db.read(lambda c: meter_keys.opened(c, number, self._clock))
