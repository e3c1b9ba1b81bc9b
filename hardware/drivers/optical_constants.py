"""What never changes in meters of one make and firmware: the scalers and units of registers.

In come answers as they are heard; out come answers that need no asking. Rule: an answer is
known from this session, or from an earlier one with a meter of the same meter code and the same
firmware, core and module; on any other meter nothing is known.
"""

from __future__ import annotations

from hardware.dlms.apdu_get import Result
from hardware.dlms.axdr import build, parse
from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import text_of
from hardware.drivers.optical_identity import value_of
from hardware.drivers.optical_line import Notes
from hardware.errors import RemoteProtocolError
from hardware.values import Obis

NUMBER = value_of("equipment_id")
FIRMWARE = (value_of("firmware_core"), value_of("firmware_module"))
_WHO = (NUMBER, *FIRMWARE)
_MAX_NAME = 100
_REGISTER, _SCALER_UNIT = 3, 3
_METER_CODE = slice(0, 5)


class Constants:
    """The constants of the meter of one session."""

    def __init__(self, notes: Notes) -> None:
        """`notes` keeps them from one session to the next, by make and firmware."""
        self._notes = notes
        self._who: dict[AttributeRef, str] = {}
        self._make = ""
        self._known: dict[Obis, Data] = {}
        self._kept: dict[Obis, Data] = {}

    def recall(self, target: AttributeRef) -> Data | None:
        """The answer, where it is known."""
        return self._known.get(target.obis) if _is_constant(target) else None

    def hear(self, target: AttributeRef, result: Result) -> None:
        """Learn from an answer."""
        if not isinstance(result, Data):
            return
        if _is_constant(target):
            self._known[target.obis] = result
        elif target in _WHO and isinstance(result.value, bytes):
            self._who[target] = text_of(result).strip()
            if len(self._who) == len(_WHO) and not self._make:
                self._recognise()

    def keep(self) -> None:
        """Keep what was learnt; nothing where make and firmware are not known."""
        if self._make and self._known != self._kept:
            self._kept = dict(self._known)
            self._notes.keep(self._make, _text(self._known))

    def _recognise(self) -> None:
        words = [self._who[NUMBER][_METER_CODE], *(self._who[part] for part in FIRMWARE)]
        self._make = "/".join(words)[:_MAX_NAME]
        self._kept = _parsed(self._notes.recall(self._make))
        self._known = {**self._kept, **self._known}


def _is_constant(target: AttributeRef) -> bool:
    return target.class_id == _REGISTER and target.attribute == _SCALER_UNIT


def _text(known: dict[Obis, Data]) -> str:
    return " ".join(f"{obis}={build(data).hex()}" for obis, data in known.items())


def _parsed(text: str) -> dict[Obis, Data]:
    """What was kept; what can't be read is asked again."""
    found: dict[Obis, Data] = {}
    for word in text.split():
        code, _, octets = word.partition("=")
        try:
            found[Obis.parse(code)] = parse(bytes.fromhex(octets))
        except (ValueError, RemoteProtocolError):
            continue
    return found
