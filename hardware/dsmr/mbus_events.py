"""What the devices behind a meter report: status bits, firmware results, keys.

In come the 16-bit codes of the auxiliary log and the M-Bus status word, out come names. Rule:
the channel stands first in a name, as in the other logs; an unknown bit keeps its number.
"""

from __future__ import annotations

KEY_ACCEPTED, KEY_REJECTED = 1 << 17, 1 << 18
"""Bits of the status word: what a device made of a key that was sent to it."""

_STATUS = {
    0: "battery_low",
    1: "battery_consumption",
    2: "reverse_flow",
    3: "tamper_p2",
    4: "tamper_p0",
    5: "tamper_case",
    6: "tamper_magnet",
    7: "temperature_out_of_range",
    8: "clock_sync_error",
    9: "software_error",
    10: "watchdog_error",
    11: "hardware_error",
    12: "calibration_error",
    13: "flow_too_high",
    14: "temperature_sensor_error",
    16: "p0_enabled",
    17: "new_key_accepted",
    18: "new_key_rejected",
}
_FIRMWARE = (
    "ok",
    "block_size",
    "image_too_big",
    "block_number",
    "receive_error",
    "not_complete",
    "security",
    "wrong_image",
)
_KEYS = {0xA0: "key_sent", 0xA1: "key_acknowledged"}
_FIRMWARE_BASE, _STATUS_BASE, _PER_CHANNEL = 0x1000, 0x8000, 0x100
KEY_SENT = _STATUS_BASE + 0xA0
"""In the auxiliary log, of channel 1."""
_FIRST_BIT = 0x80


def status_names(value: int) -> tuple[str, ...]:
    """The bits set in an M-Bus status word (0-x:24.2.6)."""
    return tuple(_bit(bit) for bit in range(value.bit_length()) if value >> bit & 1)


def device_event_name(code: int) -> str:
    """The name of a 16-bit code of the auxiliary log; empty where it is none of a device."""
    for base in (_FIRMWARE_BASE, _STATUS_BASE):
        channel, rest = divmod(code - base, _PER_CHANNEL)
        if 0 <= channel < 4:
            what = _firmware(rest) if base == _FIRMWARE_BASE else _status(rest)
            return f"mbus{channel + 1}_{what}" if what else ""
    return ""


def _firmware(rest: int) -> str:
    return f"firmware_{_FIRMWARE[rest]}" if rest < len(_FIRMWARE) else ""


def _status(rest: int) -> str:
    if rest in _KEYS:
        return _KEYS[rest]
    bit = rest - _FIRST_BIT
    return _bit(bit) if 0 <= bit < 32 else ""


def _bit(bit: int) -> str:
    return _STATUS.get(bit, f"status_bit_{bit}")
