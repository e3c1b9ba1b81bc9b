"""Objects in any S3-compatible store, by its address. The one door to boto3.

    s3://bucket/prefix?endpoint=https://objects.example&region=eu-west-1

See `objects`. Who we are comes from where boto3 looks for it (AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, a profile, the machine's role). An object is created with
`If-None-Match: *` (RFC 9110, 13.1.2), so that of two writers one is first; a store that passes
over that header is refused at the start. Rule: nothing of boto3 leaves this file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sync.server.objects import Lying, NoSuchObject, StoreBusy, StoreRefused, checked

SCHEME = "s3://"
_STEP = 256 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_THERE = frozenset({"PreconditionFailed", "412"})
_LANES = 32
"""Requests at once; more wait for a free one."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says: bucket, what stands before every name, server and region."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None


class S3Objects:
    """See `Objects`."""

    def __init__(self, url: str) -> None:
        """Use the store at this address; nothing is asked of it yet.

        Raises:
            StoreRefused: not such an address.
        """
        self._at = parse(url)
        try:
            self._client: Any = boto3.client(
                "s3",
                endpoint_url=self._at.endpoint,
                region_name=self._at.region,
                config=Config(
                    connect_timeout=5,
                    read_timeout=20,
                    retries={"mode": "standard", "total_max_attempts": 2},
                    max_pool_connections=_LANES,
                    s3={"addressing_style": "path" if self._at.endpoint else "auto"},
                    # many stores know no trailing checksums; every file is read back anyway
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        except (BotoCoreError, ValueError) as e:
            raise StoreRefused(str(e)) from e

    def check(self) -> None:
        """See `Objects.check`."""
        checked(self, f"trial/{secrets.token_hex(8)}")

    def create(self, name: str, data: bytes) -> bool:
        """See `Objects.create`."""
        try:
            with self._told(name):
                self._client.put_object(**self._this(name), Body=data, IfNoneMatch="*")
        except _ThereAlready:
            return False
        return True

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """See `Objects.put`; the parts are gathered first, so that none are sent in vain."""
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as gathered:
            for part in parts:
                gathered.write(part)
            gathered.seek(0)
            with self._told(name):
                self._client.put_object(**self._this(name), Body=gathered)

    def read(self, name: str) -> Iterator[bytes]:
        """See `Objects.read`."""
        with self._told(name):
            body = self._client.get_object(**self._this(name))["Body"]
            with body:
                yield from body.iter_chunks(_STEP)

    def lying(self, under: str) -> list[Lying]:
        """See `Objects.lying`."""
        start = len(self._at.prefix)
        asked = {"Bucket": self._at.bucket, "Prefix": self._at.prefix + under}
        found: list[Lying] = []
        with self._told(under):
            for page in self._client.get_paginator("list_objects_v2").paginate(**asked):
                found += [
                    Lying(one["Key"][start:], one["Size"], one["LastModified"])
                    for one in page.get("Contents", ())
                ]
        return found

    def remove(self, name: str) -> None:
        """See `Objects.remove`."""
        with self._told(name):
            self._client.delete_object(**self._this(name))

    def _this(self, name: str) -> dict[str, str]:
        return {"Bucket": self._at.bucket, "Key": self._at.prefix + name}

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Whatever boto3 says no with, in the store's words."""
        try:
            yield
        except ClientError as e:
            code = str(e.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                raise NoSuchObject(name) from e
            if code in _THERE:
                raise _ThereAlready from e
            raise StoreBusy(f"{self._at.bucket}: {code}") from e
        except (BotoCoreError, OSError) as e:
            raise StoreBusy(f"{self._at.bucket}: {e}") from e


class _ThereAlready(Exception):
    """An object of this name is there."""


def parse(url: str) -> Address:
    """What an address says.

    Raises:
        StoreRefused: not an address of this kind, or it says something unknown.
    """
    parts = urlsplit(url)
    said = parse_qs(parts.query)
    if not url.startswith(SCHEME) or not parts.netloc or said.keys() - {"endpoint", "region"}:
        raise StoreRefused("write it as s3://bucket/prefix?endpoint=https://…&region=…")
    endpoint, region = (said.get(name, [""])[0] or None for name in ("endpoint", "region"))
    prefix = parts.path.strip("/")
    return Address(parts.netloc, f"{prefix}/" if prefix else "", endpoint, region)
