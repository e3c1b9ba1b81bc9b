"""Why a line failed, told apart by who has to act: the network, the VPN, a proxy, a clock.

In comes whatever `requests` and those under it raised; out comes the error of this floor that
says it. Rule: only types and numbers are looked at, and what nobody knows is `Offline`.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ConnectTimeoutError

from sync.errors import (
    BadWire,
    CertificateEarly,
    CertificateExpired,
    CertificateWrong,
    NameUnknown,
    NoNetwork,
    Offline,
    ProxyLocked,
    SyncError,
    Unreachable,
)

_NOT_HTTP = (http.client.BadStatusLine, http.client.LineTooLong, http.client.UnknownProtocol)
_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_NOBODY = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.EHOSTDOWN})
_TRY_AGAIN = frozenset({socket.EAI_AGAIN, 11002})
"""The resolver reached nobody who knows names; 11002 as Windows numbers it."""

_CERTIFICATES = {9: CertificateEarly, 10: CertificateExpired}
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""

_LOCKED = "407"
"""Status of a proxy that wants a password (RFC 9110, 15.5.8), as `http.client` words it."""


def cause(error: Exception) -> SyncError:
    """What this means for the laptop."""
    for one in _chain(error):
        found = _known(one)
        if found is not None:
            return found
    return Offline(type(error).__name__)


def _known(error: BaseException) -> SyncError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _CERTIFICATES.get(error.verify_code, CertificateWrong)
        return kind(f"certificate not trusted: {error.verify_message}")
    if isinstance(error, socket.gaierror):
        return NoNetwork("no names") if error.errno in _TRY_AGAIN else NameUnknown("no name")
    if isinstance(error, ConnectTimeoutError):
        return Unreachable("no answer")
    if isinstance(error, _NOT_HTTP) and not isinstance(error, http.client.RemoteDisconnected):
        return BadWire(f"no HTTP: {type(error).__name__}")
    if isinstance(error, OSError):
        return _of_system(error)
    return None


def _of_system(error: OSError) -> SyncError | None:
    if error.errno in _NO_NETWORK:
        return NoNetwork(errno.errorcode[error.errno])
    if error.errno in _NOBODY:
        return Unreachable(errno.errorcode[error.errno])
    if error.errno is None and str(error).startswith(f"Tunnel connection failed: {_LOCKED}"):
        return ProxyLocked("407")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the deepest first: that is the one that knows."""
    found: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in found:
        found.append(here)
        here = here.__cause__ or here.__context__
    yield from reversed(found)
