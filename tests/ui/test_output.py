from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import typer

from ui.cli.output import emit_json, emit_line, fail

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)


def test_one_mouth_for_exact_values(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"value": Decimal("4.420"), "time": NOON + timedelta(hours=1), "name": "é"})
    emit_line("é\udc80")
    out = capsys.readouterr().out.splitlines()
    assert (
        out[0] == '{"value": "4.420", "time": "2026-06-03T11:00:00+00:00", "name": "\\u00e9"}'
    )
    assert out[1] == "é\\udc80"
    with pytest.raises(TypeError):
        emit_json({"value": object()})
    with pytest.raises(TypeError):
        emit_json({"time": NOON.replace(tzinfo=None)})
    with pytest.raises(typer.Exit):
        fail("two\nlines")
    assert capsys.readouterr().err == "two lines\n"
