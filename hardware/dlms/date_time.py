"""COSEM date-time: twelve octets with a weekday, a deviation and a clock status.

In come the octets of a clock or a log entry, out come aware datetimes in UTC; and back. Rule:
the deviation that the meter sends is believed (minutes from local time to UTC, so Dutch meters
send -60 or -120); where it is "not specified" the given zone decides, with the daylight saving
bit choosing between the doubled hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from hardware.errors import RemoteProtocolError

NOT_SPECIFIED = bytes.fromhex("FFFF FF FF FF FF FF FF FF 8000 FF")
STATUS_INVALID, STATUS_SUMMER = 0x01, 0x80
_NO_DEVIATION = -0x8000


def parse_date_time(octets: bytes, zone: tzinfo) -> datetime | None:
    """The moment that twelve octets stand for, in UTC (IEC 62056-6-2 4.1.6.1).

    Args:
        octets: year 2, month, day, weekday, hour, minute, second, hundredths, deviation 2,
            clock status.
        zone: the meter's zone, used where the deviation is not specified.

    Returns:
        None where date or time is not fully specified or not a date that exists.

    Raises:
        RemoteProtocolError: not twelve octets.
    """
    if len(octets) != 12:
        raise RemoteProtocolError(f"a date-time of {len(octets)} octets")
    year = int.from_bytes(octets[:2], "big")
    month, day, _, hour, minute, second, hundredths = octets[2:9]
    micros = 0 if hundredths == 0xFF else hundredths * 10_000
    second = 0 if second == 0xFF else second
    try:
        naive = datetime.combine(date(year, month, day), time(hour, minute, second, micros))
        fold = 0 if clock_status(octets) & STATUS_SUMMER else 1
        return naive.replace(tzinfo=_zone(octets, zone), fold=fold).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def build_date_time(moment: datetime, zone: tzinfo, status: int = 0) -> bytes:
    """The twelve octets of an aware moment as a meter in `zone` would write it.

    The daylight saving bit and the deviation follow from the zone; `status` adds other bits.
    """
    local = moment.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    if local.dst():
        status |= STATUS_SUMMER
    return (
        local.year.to_bytes(2, "big")
        + bytes((local.month, local.day, local.isoweekday()))
        + bytes((local.hour, local.minute, local.second, local.microsecond // 10_000))
        + (-int(offset.total_seconds()) // 60).to_bytes(2, "big", signed=True)
        + bytes((status,))
    )


def clock_status(octets: bytes) -> int:
    """The status octet of a date-time; 0 where it is not specified (0xFF)."""
    return 0 if octets[11] == 0xFF else octets[11]


def _zone(octets: bytes, zone: tzinfo) -> tzinfo:
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    if deviation == _NO_DEVIATION:
        return zone
    return timezone(-timedelta(minutes=deviation))
