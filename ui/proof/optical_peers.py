"""Other clients at the bench's simulated meter, each a process of its own interpreter.

In come a meter and keys; out come the figures that the peer's child told. Rule: a peer that is
not here is named as absent and never stands in the way; none of them is imported.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hardware.dlms.targets import AttributeRef
from ui.demo.processes import end, lines

ROOT = Path(__file__).parents[2]
PEERS = {"gurux": "gurux_client", "dlms-cosem": "dlms_cosem_client"}
_FOLDER = Path("tests", "interop", "bench")
_INTERPRETER = (
    ROOT
    / ".venv-interop-dlms"
    / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
)
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a peer reads, and where.

    Attributes:
        auth: `none`, `lls` or `hls5`.
        keys: by their names in a keys file.
        counter: the first invocation counter that it may use.
        max_info: largest HDLC information field to propose.
    """

    host: str
    port: int
    auth: str
    keys: dict[str, bytes]
    counter: int
    max_info: int
    targets: list[AttributeRef]

    def line(self) -> bytes:
        """The job as the child takes it."""
        job = {
            "host": self.host,
            "port": self.port,
            "auth": self.auth,
            "keys": {name: key.hex() for name, key in self.keys.items()},
            "counter": self.counter,
            "max_info": self.max_info,
            "targets": [
                (t.class_id, ".".join(str(part) for part in t.obis.to_bytes()), t.attribute)
                for t in self.targets
            ],
        }
        return msgspec.json.encode(job) + b"\n"


def is_present(peer: str) -> bool:
    """Whether the environment of the peers and this peer's child are here."""
    return _INTERPRETER.exists() and (ROOT / _FOLDER / f"{PEERS[peer]}.py").exists()


async def run_peer(peer: str, asked: Asked) -> list[dict[str, Any]]:
    """The figures that the child told; empty where it told none.

    Raises:
        TimeoutError: it never ended.
    """
    process = await asyncio.create_subprocess_exec(
        str(_INTERPRETER),
        "-m",
        ".".join([*_FOLDER.parts, PEERS[peer]]),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(asked.line())
            process.stdin.close()
        async with asyncio.timeout(_PATIENCE_S):
            return [line async for line in lines(process)]
    finally:
        await end(process)
