"""The rule for invocation counters: which run of them may be used next.

In come what was used here and what the meter has seen, out comes the first free counter. Rule:
max(own, the meter's) + 1 and on, and a key whose 32 bits are used up is used no more (trade.md
"Keys and counters").
"""

from __future__ import annotations

from fieldapp.errors import CounterExhausted

LIMIT = 1 << 32
"""The counter on the wire has 32 bits."""


def first_of_run(scope: str, own: int, count: int, above: int) -> int:
    """The first of `count` counters in a row.

    Args:
        scope: names one key under one system title.
        own: the next that was not yet taken here.
        count: how many, at least 1.
        above: the highest that the meter has seen, -1 where it does not say.

    Raises:
        CounterExhausted: there are not that many left under this key.
    """
    first = max(own, above + 1)
    if first + count > LIMIT:
        raise CounterExhausted(scope)
    return first
