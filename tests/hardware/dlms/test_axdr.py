from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.axdr import MAX_DEPTH, build, parse
from hardware.dlms.data import NULL, Compact, Data, DataType, TypeDescription, structure
from hardware.errors import LocalProtocolError, RemoteProtocolError

_RANGES = {
    DataType.UNSIGNED: (0, 0xFF),
    DataType.LONG_UNSIGNED: (0, 0xFFFF),
    DataType.DOUBLE_LONG_UNSIGNED: (0, 0xFFFFFFFF),
    DataType.LONG64_UNSIGNED: (0, 2**64 - 1),
    DataType.ENUM: (0, 0xFF),
    DataType.BCD: (0, 0xFF),
    DataType.INTEGER: (-0x80, 0x7F),
    DataType.LONG: (-0x8000, 0x7FFF),
    DataType.DOUBLE_LONG: (-(2**31), 2**31 - 1),
    DataType.LONG64: (-(2**63), 2**63 - 1),
}
_NUMBERS = [st.builds(Data, st.just(tag), st.integers(*ends)) for tag, ends in _RANGES.items()]
_SIZES = {DataType.DATE_TIME: 12, DataType.DATE: 5, DataType.TIME: 4}
_FIXED = [
    st.builds(Data, st.just(tag), st.binary(min_size=size, max_size=size))
    for tag, size in _SIZES.items()
]


def _floating(tag: DataType, width: int) -> st.SearchStrategy[Data]:
    floats = st.floats(allow_nan=False, width=32 if width == 32 else 64)
    return st.builds(Data, st.just(tag), floats.map(Decimal))


simple_data: st.SearchStrategy[Data] = st.one_of(
    *_NUMBERS,
    *_FIXED,
    _floating(DataType.FLOAT32, 32),
    _floating(DataType.FLOAT64, 64),
    st.just(Data(DataType.NULL, None)),
    st.builds(Data, st.just(DataType.BOOLEAN), st.booleans()),
    st.builds(Data, st.just(DataType.OCTET_STRING), st.binary(max_size=300)),
    st.builds(Data, st.just(DataType.BIT_STRING), st.text("01", max_size=70)),
    st.builds(Data, st.just(DataType.UTF8_STRING), st.text(max_size=40)),
    st.builds(
        Data,
        st.just(DataType.VISIBLE_STRING),
        st.text(st.characters(max_codepoint=255), max_size=40),
    ),
)

any_data: st.SearchStrategy[Data] = st.recursive(
    simple_data,
    lambda inner: st.builds(
        Data,
        st.sampled_from([DataType.ARRAY, DataType.STRUCTURE]),
        st.lists(inner, max_size=5).map(tuple),
    ),
    max_leaves=15,
)


def _rows(pairs: list[tuple[int, bytes]]) -> Data:
    octet, pair = TypeDescription(DataType.OCTET_STRING), TypeDescription(DataType.UNSIGNED)
    twice = TypeDescription(DataType.ARRAY, 2, (pair,))
    kind = TypeDescription(DataType.STRUCTURE, 0, (twice, octet))
    rows = tuple(
        Data(
            DataType.STRUCTURE,
            (
                Data(DataType.ARRAY, (Data(DataType.UNSIGNED, number),) * 2),
                Data(DataType.OCTET_STRING, text),
            ),
        )
        for number, text in pairs
    )
    return Data(DataType.COMPACT_ARRAY, Compact(kind, rows))


compact_arrays = st.lists(
    st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=12
).map(_rows)


@given(st.one_of(any_data, compact_arrays))
@settings(max_examples=200)
def test_what_is_built_is_read_back(data: Data) -> None:
    assert parse(build(data)) == data


@given(any_data, st.integers(1, 40))
@settings(max_examples=80)
def test_a_short_value_is_named_so(data: Data, cut: int) -> None:
    octets = build(data)
    with pytest.raises(RemoteProtocolError):
        parse(octets[: max(0, len(octets) - cut)])


@given(st.binary(max_size=80))
@settings(max_examples=200)
def test_any_octets_give_a_value_or_the_named_error(octets: bytes) -> None:
    try:
        data = parse(octets)
    except RemoteProtocolError:
        return
    assert build(data)


@pytest.mark.parametrize(
    ("octets", "data"),
    [
        ("00", NULL),
        ("06 00 40 4B 2F", Data(DataType.DOUBLE_LONG_UNSIGNED, 4213551)),
        ("16 02", Data(DataType.ENUM, 2)),
        ("09 02 01 FF", Data(DataType.OCTET_STRING, b"\x01\xff")),
        ("04 0A 82 40", Data(DataType.BIT_STRING, "1000001001")),
        ("02 02 0F FF 16 23", structure(Data(DataType.INTEGER, -1), Data(DataType.ENUM, 35))),
        ("03 01", Data(DataType.BOOLEAN, value=True)),
        ("17 3F C0 00 00", Data(DataType.FLOAT32, Decimal("1.5"))),
        ("0A 02 41 E9", Data(DataType.VISIBLE_STRING, "A\xe9")),
    ],
)
def test_known_values(octets: str, data: Data) -> None:
    assert parse(bytes.fromhex(octets)) == data
    assert build(data) == bytes.fromhex(octets)


def test_a_long_octet_string_has_a_long_length() -> None:
    data = Data(DataType.OCTET_STRING, bytes(300))
    assert build(data)[:4] == bytes.fromhex("09 82 01 2C")
    assert parse(build(data)) == data


def test_a_compact_array_of_plain_numbers() -> None:
    data = parse(bytes.fromhex("13 12 04 0001 0002"))
    assert [element.integer for element in data.elements] == [1, 2]


def test_nesting_is_bounded() -> None:
    octets = b"\x02\x01" * (MAX_DEPTH + 1) + b"\x00"
    with pytest.raises(RemoteProtocolError, match="nested"):
        parse(octets)
    assert parse(b"\x02\x01" * MAX_DEPTH + b"\x00").tag == DataType.STRUCTURE


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "07",
        "09 80",
        "09 85 00 00 00 00 01",
        "0C 01 FF",
        "13 00 02 00 00",  # nulls: a compact array that never ends
        "13 13 00",
        "13 02 00 00",
        "13 12 03 0001 00",
        "13 12 7F",
        "13 01 FFFF 01 FFFF 01 FFFF 00 01 00",
        "01 84 FF FF FF FF 00",
        "00 00",
    ],
)
def test_broken_values_are_named_so(octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "data",
    [
        Data(DataType.UNSIGNED, 256),
        Data(DataType.LONG, 40_000),
        Data(DataType.FLOAT32, 1),
        Data(DataType.BIT_STRING, b"\x01"),
        Data(DataType.BIT_STRING, "012"),
        Data(DataType.DATE, b"\x01"),
        Data(DataType.OCTET_STRING, "\u20ac"),
        Data(DataType.OCTET_STRING, 5),
        Data(DataType.ARRAY, None),
        Data(DataType.COMPACT_ARRAY, ()),
        Data(
            DataType.COMPACT_ARRAY,
            Compact(TypeDescription(DataType.UNSIGNED), (Data(DataType.ENUM, 1),)),
        ),
    ],
)
def test_a_value_that_does_not_fit_is_our_own_mistake(data: Data) -> None:
    with pytest.raises(LocalProtocolError):
        build(data)


def test_asking_for_another_kind_of_value() -> None:
    with pytest.raises(RemoteProtocolError):
        _ = NULL.integer
    with pytest.raises(RemoteProtocolError):
        _ = Data(DataType.BIT_STRING, "1").octets
    with pytest.raises(RemoteProtocolError):
        _ = NULL.elements
    with pytest.raises(RemoteProtocolError):
        structure(NULL).fields(2)
    assert Data(DataType.UTF8_STRING, "\u20ac").octets == "\u20ac".encode()


def test_types_have_the_words_of_the_standard() -> None:
    assert DataType.DOUBLE_LONG_UNSIGNED.word == "double-long-unsigned"
    assert DataType.NULL.word == "null-data"
    assert DataType.DATE_TIME.word == "date-time"
