"""The meter commands as a user types them: a preference proven, published telegrams decoded."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.programs import ROOT, Said, Services, fieldapp

TELEGRAMS = ROOT.parent / "shared/data/p1"
METER = "E0044007382246019"
ON, OFF = {"value": 2, "name": "on"}, {"value": 1, "name": "off"}

V5 = {
    "1-3:0.2.8": ("50", "", None),
    "0-0:96.1.1": ("K8EG004046395507", "", None),
    "1-0:1.8.1": ("4.426", "kWh", None),
    "1-0:1.8.2": ("2.399", "kWh", None),
    "1-0:2.8.1": ("2.444", "kWh", None),
    "1-0:2.8.2": ("0.000", "kWh", None),
    "0-0:96.14.0": ("0002", "", None),
    "1-0:1.7.0": ("0.244", "kW", None),
    "1-0:2.7.0": ("0.000", "kW", None),
    "0-0:96.7.21": ("13", "", None),
    "0-0:96.7.9": ("0", "", None),
    "1-0:99.97.0": ([], "", None),
    "1-0:32.7.0": ("230.0", "V", None),
    "1-0:72.7.0": ("229.0", "V", None),
    "1-0:31.7.0": ("0.48", "A", None),
    "1-0:71.7.0": ("0.86", "A", None),
    "1-0:61.7.0": ("0.142", "kW", None),
    "0-1:24.1.0": ("3", "", None),
    "0-1:96.1.0": ("2222ABCD123456789", "", None),
    "0-1:24.2.1": ("0.107", "m3", "2017-01-02T15:10:05+00:00"),
}
V4_2 = {
    "1-3:0.2.8": ("42", "", None),
    "0-0:96.1.1": ("3960221976967177082151037881335713", "", None),
    "1-0:1.8.1": ("1581.123", "kWh", None),
    "1-0:1.8.2": ("1435.706", "kWh", None),
    "1-0:2.8.1": ("0.000", "kWh", None),
    "1-0:2.8.2": ("0.000", "kWh", None),
    "0-0:96.14.0": ("0002", "", None),
    "1-0:1.7.0": ("2.027", "kW", None),
    "0-0:96.7.21": ("15", "", None),
    "0-0:96.7.9": ("7", "", None),
    "1-0:99.97.0": (
        [
            {"end": "2000-01-04T17:03:20+00:00", "duration_s": 237126},
            {"end": "1999-12-31T23:00:01+00:00", "duration_s": 2147583646},
            {"end": "2000-01-01T23:00:03+00:00", "duration_s": 2317482647},
        ],
        "",
        None,
    ),
    "1-0:31.7.0": ("0", "A", None),
    "1-0:51.7.0": ("6", "A", None),
    "1-0:71.7.0": ("2", "A", None),
    "1-0:21.7.0": ("0.170", "kW", None),
    "1-0:41.7.0": ("1.247", "kW", None),
    "1-0:61.7.0": ("0.209", "kW", None),
    "0-1:24.1.0": ("3", "", None),
    "0-1:96.1.0": ("4819243993373755377509728609491464", "", None),
    "0-1:24.2.1": ("981.443", "m3", "2016-11-29T19:00:00+00:00"),
}
PUBLISHED: list[tuple[str, dict[str, object], dict[str, Any]]] = [
    (
        "v5.txt",
        {
            "kind": "telegram",
            "header": "ISk5\\2MT382-1000",
            "version": "50",
            "crc": "ok",
            "time": "2017-01-02T18:20:02+00:00",
        },
        V5,
    ),
    (
        "v4_2.txt",
        {
            "kind": "telegram",
            "header": "KFM5KAIFA-METER",
            "version": "42",
            "crc": "ok",
            "time": "2016-11-13T19:57:57+00:00",
        },
        V4_2,
    ),
]


@pytest.mark.parametrize(("name", "head", "values"), PUBLISHED)
def test_published_telegrams(
    name: str, head: dict[str, object], values: dict[str, Any], tmp_path: Path
) -> None:
    path = TELEGRAMS / name
    if not path.exists():
        pytest.skip("the published telegrams are not here")
    said = fieldapp("p1", "read", str(path), "--json", data=tmp_path / "none")
    assert said.status == 0, said.err
    [telegram] = said.lines
    rest = {"readings", "unknown", "errors", "dialect", "interval_s"}
    assert set(telegram) == set(head) | rest
    assert {key: telegram[key] for key in head} == head
    assert telegram["errors"] == []
    readings = telegram["readings"]
    assert all(set(r) == {"obis", "value", "unit", "time", "name"} for r in readings)
    found = {r["obis"]: (r["value"], r["unit"], r["time"]) for r in readings}
    assert {obis: found.get(obis) for obis in values} == values
    lines = path.read_text(encoding="ascii").splitlines()
    data = [line for line in lines if line and line[0] not in "/!"]
    assert len(found) + len(telegram["unknown"]) == len(data)
    assert not (tmp_path / "none").exists()


def _preference(said: Said) -> dict[str, Any]:
    assert said.status == 0, said.err
    [proof] = said.lines
    assert datetime.fromisoformat(proof.pop("time")).tzinfo is not None
    assert (proof.pop("kind"), proof.pop("meter")) == ("preference", METER)
    holds = proof["requested"] == proof["before"]["name"]
    assert proof.pop("foretold") == ([] if holds else ["event_47"])
    return proof


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("security", ["none", "lls"])
def test_a_preference_written_and_read_back(
    security: str, tmp_path: Path, services: Services
) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'password = "{b"technici".hex()}"\n', encoding="ascii")
    keys = ("--keys-file", str(file)) if security == "lls" else ()
    mode_e = ("--framing", "mode-e", "--meter", METER)
    meter = services.start(
        "simulate", "optical", "--pty", "--security", security, *mode_e, *keys
    )
    mine = ("--json", *(keys or ("--client", "1")))

    def preference(*words: str) -> Said:
        command = ("optical", "preference", meter.ready, *words, *mine)
        return fieldapp(*command, data=tmp_path / "laptop")

    shown = _preference(preference())
    assert shown == {"before": ON, "requested": None, "after": ON, "written": False}
    bare = preference("off")
    assert (bare.status, bare.out) == (1, "")
    workshop = ("--purpose", "workshop")
    written = _preference(preference("off", *workshop))
    assert written == {"before": ON, "requested": "off", "after": OFF, "written": True}
    again = _preference(preference())
    assert again == {"before": OFF, "requested": None, "after": OFF, "written": False}
    same = _preference(preference("off", *workshop))
    assert same == {"before": OFF, "requested": "off", "after": OFF, "written": False}
    back = _preference(preference("on", *workshop))
    assert back == {"before": OFF, "requested": "on", "after": ON, "written": True}
