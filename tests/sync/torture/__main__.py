"""The search as a command.

python -m tests.sync.torture --seconds 600 --database both --seed 1
python -m tests.sync.torture --replay '{"seed":1,"steps":[...]}' --database sqlite
python -m tests.sync.torture --seconds 0 --rounds 500

Plays schedules on every processor, then rounds with real processes, and prints how many there
were and what was lost, doubled or stuck; ends with 1 where anything was.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time

import msgspec

from tests.sync.torture.rounds import Rounds
from tests.sync.torture.schedule import Schedule
from tests.sync.torture.search import (
    POSTGRESQL,
    SQLITE,
    Totals,
    in_memory,
    replay,
    search,
    seeds,
    stage_on,
)

_TELL_EVERY_S = 60.0


def main() -> int:
    """Run it; the exit status."""
    words = _words()
    if words.replay:
        return asyncio.run(_replay(words))
    if words.worker:
        asyncio.run(_work(words))
        return 0
    return _both_cores(words)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sync-torture")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL, "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", default="")
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def _replay(words: argparse.Namespace) -> int:
    schedule = msgspec.json.decode(words.replay.encode(), type=Schedule)
    database = SQLITE if words.database == "both" else words.database
    async with stage_on(database) as stage:
        totals = await replay(stage, schedule)
    _say("\n".join((*totals.failures, totals.line())))
    return bool(totals.failures)


async def _work(words: argparse.Namespace) -> None:
    """Search on one processor; the totals go out as one line of JSON."""
    last = time.monotonic()
    failures = 0

    def told(totals: Totals) -> None:
        nonlocal last, failures
        is_news = len(totals.failures) > failures
        if is_news or time.monotonic() - last > _TELL_EVERY_S:
            last, failures = time.monotonic(), len(totals.failures)
            news = [*totals.failures[-1:], ""] if is_news else []
            line = "\n".join((*news, f"{words.database}: {totals.line()}"))
            print(line, file=sys.stderr, flush=True)  # noqa: T201  a command

    async with stage_on(words.database) as stage:
        chosen = seeds(words.seed, words.step, words.seconds)
        totals = await search(stage, chosen, told)
    _say(msgspec.json.encode(totals).decode())


def _both_cores(words: argparse.Namespace) -> int:
    databases = [SQLITE, POSTGRESQL] if words.database == "both" else [words.database]
    each = max(1, words.cores // len(databases))
    totals = {database: Totals() for database in databases}
    if words.seconds > 0:
        running = [
            (database, _start(words, database, number, each))
            for database in databases
            for number in range(each)
        ]
        for database, worker in running:
            out, _ = worker.communicate()
            if worker.returncode:
                return worker.returncode
            totals[database].add(msgspec.json.decode(out, type=Totals))
        for database, one in totals.items():
            _say("\n".join((*one.failures, f"{database}: {one.line()}")))
    found = _rounds(words) if words.rounds else []
    return bool(found) or any(one.failures for one in totals.values())


def _rounds(words: argparse.Namespace) -> list[str]:
    with in_memory() as folder, Rounds(folder, words.seed) as rounds:
        rounds.play(words.rounds)
    _say("\n".join((*rounds.counts.findings, f"processes: {rounds.counts.line()}")))
    return rounds.counts.findings


def _start(
    words: argparse.Namespace, database: str, number: int, each: int
) -> subprocess.Popen[bytes]:
    told = {
        "--seconds": words.seconds,
        "--database": database,
        "--seed": words.seed + number,
        "--step": each,
    }
    arguments = [str(word) for pair in told.items() for word in pair]
    command = [sys.executable, "-m", "tests.sync.torture", "--worker", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  a command


if __name__ == "__main__":
    sys.exit(main())
