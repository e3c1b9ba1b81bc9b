"""Rows to put into a store, and programs that end while they have one open."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Connection

from fieldapp.store.database import Database

TOPIC = frozenset({"device"})


def put(c: Connection, name: str, size: int = 1) -> None:
    c.exec_driver_sql("INSERT INTO state VALUES (?, ?)", (name, b"x" * size))


def names(c: Connection) -> list[str]:
    return list(c.exec_driver_sql("SELECT name FROM state ORDER BY name").scalars())


def place(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


async def fill(path: Path, key: bytes, rows: int = 60) -> None:
    def change(c: Connection) -> None:
        for number in range(rows):
            put(c, f"row {number:03}", 3000)

    db = await Database.open(path, key)
    await db.write(change, touched=TOPIC)
    await db.close()


KILLED = """
import asyncio, os, sys
from pathlib import Path
from fieldapp.store.database import Database

async def main():
    db = await Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    row = (sys.argv[3], b"x")
    await db.write(
        lambda c: c.exec_driver_sql("INSERT INTO state VALUES (?, ?)", row), touched=frozenset()
    )
    os._exit(9)

asyncio.run(main())
"""


def kill_after(path: Path, key: bytes, name: str) -> None:
    """Write one row in a program that ends without closing anything."""
    assert run(KILLED, path, key, name).returncode == 9


def run(code: str, path: Path, key: bytes, *more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, str(path), key.hex(), *more],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


def list_files(path: Path) -> list[Path]:
    return list(path.with_suffix(".files").iterdir())
