from datetime import UTC, datetime
from decimal import Decimal

from hardware.p1.builder import frame
from hardware.p1.identity import equipment_id, registers
from hardware.p1.telegram import Telegram, parse
from hardware.values import Obis, Register


def telegram_of(*lines: str) -> Telegram:
    return parse(frame("X", lines, checksum=True))


def test_the_meter_and_its_devices(recording_two_mbus: bytes) -> None:
    telegram = parse(recording_two_mbus)
    assert equipment_id(telegram) == "E0044007382246019"
    assert equipment_id(telegram, 1) is None
    assert equipment_id(telegram, 2) == "G0039001936990619"


def test_registers_with_gas_on_the_second_channel(recording_two_mbus: bytes) -> None:
    time = datetime(2020, 4, 26, 20, 33, 25, tzinfo=UTC)
    assert registers(parse(recording_two_mbus)) == (
        Register(Obis(1, 0, 1, 8, 1), Decimal("2130.115"), "kWh", time),
        Register(Obis(1, 0, 1, 8, 2), Decimal("245.467"), "kWh", time),
        Register(Obis(1, 0, 2, 8, 1), Decimal("0.000"), "kWh", time),
        Register(Obis(1, 0, 2, 8, 2), Decimal("0.000"), "kWh", time),
        Register(
            Obis(0, 2, 24, 2, 1),
            Decimal("246.138"),
            "m3",
            datetime(2020, 4, 26, 20, 30, 1, tzinfo=UTC),
        ),
    )


def test_gas_of_version_3_is_the_same_register() -> None:
    (gas,) = registers(
        telegram_of(
            "0-1:24.1.0(03)",
            "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)",
            "(00001.001)",
        )
    )
    assert gas.obis == Obis(0, 1, 24, 2, 1)
    assert (str(gas.value), gas.unit) == ("1.001", "m3")


def test_water_and_heat_are_no_gas() -> None:
    assert not registers(
        telegram_of("0-1:24.1.0(007)", "0-1:24.2.1(170102161005W)(00000.107*m3)")
    )


def test_a_number_is_never_guessed() -> None:
    assert equipment_id(telegram_of("0-1:96.1.0(4530303434)")) is None
    assert equipment_id(telegram_of("0-0:96.1.1()")) is None
    assert equipment_id(telegram_of("0-0:96.1.1(204B3136)")) == "K16"
