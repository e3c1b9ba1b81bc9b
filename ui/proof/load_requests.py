"""What the laptops of a fleet send, made beforehand: tokens, signed operations, whole requests.

In come a fleet and the office's key file; out come the octets of requests. Tokens are made with
the office's key and operations signed with the laptops': that is the laptops' work on another
day and no part of the load. Rule: what is asked is what today's laptops ask, bodies packed as
they pack them.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.operation import (
    FIRST_PREVIOUS,
    Header,
    SignedOperation,
    encode_header,
    encode_payload,
    sha256_hex,
)
from fieldapp.store import secrets
from sync.client.compression import ACCEPTED, compress, decompress
from sync.server.auth import Doorkeeper
from sync.server.vault import Vault
from sync.wire import SyncAnswer, SyncRequest, encode
from ui.proof.load_fill import Fleet, Rider

_PLAIN_LIMIT = 16 * 1024 * 1024
_WORTH_PACKING = 512


class Sender:
    """Speaks for every laptop of a fleet, each with its own chain."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self.fleet = fleet
        self.permit = ""
        self._clock = clock
        self._door = Doorkeeper(Vault.open(fleet.key_file))
        self._chains: dict[str, tuple[int, str]] = {}
        self._keys: dict[str, bytes] = {}

    def empty(self, rider: Rider) -> bytes:
        """A sync that has nothing to tell and hears nothing new."""
        return self._request(rider, self._body(rider, rider.last))

    def preload(self, rider: Rider) -> bytes:
        """The morning's sync: today's route is new."""
        return self._request(rider, self._body(rider, rider.before))

    def visit(self, rider: Rider, place: int, operations: int) -> bytes:
        """A sync that brings a whole visit home."""
        facts = _facts(self._clock.now(), operations, self.fleet.meters[place])
        told = tuple(self._signed(rider, rider.visits[place], fact) for fact in facts)
        return self._request(rider, self._body(rider, rider.last, told))

    def listen(self, rider: Rider) -> bytes:
        """A request for `/v1/changed`, which stays open."""
        has = f"cursor={rider.last}&van=&permit={self.permit}"
        return (
            f"GET /v1/changed?{has} HTTP/1.1\r\nHost: office\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self._token(rider)}\r\n\r\n"
        ).encode()

    def _body(self, rider: Rider, cursor: int, told: tuple[SignedOperation, ...] = ()) -> bytes:
        sequence = self._chains.get(rider.laptop, (0, ""))[0]
        return encode(
            SyncRequest(
                cursor=cursor,
                last_sequence=sequence,
                operations=told,
                agreement_key=self._agreement(rider),
                held_keys=(),
                van="",
                permit=self.permit,
                recovery="",
                waiting=0,
                files_waiting=0,
            )
        )

    def _agreement(self, rider: Rider) -> bytes:
        if rider.laptop not in self._keys:
            self._keys[rider.laptop] = secrets.agreement_key(rider.key)
        return self._keys[rider.laptop]

    def _request(self, rider: Rider, body: bytes) -> bytes:
        packing = ""
        if len(body) >= _WORTH_PACKING:
            body, packing = compress(body), "Content-Encoding: zstd\r\n"
        head = (
            f"POST /v1/sync HTTP/1.1\r\nHost: office\r\nAccept-Encoding: {ACCEPTED}\r\n"
            f"Authorization: Bearer {self._token(rider)}\r\n{packing}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _token(self, rider: Rider) -> str:
        return self._door.token(self.fleet.region, rider.laptop, self._clock.now())

    def _signed(self, rider: Rider, visit: str, fact: f.AnyFact) -> SignedOperation:
        sequence, previous = self._chains.get(rider.laptop, (0, FIRST_PREVIOUS))
        payload = encode_payload(fact, os.urandom(16))
        header = encode_header(
            Header(
                id=self._clock.new_id(),
                laptop=rider.laptop,
                incarnation=1,
                sequence=sequence + 1,
                visit=visit,
                kind=fact.kind,
                definition_version=1,
                visit_version=1,
                device_time=fact.at,
                trusted_time=fact.at,
                offset_s=0.0,
                previous=previous,
                payload_sha256=sha256_hex(payload),
            )
        )
        self._chains[rider.laptop] = (sequence + 1, sha256_hex(header))
        return SignedOperation(header, secrets.sign(rider.key, header), payload)


_SAFE = (
    "task_and_designation_clear",
    "alone_is_allowed",
    "protection_and_tested_tools",
    "cupboard_safe",
    "voltage_situation_known",
    "gas_situation_known",
    "escape_and_bystanders",
    "customer_calm",
)


def _facts(now: datetime, number: int, meter: tuple[str, str]) -> list[f.AnyFact]:
    """A visit from accepting to its end, with this many facts."""
    begins: list[f.AnyFact] = [
        f.VisitAccepted(at=now),
        f.VisitTravelling(at=now),
        f.VisitArrived(at=now),
        f.LmraAnswered(at=now, version=1, answers=dict.fromkeys(_SAFE, "yes"), by="Ans"),
        f.VisitStarted(at=now),
    ]
    many = range(number - len(begins) - 1)
    work = [_work(now + timedelta(seconds=n), n, meter) for n in many]
    return [*begins, *work, f.VisitPaused(at=now, reason="end")]


def _work(at: datetime, number: int, meter: tuple[str, str]) -> f.AnyFact:
    match number % 4:
        case 0:
            return f.ReadingTaken(
                at=at,
                moment="final",
                ean=meter[0],
                meter=meter[1],
                obis=f"1-0:1.8.{number % 2 + 1}",
                digits="003421",
                value=Decimal("3421.007"),
                unit="kWh",
                settlement=Decimal(3421),
                channel=f.Channel.P1,
            )
        case 1:
            return f.EvidenceAdded(
                at=at,
                slot=f"photo_{number}",
                sha256=sha256_hex(b"%d" % number),
                size=300_000,
                media_type="image/jpeg",
            )
        case 2:
            return f.QuestionAnswered(at=at, item=f"question_{number}", answer="yes")
        case _:
            return f.ComplaintRecorded(at=at, text="Meterkast staat vol, eerst leeggeruimd.")


def read(answer: bytes) -> SyncAnswer:
    """The message in a whole HTTP answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lowered = head.lower()
    packing = "zstd" if b"content-encoding: zstd" in lowered else ""
    return msgspec.json.decode(decompress(body, packing, _PLAIN_LIMIT), type=SyncAnswer)
