"""What may stand in a meter's texts: the office's code for its place, and set messages.

In comes a text; out comes the same text, or why it is refused. Rule: a meter outlives its
customers and is read by others, so no name, address or EAN ever stands in it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from fieldapp.domain.work_order import Connection
from fieldapp.errors import TextRefused

_CODE = re.compile(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,4}")
_POSTCODE = re.compile(r"[1-9]\d{3}-?[A-Z]{2}(?![A-Z])")
_WORD = re.compile(r"[A-Z]{4,}")
_LONG_NUMBER = re.compile(r"\d{10,}")

Messages = Mapping[str, Mapping[str, str]]
"""Template to its text by language."""


def check_location_code(text: str) -> str:
    """A code of the office, such as `WL-0042-B`.

    Raises:
        TextRefused: anything that could tell who lives where.
    """
    code = text.strip()
    plain = code.replace("-", "").upper()
    if _LONG_NUMBER.search(plain):
        raise TextRefused(code, "ean")
    if _POSTCODE.search(code.upper().replace(" ", "-")):
        raise TextRefused(code, "address")
    if _WORD.search(code.upper()) or not any(letter.isdigit() for letter in code):
        raise TextRefused(code, "name")
    if not _CODE.fullmatch(code):
        raise TextRefused(code, "no_code")
    return code


def check_office_code(connection: Connection | None, code: str) -> None:
    """Raise `TextRefused` where the office gave another code for this connection, or none."""
    if connection is None or connection.location_code != code:
        raise TextRefused(code, "not_the_offices")


def parse_messages(text: str) -> Messages:
    """The set messages to a consumer, from the text of their file."""
    return {name: dict(texts) for name, texts in tomllib.loads(text).items()}
