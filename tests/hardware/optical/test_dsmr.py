from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import resources
from hardware.dsmr.events import (
    AdministrativeStatus,
    alarm_names,
    amr_status_names,
    device_type_name,
    device_type_number,
    error_names,
    event_name,
    key_status_name,
    packet_service_name,
    registration_name,
    signal_dbm,
    status_name,
)
from hardware.dsmr.identity import (
    flag_code,
    flag_number,
    mbus_number,
    mbus_value,
    same_meter,
    short_number,
)
from hardware.dsmr.mbus_events import status_names
from hardware.dsmr.objects import Version, catalogue, find, known_names, objects_of
from hardware.values import Obis

_PLACE = Path("shared") / "data" / "dlms_profiles"
_PROFILES = next((p / _PLACE for p in Path(__file__).parents if (p / _PLACE).is_dir()), _PLACE)
_PARENTS = {"smr43": "dsmr422", "smr51": "smr500", "smr52": "smr51", "smr55": "smr52"}


def _published(version: str) -> dict[str, dict[str, Any]]:
    parent = _PARENTS.get(version)
    found = _published(parent) if parent else {}
    document = json.loads((_PROFILES / f"dlmsprofile-{version}.json").read_text("utf-8"))
    return found | {entry["obis"]: entry for entry in document["objects"]}


@pytest.mark.skipif(not _PROFILES.is_dir(), reason="published profiles not present")
@pytest.mark.parametrize("version", list(Version))
def test_the_catalogue_agrees_with_the_published_profiles(version: Version) -> None:
    published = _published(version.value)
    unknown = dict(published)
    for entry in objects_of(version):
        code = ".".join(str(group) for group in entry.obis(1).groups)
        code = code.replace("0.1.", "0.x.", 1) if entry.per_channel else code
        shown = published.get(code)
        if shown is None:
            continue
        del unknown[code]
        assert (shown["class-id"], shown["version"]) == (entry.class_id, entry.version), code
        kinds = [a["datatype"] for a in shown["attributes"] if a["id"] == 2]
        assert entry.class_id not in {3, 4} or kinds == [entry.kind], code
        units = [a.get("value") for a in shown["attributes"] if a["id"] == 3]
        if entry.scaler is not None:
            unit = {"": "undefined|COUNT", "s": "s"}.get(entry.unit, entry.unit.upper())
            assert units in [[f"{entry.scaler}, {word}"] for word in unit.split("|")], code
    assert unknown == {}


def test_every_row_names_its_source() -> None:
    table = resources.read_text("dsmr/objects.csv").splitlines()
    rows = list(csv.DictReader(table))
    assert {row["source"] for row in rows} == {"gxf", "p3"}
    assert {row["phases"] for row in rows} == {"1", "3"}


@pytest.mark.parametrize(
    ("version", "scaler"),
    [
        (Version.DSMR422, 0),
        (Version.SMR43, 0),
        (Version.SMR51, -1),
        (Version.SMR52, -1),
        (Version.SMR55, -1),
    ],
)
def test_voltage_is_finer_from_smr_5_on(version: Version, scaler: int) -> None:
    assert find("voltage_l1", version).scaler == scaler


def test_averages_moved_to_another_code() -> None:
    assert str(find("average_power_to_client_l1", Version.DSMR422).obis()) == "1-0:21.24.0"
    assert str(find("average_power_to_client_l1", Version.SMR500).obis()) == "1-0:21.4.0"


def test_an_object_that_a_version_lacks() -> None:
    with pytest.raises(KeyError):
        find("administrative_status", Version.DSMR22)
    with pytest.raises(ValueError, match="channel"):
        find("mbus_value").obis()


def test_names_of_a_code() -> None:
    assert known_names(Obis(0, 3, 24, 1, 0)) == ("mbus_client",)
    assert known_names(Obis(1, 0, 1, 8, 1)) == ("energy_to_client_t1",)
    assert known_names(Obis(9, 9, 9, 9, 9)) == ()


def test_no_code_has_two_forms_in_one_version() -> None:
    for version in Version:
        codes = [entry.code for entry in objects_of(version)]
        assert len(codes) == len(set(codes))
    assert len(catalogue()) > 100


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (46, "failed_login"),
        (47, "configuration_changed"),
        (88, "phase_outage_l3"),
        (115, "mbus2_device_discovered"),
        (137, "mbus4_dead_battery"),
        (235, "manufacturer_235"),
        (0xFFFF, "event_log_cleared"),
        (222, "event_222"),
        (0x1000, "mbus1_firmware_ok"),
        (0x1306, "mbus4_firmware_security"),
        (0x1008, "event_4104"),
        (0x8090, "mbus1_p0_enabled"),
        (0x81A1, "mbus2_key_acknowledged"),
        (0x8294, "mbus3_status_bit_20"),
        (0x8001, "event_32769"),
        (0x8400, "event_33792"),
    ],
)
def test_events_have_names(code: int, name: str) -> None:
    assert event_name(code) == name


def test_alarm_and_error_bits_have_names() -> None:
    assert alarm_names(0x02022104) == (
        "power_up",
        "program_memory_error",
        "fraud_attempt",
        "mbus2_communication_error",
        "mbus2_device_discovered",
    )
    assert alarm_names(1 << 9, 2) == ("thd_over_limit_l2",)
    assert alarm_names(3, 3) == ("last_gasp", "last_gasp_test")
    assert alarm_names(1 << 5) == ("alarm_1_bit_5",)
    assert alarm_names(1, 9) == ("alarm_9_bit_0",)
    assert error_names(1 << 11 | 1 << 2) == ("error_bit_2", "measurement_system_error")
    assert amr_status_names(0x8C) == ("data_not_valid", "daylight_saving", "power_down")


def test_other_codes_have_names() -> None:
    assert [status_name(value) for value in (0, 1, 2, 3, 9)] == [
        "undefined",
        "off",
        "on",
        "administrative_on",
        "status_9",
    ]
    assert AdministrativeStatus(2).word == "on"
    assert (key_status_name(4), key_status_name(7)) == ("in_use", "status_7")
    assert registration_name(1) == "home"
    assert packet_service_name(5) == "lte"
    assert (device_type_name(3), device_type_name(99)) == ("gas", "type_99")
    assert (signal_dbm(0), signal_dbm(31), signal_dbm(99)) == (-113, -51, None)


def test_numbers_on_the_name_plate() -> None:
    assert flag_number("LGB") == 12514
    assert flag_code(12514) == "LGB"
    assert flag_code(0) == ""
    assert mbus_number(302289504, 0) == "12049260"
    assert mbus_number(12049260, 1) == "12049260"
    assert mbus_number(0, 1) == ""
    assert [mbus_value("12049260", version) for version in (0, 1)] == [302289504, 12049260]
    with pytest.raises(ValueError, match="M-Bus number"):
        mbus_value("1204926", 1)
    assert short_number("G0039001936990619") == "19369906"
    assert short_number("free text 7") == ""
    assert (device_type_number("gas"), device_type_number("heat")) == (3, 4)
    with pytest.raises(ValueError, match="medium"):
        device_type_number("steam")
    assert status_names(1 << 16 | 1) == ("battery_low", "p0_enabled")
    assert same_meter(" E0044007382246019", "e0044007382246019")
    assert not same_meter("", "")
