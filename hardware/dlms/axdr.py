"""A-XDR coding of COSEM data (IEC 61334-6; types of IEC 62056-6-2).

In come octets, out come `Data` values, and back. Rule: any input gives a value or
`RemoteProtocolError`; nesting and the number of elements are bounded, so no input costs more
than its size allows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal

from hardware.dlms.data import Compact, Data, DataType, TypeDescription, Value
from hardware.dlms.octets import Octets, counted, length_octets
from hardware.errors import LocalProtocolError, RemoteProtocolError

MAX_DEPTH = 16
MAX_ELEMENTS = 100_000

_UNSIGNED = {
    DataType.UNSIGNED: 1,
    DataType.LONG_UNSIGNED: 2,
    DataType.DOUBLE_LONG_UNSIGNED: 4,
    DataType.LONG64_UNSIGNED: 8,
    DataType.ENUM: 1,
    DataType.BCD: 1,
}
_SIGNED = {
    DataType.INTEGER: 1,
    DataType.LONG: 2,
    DataType.DOUBLE_LONG: 4,
    DataType.LONG64: 8,
}
_FLOATS = {DataType.FLOAT32: struct.Struct(">f"), DataType.FLOAT64: struct.Struct(">d")}
_FIXED = {DataType.DATE_TIME: 12, DataType.DATE: 5, DataType.TIME: 4}


def parse(octets: bytes) -> Data:
    """Read exactly one value.

    Raises:
        RemoteProtocolError: not one whole value.
    """
    source = Octets(octets)
    data = read_data(source)
    source.finish()
    return data


def build(data: Data) -> bytes:
    """The tag and the contents of a value.

    Raises:
        LocalProtocolError: the value does not fit its type.
    """
    return bytes((data.tag,)) + contents(data)


def read_data(source: Octets) -> Data:
    """Read one value from where `source` stands, leaving what follows.

    Raises:
        RemoteProtocolError: unknown type, short, nested too deep or too many elements.
    """
    return _Decoder(source).tagged(0)


def contents(data: Data) -> bytes:
    """The octets of a value without its tag (as they stand in a compact array).

    Raises:
        LocalProtocolError: the value does not fit the type.
    """
    try:
        return _BUILDERS[data.tag](data)
    except (TypeError, ValueError, OverflowError, struct.error, RemoteProtocolError) as e:
        raise LocalProtocolError(f"{data.tag.word} can't hold {data.value!r}") from e


class _Decoder:
    """One decoding, with its budget of elements."""

    def __init__(self, source: Octets) -> None:
        self.source = source
        self.budget = MAX_ELEMENTS

    def tagged(self, depth: int) -> Data:
        return self.untagged(TypeDescription(self.tag()), depth)

    def tag(self) -> DataType:
        code = self.source.unsigned(1)
        try:
            return DataType(code)
        except ValueError as e:
            raise RemoteProtocolError(f"unknown data type {code}") from e

    def untagged(self, kind: TypeDescription, depth: int) -> Data:
        self.spend(depth)
        if kind.tag in {DataType.ARRAY, DataType.STRUCTURE}:
            return Data(kind.tag, self.several(kind, depth + 1))
        if kind.tag == DataType.COMPACT_ARRAY:
            return Data(kind.tag, self.compact(depth + 1))
        return Data(kind.tag, _simple(kind.tag, self.source))

    def spend(self, depth: int) -> None:
        self.budget -= 1
        if self.budget < 0 or depth > MAX_DEPTH:
            raise RemoteProtocolError(f"value too large or nested deeper than {MAX_DEPTH}")

    def several(self, kind: TypeDescription, depth: int) -> tuple[Data, ...]:
        if not kind.parts:
            return tuple(self.tagged(depth) for _ in range(self.source.length()))
        parts = kind.parts * kind.count if kind.tag == DataType.ARRAY else kind.parts
        return tuple(self.untagged(part, depth) for part in parts)

    def compact(self, depth: int) -> Compact:
        kind = self.description(depth)
        end = self.source.length() + self.source.position
        if end > len(self.source.data):
            raise RemoteProtocolError("compact array longer than its message")
        elements = []
        while (start := self.source.position) < end:
            elements.append(self.untagged(kind, depth))
            if self.source.position == start:
                raise RemoteProtocolError("compact array of empty elements")
        if self.source.position != end:
            raise RemoteProtocolError("compact array does not end with an element")
        return Compact(kind, tuple(elements))

    def description(self, depth: int) -> TypeDescription:
        self.spend(depth)
        tag = self.tag()
        if tag == DataType.ARRAY:
            count = self.source.unsigned(2)
            self.budget -= count
            return TypeDescription(tag, count, (self.description(depth + 1),))
        if tag == DataType.STRUCTURE:
            count = self.source.length()
            parts = tuple(self.description(depth + 1) for _ in range(count))
            if not parts:
                raise RemoteProtocolError("compact array of empty structures")
            return TypeDescription(tag, 0, parts)
        if tag == DataType.COMPACT_ARRAY:
            raise RemoteProtocolError("compact array inside a compact array")
        return TypeDescription(tag)


def _simple(tag: DataType, source: Octets) -> Value:
    if tag in _UNSIGNED:
        return source.unsigned(_UNSIGNED[tag])
    if tag in _SIGNED:
        return source.signed(_SIGNED[tag])
    if tag in _FIXED:
        return source.take(_FIXED[tag])
    if tag in _FLOATS:
        packer = _FLOATS[tag]
        return Decimal(packer.unpack(source.take(packer.size))[0])
    return _READERS[tag](source)


def _read_bits(source: Octets) -> str:
    count = source.length()
    octets = source.take((count + 7) // 8)
    return "".join(f"{octet:08b}" for octet in octets)[:count]


def _read_utf8(source: Octets) -> str:
    try:
        return source.counted().decode()
    except UnicodeDecodeError as e:
        raise RemoteProtocolError("broken UTF-8 text") from e


_READERS: dict[DataType, Callable[[Octets], Value]] = {
    DataType.NULL: lambda _: None,
    DataType.BOOLEAN: Octets.flag,
    DataType.BIT_STRING: _read_bits,
    DataType.OCTET_STRING: Octets.counted,
    DataType.VISIBLE_STRING: lambda source: source.counted().decode("latin-1"),
    DataType.UTF8_STRING: _read_utf8,
}


def _build_unsigned(data: Data) -> bytes:
    return data.integer.to_bytes(_UNSIGNED[data.tag], "big")


def _build_signed(data: Data) -> bytes:
    return data.integer.to_bytes(_SIGNED[data.tag], "big", signed=True)


def _build_float(data: Data) -> bytes:
    if not isinstance(data.value, Decimal):
        raise TypeError(data.value)
    return _FLOATS[data.tag].pack(float(data.value))


def _build_bits(data: Data) -> bytes:
    bits = data.value
    if not isinstance(bits, str):
        raise TypeError(bits)
    padded = bits + "0" * (-len(bits) % 8)
    octets = int(padded, 2).to_bytes(len(padded) // 8, "big") if bits else b""
    return length_octets(len(bits)) + octets


def _build_fixed(data: Data) -> bytes:
    if len(data.octets) != _FIXED[data.tag]:
        raise ValueError(data.value)
    return data.octets


def _build_elements(data: Data) -> bytes:
    return length_octets(len(data.elements)) + b"".join(build(e) for e in data.elements)


def _build_compact(data: Data) -> bytes:
    if not isinstance(data.value, Compact):
        raise TypeError(data.value)
    kind = data.value.description
    rows = b"".join(_conforming(element, kind) for element in data.value.elements)
    return _build_description(kind) + counted(rows)


def _build_description(kind: TypeDescription) -> bytes:
    parts = b"".join(_build_description(part) for part in kind.parts)
    if kind.tag == DataType.ARRAY:
        return bytes((kind.tag,)) + kind.count.to_bytes(2, "big") + parts
    if kind.tag == DataType.STRUCTURE:
        return bytes((kind.tag,)) + length_octets(len(kind.parts)) + parts
    return bytes((kind.tag,))


def _conforming(data: Data, kind: TypeDescription) -> bytes:
    if data.tag != kind.tag:
        raise TypeError(data)
    if not kind.parts:
        return contents(data)
    parts = kind.parts * kind.count if kind.tag == DataType.ARRAY else kind.parts
    pairs = zip(data.elements, parts, strict=True)
    return b"".join(_conforming(element, part) for element, part in pairs)


_BUILDERS: dict[DataType, Callable[[Data], bytes]] = {
    DataType.NULL: lambda _: b"",
    DataType.BOOLEAN: lambda data: b"\x01" if data.integer else b"\x00",
    DataType.BIT_STRING: _build_bits,
    DataType.OCTET_STRING: lambda data: counted(data.octets),
    DataType.VISIBLE_STRING: lambda data: counted(data.octets),
    DataType.UTF8_STRING: lambda data: counted(data.octets),
    DataType.ARRAY: _build_elements,
    DataType.STRUCTURE: _build_elements,
    DataType.COMPACT_ARRAY: _build_compact,
    **dict.fromkeys(_UNSIGNED, _build_unsigned),
    **dict.fromkeys(_SIGNED, _build_signed),
    **dict.fromkeys(_FLOATS, _build_float),
    **dict.fromkeys(_FIXED, _build_fixed),
}
