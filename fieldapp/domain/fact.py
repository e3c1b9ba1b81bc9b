"""What every fact has: when it happened, and to which step of the visit it belongs.

Out comes the base of the facts in `fieldapp.domain.facts`. Rule: a fact is frozen, and its tag
is the kind of the operation that carries it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One thing that happened.

    Attributes:
        at: when, by the device's clock, aware.
        step: the step of the flow it belongs to; empty where it belongs to the whole visit.
    """

    at: datetime
    step: str = ""

    @property
    def kind(self) -> str:
        """The tag, which names the operation."""
        return str(self.__struct_config__.tag)
