"""Puts a simulated meter on a real line: a pseudo-terminal or a TCP port.

In: `serve`, what the meter does with one `Port`. Out: the name that a client opens, told by
`on_ready`. Rule: a client that goes away, or a meter that gives up on it, is the end of one
connection and nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from hardware.errors import HardwareError, PortGone
from hardware.port import Port
from hardware.simulators.hosted import HostedPty, StreamPort, open_pty
from hardware.simulators.line import ThrottledPort

__all__ = ["HostedPty", "Serve", "host", "open_pty"]

Serve = Callable[[Port], Awaitable[None]]


async def host(
    serve: Serve,
    *,
    listen: str | None = None,
    pty: bool = False,
    throttle_baud: int | None = None,
    on_ready: Callable[[str], None],
) -> None:
    """Host `serve` until cancelled, or on a pseudo-terminal until it returns.

    On TCP `serve` is called for each connection. With `throttle_baud` the line really takes
    its time, both ways.

    Args:
        serve: the meter; a `HardwareError` out of it ends that connection only.
        listen: `HOST:PORT`; port 0 takes a free one.
        pty: a pseudo-terminal in place of `listen`.
        throttle_baud: the line rate in force at the start; `configure` changes it.
        on_ready: called once with the path, or with `socket://host:port`.

    Raises:
        PortGone: no pseudo-terminals here, or an address that can't be listened on.
        ValueError: neither or both of `listen` and `pty`.
    """
    if (listen is None) is not pty:
        raise ValueError("either listen or pty")

    async def meter(port: Port) -> None:
        with suppress(HardwareError):
            await serve(port if throttle_baud is None else ThrottledPort(port, throttle_baud))

    if listen is None:
        await _host_pty(meter, on_ready)
    else:
        await _host_tcp(meter, listen, on_ready)


async def _host_pty(serve: Serve, on_ready: Callable[[str], None]) -> None:
    hosted = open_pty()
    try:
        on_ready(hosted.path)
        await serve(hosted.port)
    finally:
        await hosted.port.close()


async def _host_tcp(serve: Serve, listen: str, on_ready: Callable[[str], None]) -> None:
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_connection(serve, StreamPort(reader, writer)))
        connections.add(task)
        task.add_done_callback(connections.discard)

    address, _, number = listen.rpartition(":")
    try:
        server = await asyncio.start_server(accept, address.strip("[]"), int(number))
    except (OSError, OverflowError, ValueError) as error:
        raise PortGone(listen, str(error)) from error
    async with server:
        on_ready(_source(*server.sockets[0].getsockname()[:2]))
        try:
            await server.serve_forever()
        finally:
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)


async def _connection(serve: Serve, port: Port) -> None:
    try:
        await serve(port)
    finally:
        await port.close()


def _source(address: str, number: int) -> str:
    return (
        f"socket://[{address}]:{number}" if ":" in address else f"socket://{address}:{number}"
    )
