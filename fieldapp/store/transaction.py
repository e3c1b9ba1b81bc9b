"""The word that other floors have for an open transaction of the laptop's store.

They are handed one by `Database.read` and `Database.write` and hand it on to the rooms of this
floor. Rule: outside this floor nothing is ever asked of it.
"""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Connection

Transaction: TypeAlias = Connection
