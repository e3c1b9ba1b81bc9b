"""What a request points at: an attribute, a method, and a selection within an attribute.

In come class, OBIS and number, out come the octets of the descriptors, and back. Rule: a
selection is only a range or "the last entries"; other selectors a Dutch meter does not know.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import (
    Data,
    DataType,
    array,
    double_long_unsigned,
    long_unsigned,
    octet_string,
    structure,
)
from hardware.dlms.octets import Octets
from hardware.values import Obis

RANGE_SELECTOR, ENTRY_SELECTOR = 1, 2


@dataclass(frozen=True, slots=True)
class Selection:
    """A selective access descriptor: the selector and its parameters."""

    selector: int
    parameters: Data


@dataclass(frozen=True, slots=True)
class AttributeRef:
    """One attribute of one object (cosem-attribute-descriptor with optional selection)."""

    class_id: int
    obis: Obis
    attribute: int
    selection: Selection | None = None

    def __str__(self) -> str:
        return f"{self.obis} attribute {self.attribute} (class {self.class_id})"

    def descriptor(self) -> bytes:
        """The nine octets without the selection."""
        return (
            self.class_id.to_bytes(2, "big")
            + self.obis.to_bytes()
            + self.attribute.to_bytes(1, "big", signed=True)
        )

    def to_bytes(self) -> bytes:
        """Descriptor and selection as they stand in GET and SET requests."""
        if self.selection is None:
            return self.descriptor() + b"\x00"
        chosen = bytes((1, self.selection.selector)) + build(self.selection.parameters)
        return self.descriptor() + chosen

    @classmethod
    def read(cls, source: Octets) -> AttributeRef:
        """Read descriptor and selection, leaving what follows.

        Raises:
            RemoteProtocolError: short or broken.
        """
        class_id, obis = source.unsigned(2), Obis.from_bytes(source.take(6))
        attribute = source.signed(1)
        selection = None
        if source.flag():
            selection = Selection(source.unsigned(1), read_data(source))
        return cls(class_id, obis, attribute, selection)


@dataclass(frozen=True, slots=True)
class MethodRef:
    """One method of one object (cosem-method-descriptor)."""

    class_id: int
    obis: Obis
    method: int

    def __str__(self) -> str:
        return f"{self.obis} method {self.method} (class {self.class_id})"

    def to_bytes(self) -> bytes:
        """The nine octets."""
        return (
            self.class_id.to_bytes(2, "big")
            + self.obis.to_bytes()
            + self.method.to_bytes(1, "big", signed=True)
        )

    @classmethod
    def read(cls, source: Octets) -> MethodRef:
        """Read a descriptor, leaving what follows.

        Raises:
            RemoteProtocolError: short.
        """
        return cls(source.unsigned(2), Obis.from_bytes(source.take(6)), source.signed(1))


_CLOCK = structure(
    long_unsigned(8),
    octet_string(Obis(0, 0, 1, 0, 0).to_bytes()),
    Data(DataType.INTEGER, 2),
    long_unsigned(0),
)


def time_range(start: bytes, end: bytes) -> Selection:
    """The rows of a profile whose clock lies between two COSEM date-times, all columns.

    Range descriptor on {8, 0-0:1.0.0, 2, 0} with no selected values (IEC 62056-6-2,
    profile generic; DSMR P3). Both ends are included.
    """
    parameters = structure(_CLOCK, octet_string(start), octet_string(end), array(()))
    return Selection(RANGE_SELECTOR, parameters)


def entry_range(first: int, last: int) -> Selection:
    """The rows `first` to `last` (from 1; last 0 means to the end), all columns."""
    parameters = structure(
        double_long_unsigned(first),
        double_long_unsigned(last),
        long_unsigned(1),
        long_unsigned(0),
    )
    return Selection(ENTRY_SELECTOR, parameters)
