"""A key out of what a person typed: Argon2id (RFC 9106).

In come a passphrase and the costs; out come 32 octets. Rule: whoever reads the costs from a
file asks first whether they are affordable.
"""

from __future__ import annotations

import os

from argon2.low_level import Type, hash_secret_raw

from fieldapp.domain.passphrase import SALT_SIZE, Costs
from fieldapp.store import secrets


def new_costs() -> Costs:
    """The costs of today, with a salt of their own."""
    return Costs(salt=os.urandom(SALT_SIZE))


def stretched(passphrase: str, costs: Costs) -> bytes:
    """The key; takes about a tenth of a second and 64 MiB."""
    return hash_secret_raw(
        passphrase.encode(),
        costs.salt,
        time_cost=costs.time_cost,
        memory_cost=costs.memory_kib,
        parallelism=costs.lanes,
        hash_len=secrets.KEY_SIZE,
        type=Type.ID,
    )
