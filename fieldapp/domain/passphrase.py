"""What it costs to make a key out of a passphrase, as it stands in files.

Rule: whoever reads costs from a file asks first whether they are affordable.
"""

from __future__ import annotations

import msgspec

SALT_SIZE = 16


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """How a key is made from a passphrase: Argon2id, the second choice of RFC 9106 (4)."""

    salt: bytes = b""
    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4

    @property
    def affordable(self) -> bool:
        """Whether they are sane: a changed file must not take the machine's memory."""
        bounded = (
            len(self.salt) == SALT_SIZE and 0 < self.time_cost <= 64 and 0 < self.lanes <= 64
        )
        return bounded and 8 * self.lanes <= self.memory_kib <= 1 << 20
