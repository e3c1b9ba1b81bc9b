"""One laptop's conversation with its office, in the office's trust.

In come wire messages and file calls; out come answers. The laptop proves itself with its key
(challenge and response), and the short token that it gets for it lives in memory only. Rule: a
token that is no longer good is renewed once; the second no is the office's word.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from fieldapp.store import secrets
from fieldapp.store.device import Device
from sync.client import answers
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.errors import Unauthorized
from sync.wire import (
    PROOF,
    TOKEN_HEADER,
    ChallengeAnswer,
    SyncRequest,
    TokenAnswer,
    TokenRequest,
    encode,
    encode_packed,
)

if TYPE_CHECKING:
    from sync.client.http import Http

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)

_LASTS_S = 600.0
"""A token whose time was not said."""

TOKEN_PREFIX = b"fieldapp-token:"
"""Stands before the challenge in what is signed, so that it can be nothing else."""


class Credential:
    """The token that a laptop has now, in memory only; its sessions may share it.

    It is let go of a little before its end, so that a large body is not sent with one that the
    office refuses.
    """

    def __init__(self) -> None:
        self._token = ""
        self._until_s = 0.0

    @property
    def token(self) -> str:
        """The token; empty where there is none that is good now."""
        return self._token if time.monotonic() < self._until_s else ""

    def take(self, token: str, lasts_s: float = _LASTS_S) -> str:
        """Use this one from now on."""
        self._until_s = time.monotonic() + 0.9 * lasts_s
        self._token = token
        return token


class Session:
    """A device at its office; used by one thread at a time, `close` by any."""

    def __init__(
        self, http: Http, device: Device, credential: Credential | None = None
    ) -> None:
        self.http = http
        self.device = device
        self._credential = credential or Credential()

    def ask(self, path: str, message: msgspec.Struct, kind: type[M]) -> M:
        """Send a message and read the answer to it.

        Raises:
            SyncError: as `Http.send` and `answers.message`.
        """
        return answers.message(self.post(path, message), kind)

    def post(self, path: str, message: msgspec.Struct) -> Answer:
        """Send a message; errors as `Http.send`."""
        if isinstance(message, SyncRequest):
            return self._sync(path, encode_packed(message))
        body = encode(message)
        return self._trusted(lambda token: self.http.post(path, body, token=token))

    def call(self, call: Call) -> Answer:
        """One other request under this laptop's token; errors as `Http.send`."""
        return self._trusted(lambda token: self.http.send(replace(call, token=token)))

    def hears(
        self, line: str, call: Call, silence_s: float, opened: Callable[[], None]
    ) -> bool:
        """Whether a line comes in an event stream; arguments and errors as `Http.hears`."""
        return self._trusted(
            lambda token: self.http.hears(line, replace(call, token=token), silence_s, opened)
        )

    def close(self) -> None:
        """Break off what is under way; any thread may call this."""
        self.http.close()

    def _trusted(self, ask: Callable[[str], T]) -> T:
        mine = self._credential
        known = mine.token
        try:
            return ask(known or self._new_token())
        except Unauthorized:
            mine.take("")
            if not known:
                raise
        return ask(self._new_token())

    def _sync(self, path: str, body: bytes) -> Answer:
        """Without a token the signed challenge stands for it, which spares a round trip."""
        if not self._credential.token:
            try:
                answer = self.http.post(path, body, token=f"{PROOF} {self._proof()}")
            except Unauthorized:  # an office that knows only tokens, or a challenge spent twice
                pass
            else:
                self._credential.take(answer.headers.get(TOKEN_HEADER.lower(), ""))
                return answer
        return self._trusted(lambda token: self.http.post(path, body, token=token))

    def _proof(self) -> str:
        return base64.urlsafe_b64encode(encode(self._signed())).decode().rstrip("=")

    def _new_token(self) -> str:
        given = self._at_the_door(self._signed(), TokenAnswer)
        return self._credential.take(given.token, given.expires_in_s)

    def _signed(self) -> TokenRequest:
        laptop = self.device.laptop
        challenge = self._at_the_door(TokenRequest(laptop=laptop), ChallengeAnswer).challenge
        signature = secrets.sign(self.device.private_key, TOKEN_PREFIX + challenge.encode())
        return TokenRequest(laptop=laptop, challenge=challenge, signature=signature)

    def _at_the_door(self, message: TokenRequest, kind: type[M]) -> M:
        return answers.message(self.http.post("/v1/token", encode(message)), kind)
