"""The peer, dsmr-parser, as it is measured and asked: a script for an environment of its own.

Started by that environment's interpreter (`make interop` builds it), so it imports nothing of
this program. Its first argument says which specification belongs to which identification, as
JSON. With a file behind it, it prints that file's telegrams as JSON. Else it answers lines:
`{"read": FILE, "start": .., "stop": .., "times": ..}` with telegrams and seconds,
`{"telegram": TEXT, "specification": NAME, "keys": ..}` with what it makes of one. Rule: the
peer is given every advantage that a caller could give it: telegrams already cut, the
specification known, and only its own work is timed.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

# By name: no type checker of this program can see into the other environment.
_PARSER = import_module("dsmr_parser.parsers").TelegramParser
_SPECIFICATIONS = import_module("dsmr_parser.telegram_specifications")
_TELEGRAM = re.compile(r"/[^!]*![0-9A-F]{0,4}\r\n")


@cache
def _parser(specification: str) -> Any:
    return _PARSER(getattr(_SPECIFICATIONS, specification))


class _Reader:
    """The peer with a parser for each identification."""

    def __init__(self, by_header: dict[str, str]) -> None:
        parsers = {name: _parser(name) for name in set(by_header.values())}
        self._by_header = {header: parsers[name] for header, name in by_header.items()}

    def cut(self, octets: bytes) -> list[tuple[str, Any]]:
        """Each telegram of the octets with its parser."""
        texts = _TELEGRAM.findall(octets.decode("latin-1"))
        return [(text, self._by_header[text[1 : text.index("\r")]]) for text in texts]

    def part(self, ask: dict[str, Any]) -> dict[str, object]:
        """Time the reading of a part of a file."""
        octets = Path(ask["read"]).read_bytes()[ask["start"] : ask["stop"]]
        telegrams = self.cut(octets) * ask["times"]
        began = time.process_time()
        for text, parser in telegrams:
            parser.parse(text)
        seconds = time.process_time() - began
        return {"kind": "part", "telegrams": len(telegrams), "seconds": seconds}

    def print_all(self, path: str) -> None:
        """From a file to JSON."""
        for text, parser in self.cut(Path(path).read_bytes()):
            _say(parser.parse(text).to_json())


def _values(ask: dict[str, Any]) -> dict[str, object]:
    """Everything that the peer finds in one telegram, or why it finds nothing."""
    parser = _parser(ask["specification"])
    try:
        found = parser.parse(ask["telegram"], *ask["keys"])
    except Exception as error:  # noqa: BLE001 - whatever the peer raises is its answer
        return {"kind": "values", "error": f"{type(error).__name__}: {error}"}
    lines = {each["value_name"]: each["obis_reference"] for each in _objects(parser)}
    objects = [each for name, value in found for each in _flat(name, value)]
    return {"kind": "values", "objects": [_told(name, lines, each) for name, each in objects]}


def _objects(parser: Any) -> list[dict[str, Any]]:
    return list(parser.telegram_specification["objects"])


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """The objects under one name: most have one, peaks and M-Bus devices a list."""
    if isinstance(value, list):
        return [each for part in value for each in _flat(name, part)]
    if hasattr(value, "channel_id"):
        return [each for inner, part in value for each in _flat(inner, part)]
    return [(name, value)]


def _told(name: str, lines: dict[str, str], found: Any) -> dict[str, object]:
    """An object with the pattern of its line, its code's first two groups and its values."""
    values = [[_plain(each["value"]), each["unit"]] for each in found.values]
    return {"name": name, "line": lines[name], "code": found.obis_id_code, "values": values}


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print a file, or answer until there is no more to do."""
    logging.disable(logging.CRITICAL)
    reader = _Reader(json.loads(sys.argv[1]))
    if len(sys.argv) > 2:
        reader.print_all(sys.argv[2])
        return
    for line in sys.stdin:
        ask = json.loads(line)
        _say(json.dumps(reader.part(ask) if "read" in ask else _values(ask)))


if __name__ == "__main__":
    main()
