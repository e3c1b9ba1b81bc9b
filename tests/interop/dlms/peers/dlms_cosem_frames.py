"""The frames in the tests that dlms-cosem publishes with itself, as the library reads them.

Prints one JSON object: `frames`, each with its octets in hexadecimal, the name of what the
library makes of them, and the octets that it builds of that again.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import dlms_cosem
from dlms_cosem.connection import XDlmsApduFactory

TESTS = Path(dlms_cosem.__file__).parents[1] / "tests"


def literals() -> Iterator[bytes]:
    """Every octet string that stands in those tests."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
                yield node.value
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    yield bytes.fromhex(node.value)
                except ValueError:
                    continue


def main() -> None:
    """Tell those that the library reads."""
    told = []
    for octets in dict.fromkeys(literals()):
        try:
            message = XDlmsApduFactory.apdu_from_bytes(octets)
            built = message.to_bytes().hex()
        except Exception:  # noqa: BLE001 - whatever it raises, it does not read this one
            continue
        told.append([octets.hex(), type(message).__name__, built])
    sys.stdout.write(json.dumps({"frames": told}) + "\n")


main()
