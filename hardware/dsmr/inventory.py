"""What one meter holds, by the names of the catalogue, and which version it follows.

In come the meter's answers to a few probes, or its own list of objects; out comes an
`Inventory`. Rule: a version is known only where every probe agrees with it; a meter that fits
none is led by its own list, the catalogue then only lends names, and it is never written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hardware.dlms.data import Data
from hardware.dlms.results import READ_WRITE_DENIED
from hardware.dlms.targets import AttributeRef
from hardware.dlms.units import ScalerUnit
from hardware.dsmr.objects import CHANNELS, MeterObject, Version, catalogue, find, objects_of
from hardware.errors import RemoteProtocolError
from hardware.values import Obis

Answer = Data | int
"""A value, or the data-access-result in its place."""

_DENIED = {READ_WRITE_DENIED, 13}
_ABSENT = {4, 9, 11}  # object undefined, class inconsistent, object unavailable
_SCALER = "voltage_l1"
_PROBES = {
    _SCALER: 3,
    "administrative_status": 2,
    "power_to_client": 3,
    "modem_cdma": 3,
    "auxiliary_log": 4,
    "alarm_register_2": 2,
    "thd_log": 4,
    "alarm_register_3": 2,
    "alarm_filter_3": 2,
}
"""Name to attribute: small ones that came, or changed, with a version."""
_MAY_LACK = {"modem_cdma"}
"""A meter has the modem that was built in; lacking another one contradicts no version."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The objects of one meter.

    Attributes:
        version: None for a meter that fits no known version.
        objects: in the form that this meter has them in.
        unnamed: codes of its own list that the catalogue has no name for.
    """

    version: Version | None
    objects: tuple[MeterObject, ...]
    unnamed: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the meter follows a known version; only such a meter is written."""
        return self.version is not None

    def find(self, name: str) -> MeterObject | None:
        """The object of this name, or None."""
        return next((entry for entry in self.objects if entry.name == name), None)

    def starting(self, *kinds: str) -> tuple[MeterObject, ...]:
        """The objects that there is one of, whose names begin so."""
        return tuple(
            entry
            for entry in self.objects
            if entry.name.startswith(kinds) and not entry.per_channel
        )


def probes() -> dict[str, AttributeRef]:
    """The questions whose answers tell the version, by name."""
    found = {}
    for name, attribute in _PROBES.items():
        entry = find(name, Version.SMR55)
        found[name] = AttributeRef(entry.class_id, entry.obis(), attribute)
    return found


def version_of(answers: Mapping[str, Answer]) -> Version | None:
    """The one version that all answers to `probes` agree with; None for none or several."""
    facts = {name: _is_there(answer, answers) for name, answer in answers.items()}
    telling = {name: f for name, f in facts.items() if f or name not in _MAY_LACK}
    for believed in (facts, telling):
        fitting = [version for version in Version if _fits(version, believed, answers)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def of_version(version: Version) -> Inventory:
    """The inventory of a meter that follows this version."""
    return Inventory(version, objects_of(version))


def public_inventory() -> Inventory:
    """What may be asked of any meter without a key, where its version is not told."""
    return Inventory(None, tuple(e for e in objects_of(Version.SMR500) if e.public))


def of_list(rows: Sequence[Data]) -> Inventory:
    """The inventory of a meter by its association's own list (class 15 attribute 2).

    Raises:
        RemoteProtocolError: not an object list.
    """
    found: dict[MeterObject, None] = {}
    unnamed = []
    for row in rows:
        class_id, class_version, name = row.fields(3)
        if len(name.octets) != 6:
            raise RemoteProtocolError(f"a logical name of {len(name.octets)} octets")
        obis = Obis.from_bytes(name.octets)
        entry = _lent(class_id.integer, obis)
        if entry is None:
            unnamed.append(str(obis))
        else:
            found[replace(entry, version=class_version.integer, writable=False)] = None
    return Inventory(None, tuple(found), tuple(unnamed))


def _is_there(answer: Answer, answers: Mapping[str, Answer]) -> bool | None:
    """Whether the meter has what was asked; None where the answer does not tell.

    A denial proves an object only at a meter that answers otherwise where there is none.
    """
    if isinstance(answer, Data):
        return True
    if answer in _ABSENT:
        return False
    tells = any(isinstance(other, int) and other in _ABSENT for other in answers.values())
    return True if answer in _DENIED and tells else None


def _fits(
    version: Version, facts: Mapping[str, bool | None], answers: Mapping[str, Answer]
) -> bool:
    there = {entry.name: entry for entry in objects_of(version)}
    for name, fact in facts.items():
        if fact is not None and fact is not (name in there):
            return False
    scale = answers.get(_SCALER)
    if not isinstance(scale, Data):
        return True
    return ScalerUnit.from_data(scale).scaler == there[_SCALER].scaler


def _lent(class_id: int, obis: Obis) -> MeterObject | None:
    code = str(obis)
    on_channel = obis.a == 0 and obis.b in CHANNELS
    codes = {code, f"0-x:{code.partition(':')[2]}"} if on_channel else {code}
    forms = (e for e in catalogue() if e.code in codes and e.class_id == class_id)
    return next(forms, None)
