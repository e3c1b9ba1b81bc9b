"""What a Dutch meter holds, per version: names, classes, OBIS codes, types and units.

In comes a version, out come its objects by name. The data is `resources/dsmr/objects.csv`.
Rule: one set of names on the whole floor, the same as the customer port uses where it carries
the same quantity; a name stands for one quantity although versions differ in code or scaler.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from hardware.values import Obis


class Version(StrEnum):
    """The versions of the Dutch requirements, oldest first."""

    DSMR22 = "dsmr22"
    DSMR422 = "dsmr422"
    SMR43 = "smr43"
    SMR500 = "smr500"
    SMR51 = "smr51"
    SMR52 = "smr52"
    SMR55 = "smr55"

    @property
    def is_smr5(self) -> bool:
        """Whether it is one of the SMR 5 family (0.1 V, 0.01 A, bit-string configuration)."""
        return self.value.startswith("smr5")


_ORDER = list(Version)
CHANNELS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class MeterObject:
    """One kind of object.

    Attributes:
        name: short, lower case; the same quantity has the same name in every version.
        class_id: COSEM interface class.
        version: of that class.
        code: OBIS code as text, with `x` for the M-Bus channel.
        kind: type of attribute 2, in the standard's words.
        scaler: power of ten of a register; None where the class or the version has none.
        unit: `Wh`, `V`, ...; empty without.
        since: first version that has it in this form.
        until: last version that has it in this form.
        public: whether the public client may read it (DSMR P3 4.2.2, column P).
        writable: whether an operation of this program writes it.
        polyphase: present in three-phase meters only.
    """

    name: str
    class_id: int
    version: int
    code: str
    kind: str
    scaler: int | None
    unit: str
    since: Version
    until: Version
    public: bool
    writable: bool
    polyphase: bool

    @property
    def per_channel(self) -> bool:
        """Whether there is one for each M-Bus channel."""
        return "x" in self.code

    def obis(self, channel: int = 0) -> Obis:
        """The code, on this M-Bus channel where it has one.

        Raises:
            ValueError: a channel is needed and none was given.
        """
        if self.per_channel and channel not in CHANNELS:
            raise ValueError(f"{self.name} needs a channel 1..4")
        return Obis.parse(self.code.replace("x", str(channel)))

    def is_in(self, version: Version) -> bool:
        """Whether meters of this version have it in this form."""
        first, last = _ORDER.index(self.since), _ORDER.index(self.until)
        return first <= _ORDER.index(version) <= last


@cache
def catalogue() -> tuple[MeterObject, ...]:
    """Every form of every object, of all versions."""
    table = (resources.files("resources") / "dsmr" / "objects.csv").read_text("utf-8")
    return tuple(_object(row) for row in csv.DictReader(table.splitlines()))


def objects_of(version: Version) -> tuple[MeterObject, ...]:
    """What a meter of this version holds (a head-end's view: a meter may differ)."""
    return tuple(entry for entry in catalogue() if entry.is_in(version))


@cache
def find(name: str, version: Version = Version.SMR500) -> MeterObject:
    """The object of this name in this version (the first where it has two codes).

    Raises:
        KeyError: no such name, or not in this version.
    """
    for entry in catalogue():
        if entry.name == name and entry.is_in(version):
            return entry
    raise KeyError(f"{name} in {version}")


def known_names(obis: Obis) -> tuple[str, ...]:
    """The names that some version gives to this code; empty when none does."""
    code = str(obis)
    channel = f"0-x:{code.partition(':')[2]}" if obis.a == 0 and obis.b in CHANNELS else ""
    return tuple(dict.fromkeys(o.name for o in catalogue() if o.code in {code, channel}))


def _object(row: dict[str, str]) -> MeterObject:
    return MeterObject(
        name=row["name"],
        class_id=int(row["class"]),
        version=int(row["version"]),
        code=row["obis"],
        kind=row["type"],
        scaler=int(row["scaler"]) if row["scaler"] else None,
        unit=row["unit"],
        since=Version(row["since"]),
        until=Version(row["until"]),
        public="P" in row["rights"],
        writable="W" in row["rights"],
        polyphase=row["phases"] == "3",
    )
