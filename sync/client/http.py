"""The one door to the network: requests to one office, and only to that one.

Bytes and header values go in; an `Answer` comes out, unpacked and with an accepted status, or
a `SyncError`. TLS is always verified (own CA by file); plain http goes to loopback only; a
redirect is followed on the same origin only; every answer has a time and a size limit. Calls
block: they belong in the engine's network thread. Rule: nothing of `requests` leaves this file.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from sync.client.address import parse_address
from sync.client.answers import OK, Answer, check, not_a_stream
from sync.client.calls import Call
from sync.client.causes import cause
from sync.client.compression import ACCEPTED, compress, decompress
from sync.client.lines import Lines
from sync.client.traffic import CountedBody, Traffic
from sync.errors import BadWire, LoginPage, Offline, Refused
from sync.wire import EVENT_STREAM, JSON_BODY, PACKED_BODY, is_packed

NO_CA_FILE = "urn:fieldapp:client:no-ca-file"

_WORTH_PACKING = 512
_STEP = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOLLOWED = frozenset({307, 308})
_MAX_REDIRECTS = 3
_LONGEST_LINE = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may get.

    Attributes:
        connect_s: until the connection stands.
        read_s: without any byte.
        total_s: for the body of an answer from its head on, so that a dripping one ends too and
            a large request may take its time.
        answer_bytes: of an answer, unpacked.
    """

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 60.0
    answer_bytes: int = 16 * 1024 * 1024


class Http:
    """A session with the office at `base_url`; one thread at a time, `close` from any."""

    def __init__(
        self, base_url: str, *, ca_file: Path | None = None, limits: Limits | None = None
    ) -> None:
        """Check the address; nothing is connected yet.

        Raises:
            Refused: not an http(s) address, plain http to another machine, no such CA file.
        """
        self.address = parse_address(base_url)
        self._limits = limits or Limits()
        self._lines = Lines()
        self._packs = True
        self.traffic = Traffic()
        self._session = _session(self._lines, ca_file, loopback=self.address.is_loopback)

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        """Send a message's bytes to `path`, packed where that pays; returns the 200 answer.

        Raises:
            SyncError: as `send`.
        """
        headers = {"Content-Type": PACKED_BODY if is_packed(message) else JSON_BODY}
        if self._packs and len(message) >= _WORTH_PACKING:
            packed = Call(
                "POST",
                path,
                compress(message),
                {**headers, "Content-Encoding": "zstd"},
                token,
                {*OK, 415},
            )
            answer = self.send(packed)
            if answer.status != 415:
                return answer
            self._packs = False  # RFC 9110, 15.5.16: this office takes no zstd
        return self.send(Call("POST", path, message, headers, token))

    def get(self, path: str, *, token: str = "") -> Answer:
        """Ask for `path`; errors as `send`."""
        return self.send(Call("GET", path, token=token))

    def head(self, path: str, *, headers: Mapping[str, str], token: str = "") -> Answer:
        """Ask for the headers of `path` only; errors as `send`."""
        return self.send(Call("HEAD", path, headers=headers, token=token))

    def send(self, call: Call) -> Answer:
        """One request and its answer.

        Raises:
            Offline: no answer, or none that came to its end (TryLater, OfficeFault: see there).
            Unauthorized: the office does not know the sender.
            Refused: the office's no.
            BadWire: something else answered, or more than the limits allow.
        """
        path = call.path
        for _ in range(_MAX_REDIRECTS):
            answer = self._exchange(call, self.address.url(path))
            if answer.status not in _REDIRECTS:
                return check(answer, call.accepted)
            if answer.status not in _FOLLOWED:
                raise LoginPage(f"redirect ({answer.status})")
            path = self.address.path_of(answer.headers.get("location", ""), path)
        raise BadWire("redirected in a circle")

    def hears(
        self, line: str, call: Call, silence_s: float, opened: Callable[[], None]
    ) -> bool:
        """Follow an event stream to its end; answers whether `line` was in it.

        Args:
            line: what is waited for.
            call: what asks for the stream; no redirect is followed.
            silence_s: so long it may say nothing.
            opened: called once the first line is there.

        Raises:
            SyncError: as `send`; BadWire also for a line that is too long.
        """
        headers = {**call.headers, "Accept": EVENT_STREAM, "Accept-Encoding": "identity"}
        asked = replace(call, headers=headers)
        with self._asked(asked, self.address.url(call.path), silence_s) as response:
            answer = self._answer(response, b"")
            if answer.status != 200 or answer.media_type != EVENT_STREAM:
                raise not_a_stream(self._answer(response, self._body(response.raw)))
            found = False
            for number, one in enumerate(_lines(response.raw)):
                if number == 0:
                    opened()
                found = found or one == line
            return found

    def close(self) -> None:
        """Break off a request under way and let go of every connection; any thread."""
        self._lines.cut()
        self._session.close()

    def _exchange(self, call: Call, url: str) -> Answer:
        with self._asked(call, url, self._limits.read_s) as response:
            return self._answer(response, self._body(response.raw))

    @contextmanager
    def _asked(self, call: Call, url: str, read_s: float) -> Iterator[requests.Response]:
        """An answer of which only the head was read; errors are translated."""
        if self._lines.is_cut:
            raise Offline("closed")
        try:
            with self._session.request(
                call.method,
                url,
                # in blocks: a time-out is for each of them, not for the whole of a slow upload
                data=CountedBody(call.body, self.traffic) if call.body else None,
                headers=dict(call.headers),
                auth=_Bearer(call.token),
                timeout=(self._limits.connect_s, read_s),
                # named here: else a variable of the environment goes before the office's own CA
                verify=self._session.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                self.traffic.announced(response.headers.get("Content-Length", ""))
                yield response
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
        ) as e:
            raise cause(e) from e

    def _body(self, raw: Any) -> bytes:
        deadline_s = time.monotonic() + self._limits.total_s
        parts: list[bytes] = []
        size = 0
        while part := raw.read1(_STEP, decode_content=False):
            parts.append(part)
            size += len(part)
            self.traffic.came(len(part))
            if size > self._limits.answer_bytes:
                raise BadWire(f"answer of more than {self._limits.answer_bytes} bytes")
            if time.monotonic() > deadline_s:
                raise Offline("answer takes too long")
        return b"".join(parts)

    def _answer(self, response: requests.Response, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if body:
            encoding = headers.get("content-encoding", "")
            body = decompress(body, encoding, self._limits.answer_bytes)
        return Answer(response.status_code, headers, body)


def _lines(raw: Any) -> Iterator[str]:
    rest = b""
    while part := raw.read1(_STEP, decode_content=False):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")
        if len(rest) > _LONGEST_LINE:
            raise BadWire("a line without an end")


class _Bearer(AuthBase):
    """A token, a scheme with its proof, or none; keeps a `.netrc` out of the headers too."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            scheme = "" if " " in self._token else "Bearer "
            r.headers["Authorization"] = f"{scheme}{self._token}"
        return r


class _Adapter(HTTPAdapter):
    """An adapter whose sockets are known to `Lines`."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._lines.pools()

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._lines.pools()
        return manager


class _Session(requests.Session):
    """A session that never reads a redirect's body or target by itself."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: redirects are judged by `Http.send`, under its limits."""
        del resp
        return None


def _session(lines: Lines, ca_file: Path | None, *, loopback: bool) -> requests.Session:
    if ca_file is not None and not ca_file.is_file():
        raise Refused(NO_CA_FILE, str(ca_file))
    session = _Session()
    adapter = _Adapter(lines)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.trust_env = not loopback  # a proxy of the company serves the outside only
    session.verify = str(ca_file) if ca_file is not None else True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    session.headers.update(
        {
            "User-Agent": "fieldapp",
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": ACCEPTED,
        }
    )
    return session
