"""The office's address, and whether something else is still the same office.

Rule: http(s) only, no name or password in it, and plain http to this machine only.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from sync.errors import BadWire, Refused

PLAIN_HTTP = "urn:fieldapp:client:plain-http"
NOT_AN_ADDRESS = "urn:fieldapp:client:not-an-address"

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where an office lives: `https://host[:port][/prefix]`."""

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def url(self, path: str) -> str:
        """The URL of a path below the prefix."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}{path}"

    def path_of(self, location: str, base: str = "/") -> str:
        """The path below the prefix of a `Location` (absolute, or relative to path `base`).

        Raises:
            BadWire: it leads away from this office.
        """
        there, query = _target(self.url(base), location)
        if there is None or (there.scheme, there.host, there.port) != (
            self.scheme,
            self.host,
            self.port,
        ):
            raise BadWire("location on another host")
        if not there.prefix.startswith(f"{self.prefix}/"):
            raise BadWire("location outside the office")
        path = there.prefix.removeprefix(self.prefix)
        return f"{path}?{query}" if query else path


def parse_address(text: str) -> Address:
    """Read a base URL.

    Raises:
        Refused: no http(s) URL (`NOT_AN_ADDRESS`), or plain http elsewhere (`PLAIN_HTTP`).
    """
    address = _split(text.strip().rstrip("/"))
    if address is None or "?" in text or "#" in text:
        raise Refused(NOT_AN_ADDRESS, text)
    if address.scheme == "http" and not address.is_loopback:
        raise Refused(PLAIN_HTTP, text)
    return address


def _target(base: str, location: str) -> tuple[Address | None, str]:
    try:
        target = urljoin(base, location)
        return _split(target), urlsplit(target).query
    except ValueError:
        return None, ""


def _split(url: str) -> Address | None:
    """An address whose prefix is the whole path; None where `url` is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one too
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], parts.path)
