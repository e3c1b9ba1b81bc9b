"""Cases that broke other systems, each as a test that can fail here (sync.md)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain.facts import AnyFact, EvidenceAdded
from fieldapp.store import attachments, orders, outbox
from fieldapp.store.transaction import Transaction

# The office on both databases, as its own tests have it.
from tests.sync.server.conftest import (
    backyard,
    clock,
    cluster,
    migrated,
    migrated_file,
    office,
    settings,
)

if TYPE_CHECKING:
    from tests.sync.conftest import Laptop

__all__ = ["backyard", "clock", "cluster", "migrated", "migrated_file", "office", "settings"]

Photo = Callable[..., Awaitable[str]]
Told = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def photo() -> Photo:
    """Takes a photo at a laptop's first visit: the file and its fact; answers the SHA-256."""

    async def take(laptop: Laptop, size: int) -> str:
        content = os.urandom(size)

        def change(c: Transaction) -> str:
            visit = orders.held(c)[0].visit
            kept = attachments.add(
                c, content, visit=visit.id, slot="old", media_type="image/jpeg"
            )
            fact = EvidenceAdded(
                at=datetime.now(UTC),
                slot="old",
                sha256=kept.sha256,
                size=size,
                media_type="image/jpeg",
            )
            outbox.append(c, visit, fact, laptop.clock)
            return kept.sha256

        return await laptop.db.write(change, touched=frozenset({"files", "outbox"}))

    return take


@pytest.fixture
def tell() -> Told:
    """Keeps facts of a visit of a laptop, the first one or a named one; answers their ids."""

    async def keep(laptop: Laptop, *facts: AnyFact, visit: str = "") -> list[str]:
        def change(c: Transaction) -> list[str]:
            held = {stored.visit.id: stored.visit for stored in orders.held(c)}
            about = held[visit or next(iter(held))]
            return [outbox.append(c, about, fact, laptop.clock) for fact in facts]

        return await laptop.db.write(change, touched=frozenset({"outbox"}))

    return keep
