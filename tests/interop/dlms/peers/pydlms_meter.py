"""pydlms-client's simulated meter, HDLC over TCP; one JSON object of options in `argv[1]`.

Prints `{"ready": [host, port]}` and serves until its standard input ends.
"""

from __future__ import annotations

import json
import sys

from pydlms.security.hls import Mechanism
from pydlms.simulator import ClientProfile, example_meter, serve


def main() -> None:
    """Serve the example meter with what `argv[1]` says of keys and clients."""
    asked = json.loads(sys.argv[1])
    keys: list[bytes | None] = [bytes.fromhex(key) for key in asked["keys"]] or [None, None]
    meter = example_meter(encryption_key=keys[0], authentication_key=keys[1])
    for client, mechanism, secret in asked["clients"]:
        meter.clients[client] = ClientProfile(
            Mechanism(mechanism), bytes.fromhex(secret) or None, ciphered=bool(asked["keys"])
        )
    server = serve(meter, hdlc=True)
    sys.stdout.write(json.dumps({"ready": server.server_address[:2]}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


main()
