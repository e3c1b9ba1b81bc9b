"""COSEM data: the typed values that GET, SET and ACTION carry.

In come numbers, texts and octets, out come `Data` values that keep their type. The type stays
with the value because a meter answers `type unmatched` to the right number in the wrong type.
Rule: values are frozen and exact; asking one for a kind of value that the meter did not send
is `RemoteProtocolError`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from hardware.errors import RemoteProtocolError


class DataType(IntEnum):
    """The tags of the common data types (IEC 62056-6-2, table of common data types)."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27

    @property
    def word(self) -> str:
        """The standard's own spelling, `double-long-unsigned`."""
        return _WORDS.get(self, self.name.lower().replace("_", "-"))


_WORDS = {DataType.NULL: "null-data", DataType.DATE_TIME: "date-time"}


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """What each element of a compact array looks like.

    Attributes:
        tag: its type.
        count: number of elements where `tag` is an array.
        parts: the element type of an array, or the fields of a structure.
    """

    tag: DataType
    count: int = 0
    parts: tuple[TypeDescription, ...] = ()


@dataclass(frozen=True, slots=True)
class Compact:
    """The value of a compact array: one description, then elements that share it."""

    description: TypeDescription
    elements: tuple[Data, ...]


Value = None | bool | int | Decimal | str | bytes | tuple["Data", ...] | Compact


@dataclass(frozen=True, slots=True)
class Data:
    """One value with its type.

    Attributes:
        tag: the type it has, or must have, on the wire.
        value: None; bool; int; Decimal for floats (exact value of the binary number); text
            for visible and UTF-8 strings; text of `0` and `1`, first bit first, for a
            bit-string; bytes for octet strings, dates and times; a tuple for arrays and
            structures.
    """

    tag: DataType
    value: Value

    @property
    def integer(self) -> int:
        """The value as an integer.

        Raises:
            RemoteProtocolError: the meter gave another kind of value here.
        """
        if isinstance(self.value, int):
            return int(self.value)
        raise RemoteProtocolError(f"integer expected, {self.tag.word} came")

    @property
    def octets(self) -> bytes:
        """The value as octets; text types give their characters.

        Raises:
            RemoteProtocolError: the meter gave another kind of value here.
        """
        if isinstance(self.value, bytes):
            return self.value
        if isinstance(self.value, str) and self.tag != DataType.BIT_STRING:
            return self.value.encode("utf-8" if self.tag == DataType.UTF8_STRING else "latin-1")
        raise RemoteProtocolError(f"octets expected, {self.tag.word} came")

    @property
    def elements(self) -> tuple[Data, ...]:
        """The elements of an array, structure or compact array.

        Raises:
            RemoteProtocolError: the meter gave another kind of value here.
        """
        if isinstance(self.value, tuple):
            return self.value
        if isinstance(self.value, Compact):
            return self.value.elements
        raise RemoteProtocolError(f"array or structure expected, {self.tag.word} came")

    def fields(self, count: int) -> tuple[Data, ...]:
        """The first `count` elements of a structure.

        Raises:
            RemoteProtocolError: no structure, or a shorter one.
        """
        if len(self.elements) < count:
            raise RemoteProtocolError(f"{count} fields expected, {len(self.elements)} came")
        return self.elements[:count]


NULL = Data(DataType.NULL, None)


def unsigned(value: int) -> Data:
    """A value of type unsigned (one octet)."""
    return Data(DataType.UNSIGNED, value)


def long_unsigned(value: int) -> Data:
    """A value of type long-unsigned (two octets)."""
    return Data(DataType.LONG_UNSIGNED, value)


def double_long_unsigned(value: int) -> Data:
    """A value of type double-long-unsigned (four octets)."""
    return Data(DataType.DOUBLE_LONG_UNSIGNED, value)


def enum(value: int) -> Data:
    """A value of type enum."""
    return Data(DataType.ENUM, value)


def octet_string(value: bytes) -> Data:
    """A value of type octet-string."""
    return Data(DataType.OCTET_STRING, value)


def structure(*fields: Data) -> Data:
    """A structure of these fields."""
    return Data(DataType.STRUCTURE, fields)


def array(elements: Iterable[Data]) -> Data:
    """An array of these elements."""
    return Data(DataType.ARRAY, tuple(elements))
