"""The port of a serial server (RFC 2217), as some utilities have in their workshops."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import serial
from serial import rfc2217

from hardware.port import LineControl, LineSettings
from hardware.serial_port import open_port


class SerialServer:
    """Serves pyserial's loop-back device to one client."""

    def __init__(self) -> None:
        self.device = serial.serial_for_url("loop://", timeout=0.01)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.source = f"rfc2217://127.0.0.1:{self._listening.getsockname()[1]}"
        self._connection: socket.socket | None = None
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def write(self, data: bytes) -> None:
        with self._guard:
            if self._connection is not None:
                self._connection.sendall(data)

    def close(self) -> None:
        self._listening.close()
        for thread in self._threads:
            thread.join(10)
        self.device.close()

    def _serve(self) -> None:
        self._connection, _ = self._listening.accept()
        # The stubs take the server's side for the client's.
        port_manager: Any = rfc2217.PortManager
        manager = port_manager(self.device, self)
        back = threading.Thread(target=self._bring_back, args=(manager,))
        self._threads.append(back)
        back.start()
        with self._connection as connection:
            while data := connection.recv(1024):
                self.device.write(b"".join(manager.filter(data)))
        self._connection = None

    def _bring_back(self, manager: Any) -> None:
        while self._connection is not None:
            try:
                if data := self.device.read(1024):
                    self.write(b"".join(manager.escape(data)))
            except OSError:
                return


@pytest.fixture
def server() -> Iterator[SerialServer]:
    server = SerialServer()
    yield server
    server.close()


# pyserial 3.5 names its own thread in the old way.
@pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is deprecated:DeprecationWarning")
async def test_speed_and_octets_go_through_a_serial_server(server: SerialServer) -> None:
    port = await open_port(server.source, LineSettings(baud=300))
    assert server.device.baudrate == 300
    await port.configure(LineSettings(baud=9600))
    assert server.device.baudrate == 9600
    assert port.control == LineControl(speed=True, request=True)
    for held in (False, True):
        await port.configure(LineSettings(baud=9600, request=held))
        assert (server.device.rts, server.device.dtr) == (held, held)
    message = bytes(range(256))
    await port.write(message)
    heard = b""
    while len(heard) < len(message):
        heard += await port.read(5)
    assert heard == message
    await port.close()
