from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from typing import Self

import httpx

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "office", "AWS_SECRET_ACCESS_KEY": "secret"}
REGION = "eu-west-1"

# One request at a time, as the store's own atomic steps are not what is tested here.
SERVER = """
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass
class S3Server:
    """A real S3 server of the tests' own, in a process of its own."""

    process: subprocess.Popen[bytes] = field(init=False)
    endpoint: str = field(init=False)

    def __enter__(self) -> Self:
        self._numbers = count(1)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVER],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **CREDENTIALS},
        )
        assert self.process.stdout is not None
        self.endpoint = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def new_bucket(self) -> str:
        """The address of a fresh bucket, and of a place in it."""
        name = f"office{next(self._numbers)}"
        region = "<LocationConstraint>eu-west-1</LocationConstraint>"
        made = httpx.put(
            f"{self.endpoint}/{name}",
            content=f"<CreateBucketConfiguration>{region}</CreateBucketConfiguration>",
            headers={"Authorization": "AWS4-HMAC-SHA256 Credential=office/x/eu-west-1/s3/x"},
        )
        assert made.status_code == 200, made.text
        return self.address(name)

    def address(self, bucket: str) -> str:
        return f"s3://{bucket}/files/here?endpoint={self.endpoint}&region={REGION}"

    def let_in(self, requests: int) -> None:
        """Ask for credentials from so many requests on; nobody has any."""
        asked = f"{self.endpoint}/moto-api/reset-auth"
        assert httpx.post(asked, content=str(requests)).status_code == 200
