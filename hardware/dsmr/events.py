"""Event codes, alarm bits and status bits of Dutch meters, as names.

In come codes and registers as the meter holds them, out come short names. Rule: an unknown
code or bit keeps its number in its name; nothing that a meter reports is dropped.
"""

from __future__ import annotations

from enum import IntEnum

from hardware.dsmr.mbus_events import device_event_name

EVENT_LOG_CLEARED = 255
FAILED_LOGIN = 46
CONFIGURATION_CHANGED = 47

LOGS = (
    "standard",
    "fraud",
    "mbus",
    "communication",
    "power_quality",
    "auxiliary",
    "power_quality_extended",
    "thd",
)

_PHASES = ("l1", "l2", "l3")


def _per_phase(first: int, name: str) -> dict[int, str]:
    return {first + at: f"{name}_{phase}" for at, phase in enumerate(_PHASES)}


_MBUS_EVENTS = (
    "communication_error",
    "communication_ok",
    "replace_battery",
    "fraud_attempt",
    "clock_adjusted",
    "device_discovered",
    "permanent_error",
    "dead_battery",
)

_EVENTS = {
    EVENT_LOG_CLEARED: "event_log_cleared",
    0xFFFF: "event_log_cleared",
    1: "power_failure",
    2: "power_returned",
    3: "clock_update",
    4: "clock_adjusted_old_time",
    5: "clock_adjusted_new_time",
    6: "clock_invalid",
    7: "replace_battery",
    8: "battery_voltage_low",
    9: "tariff_activated",
    10: "error_register_cleared",
    11: "alarm_register_cleared",
    12: "program_memory_error",
    13: "ram_error",
    14: "nv_memory_error",
    15: "watchdog_error",
    16: "measurement_system_error",
    17: "firmware_ready",
    18: "firmware_activated",
    19: "passive_tariff_updated",
    20: "self_check_ok_after_firmware",
    21: "communication_module_removed",
    22: "communication_module_inserted",
    23: "error_register_2_cleared",
    24: "alarm_register_2_cleared",
    25: "last_gasp_test",
    40: "terminal_cover_removed",
    41: "terminal_cover_closed",
    42: "strong_dc_field_detected",
    43: "strong_dc_field_gone",
    44: "meter_cover_removed",
    45: "meter_cover_closed",
    FAILED_LOGIN: "failed_login",
    CONFIGURATION_CHANGED: "configuration_changed",
    48: "module_cover_opened",
    49: "module_cover_closed",
    **_per_phase(51, "thd_over_limit"),
    **_per_phase(54, "thd_normal"),
    **_per_phase(57, "thd_long_over_limit"),
    71: "metrological_maintenance",
    72: "technical_maintenance",
    73: "readings_retrieved_e",
    74: "readings_retrieved_g",
    75: "interval_data_retrieved_e",
    76: "interval_data_retrieved_g",
    **_per_phase(77, "under_voltage"),
    **_per_phase(80, "over_voltage"),
    **_per_phase(83, "voltage_normal"),
    **_per_phase(86, "phase_outage"),
    89: "phase_outage_test",
    **_per_phase(90, "phase_returned"),
    **_per_phase(93, "voltage_sag"),
    **_per_phase(96, "voltage_swell"),
    99: "last_gasp",
    **{
        100 + 10 * (channel - 1) + at: f"mbus{channel}_{name}"
        for channel in (1, 2, 3, 4)
        for at, name in enumerate(_MBUS_EVENTS)
    },
}


def event_name(code: int) -> str:
    """The name of an event code; the codes are one range over all logs."""
    if code in _EVENTS:
        return _EVENTS[code]
    if 230 <= code <= 249:
        return f"manufacturer_{code}"
    return device_event_name(code) or f"event_{code}"


_ALARMS_1 = {
    0: "clock_invalid",
    1: "replace_battery",
    2: "power_up",
    3: "auxiliary_event",
    4: "configuration_changed",
    8: "program_memory_error",
    9: "ram_error",
    10: "nv_memory_error",
    11: "measurement_system_error",
    12: "watchdog_error",
    13: "fraud_attempt",
    **{15 + channel: f"mbus{channel}_communication_error" for channel in (1, 2, 3, 4)},
    **{19 + channel: f"mbus{channel}_fraud_attempt" for channel in (1, 2, 3, 4)},
    **{23 + channel: f"mbus{channel}_device_discovered" for channel in (1, 2, 3, 4)},
    **_per_phase(28, "phase_outage"),
    31: "phase_outage_test",
}
_ALARMS = {
    1: _ALARMS_1,
    2: {
        **_per_phase(0, "voltage_sag"),
        **_per_phase(3, "voltage_swell"),
        **_per_phase(8, "thd_over_limit"),
        **_per_phase(11, "thd_long_over_limit"),
    },
    3: {0: "last_gasp", 1: "last_gasp_test"},
}
# The error register uses the same places for the same faults, without the events.
_ERRORS = {
    bit: name
    for bit, name in _ALARMS_1.items()
    if bit in {0, 1} or 8 <= bit <= 13 or 16 <= bit <= 23
}
_AMR = {
    0: "critical_error",
    1: "clock_invalid",
    2: "data_not_valid",
    3: "daylight_saving",
    5: "clock_adjusted",
    6: "recovered_value",
    7: "power_down",
}


def alarm_names(value: int, register: int = 1) -> tuple[str, ...]:
    """The alarms set in alarm register 1, 2 or 3; bit 0 is the least significant."""
    return _bits(value, _ALARMS.get(register, {}), f"alarm_{register}")


def error_names(value: int) -> tuple[str, ...]:
    """The errors set in the error register 0-0:97.97.0."""
    return _bits(value, _ERRORS, "error")


def amr_status_names(value: int) -> tuple[str, ...]:
    """What an AMR profile status octet says about its interval (P3 4.2.2, 4.2.5)."""
    return _bits(value, _AMR, "amr")


def _bits(value: int, names: dict[int, str], otherwise: str) -> tuple[str, ...]:
    return tuple(
        names.get(bit, f"{otherwise}_bit_{bit}")
        for bit in range(value.bit_length())
        if value >> bit & 1
    )


class AdministrativeStatus(IntEnum):
    """The customer's choice about remote reading, as the meter holds it (0-1:94.31.0)."""

    UNDEFINED = 0
    OFF = 1
    ON = 2
    FORCED_ON = 3

    @property
    def word(self) -> str:
        """`undefined`, `off`, `on`, or `administrative_on` for the value old meters hold."""
        return (
            "administrative_on" if self is AdministrativeStatus.FORCED_ON else self.name.lower()
        )


WRITABLE_STATUS = {"on": AdministrativeStatus.ON, "off": AdministrativeStatus.OFF}
"""What may be written; 0 is the factory's and 3 belongs to the 4.0 requirements only."""


def status_name(value: int) -> str:
    """The word for an administrative status as read; an unknown value keeps its number."""
    try:
        return AdministrativeStatus(value).word
    except ValueError:
        return f"status_{value}"


_KEY_STATUS = ("no_key", "key_set", "key_transferred", "set_and_transferred", "in_use")
_REGISTRATION = ("not_registered", "home", "searching", "denied", "unknown", "roaming")
_PACKET = ("inactive", "gprs", "edge", "umts", "hsdpa", "lte", "cdma", "lte_m", "nb_iot")
_DEVICE_TYPES = {3: "gas", 4: "heat", 6: "warm_water", 7: "water", 2: "electricity"}


def key_status_name(value: int) -> str:
    """The encryption key status of an M-Bus channel (class 72 attribute 14)."""
    return _listed(_KEY_STATUS, value)


def registration_name(value: int) -> str:
    """The registration of a modem in the network (class 47 attribute 3)."""
    return _listed(_REGISTRATION, value)


def packet_service_name(value: int) -> str:
    """The packet service of a modem (class 47 attribute 5)."""
    return _listed(_PACKET, value)


def device_type_name(value: int) -> str:
    """The medium of an M-Bus device (EN 13757-3)."""
    return _DEVICE_TYPES.get(value, f"type_{value}")


def device_type_number(name: str) -> int:
    """The reverse of `device_type_name`.

    Raises:
        ValueError: no medium of that name.
    """
    for number, known in _DEVICE_TYPES.items():
        if known == name:
            return number
    raise ValueError(f"no M-Bus medium {name!r}")


def signal_dbm(quality: int) -> int | None:
    """Received signal in dBm of a signal quality 0..31; None for 99 (unknown)."""
    return -113 + 2 * quality if 0 <= quality <= 31 else None


def _listed(names: tuple[str, ...], value: int) -> str:
    return names[value] if 0 <= value < len(names) else f"status_{value}"
