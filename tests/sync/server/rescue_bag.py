"""Rescue files as a laptop writes them, for an office without one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from fieldapp.domain import facts as f
from fieldapp.domain import rescue
from fieldapp.domain.operation import SignedOperation
from fieldapp.store import secrets
from sync.server import files
from sync.server.recovery_file import PrivateHalf
from sync.server.rescue import Outcomes, import_rescue
from sync.server.rescue_file import opened
from sync.server.tables import operations
from tests.sync.server.doubles import START

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Signer

PHOTO, SCAN = os.urandom(700_000), b"small"


@dataclass
class Bag:
    """A rescue file in the making, and the office that it goes to."""

    yard: Backyard
    signer: Signer
    visit: str
    half: PrivateHalf
    folder: Path
    records: list[rescue.Record] = field(default_factory=list)

    def fill(self) -> list[SignedOperation]:
        """Three facts, two of them with a file."""
        made = [self.signer.operation(self.visit, f.VisitAccepted(at=START))]
        for slot, plain in (("old", PHOTO), ("scan", SCAN)):
            sha256 = hashlib.sha256(plain).hexdigest()
            fact = f.EvidenceAdded(
                at=START, slot=slot, sha256=sha256, size=len(plain), media_type="image/jpeg"
            )
            made.append(self.signer.operation(self.visit, fact))
        self.records += [
            rescue.Operation(
                header=one.header, signature=one.signature, payload=one.payload, state="waiting"
            )
            for one in made
        ]
        for slot, plain in (("scan", SCAN), ("old", PHOTO)):
            self.file(slot, plain)
        return made

    def file(self, slot: str, plain: bytes, sha256: str = "") -> None:
        self.records.append(
            rescue.File(
                visit=self.visit,
                sha256=sha256 or hashlib.sha256(plain).hexdigest(),
                size=len(plain),
                slot=slot,
                media_type="image/jpeg",
            )
        )
        for place in range(0, len(plain), rescue.CONTENT):
            octets = plain[place : place + rescue.CONTENT]
            self.records.append(rescue.Content(octets=octets))

    def seal(self, *, sign: bool | bytes = True, **told: Any) -> Path:
        """Write the file as a laptop does."""
        office = self.yard.office.vault.office
        key, public = secrets.new_key(), self.half.public()
        bound = rescue.key_binding(office, public.id)
        sealed = secrets.seal_to(public.agreement_key, key, bound)
        start = rescue.opening(rescue.Head(office=office, recovery=public.id, sealed=sealed))
        writer = rescue.Writer(
            start, lambda n, plain, about: secrets.seal(key, n, plain, about)
        )
        whose = {"laptop": self.signer.laptop, "office": office, "made_at": START, **told}
        records = [rescue.Manifest(**whose), *self.records, self._end()]
        octets = start + b"".join(writer.add(record) for record in records)
        text_ = rescue.signed_text(writer.digest)
        signature = self.signer.key.sign(text_) if sign is True else sign or b""
        octets += writer.add(rescue.Signed(signature=signature)) + writer.close()
        path = self.folder / f"{len(list(self.folder.iterdir()))}.rescue"
        path.write_bytes(octets)
        return path

    def _end(self) -> rescue.End:
        kinds = [type(one) for one in self.records]
        return rescue.End(
            operations=kinds.count(rescue.Operation),
            files=kinds.count(rescue.File) - self._cut(),
            octets=0,
            lost=0,
        )

    def _cut(self) -> int:
        """Files of which the rest was lost."""
        pairs = zip(self.records, self.records[1:], strict=False)
        cut = (rescue.Content, rescue.Lost)
        return sum((type(one), type(then)) == cut for one, then in pairs)

    def take(
        self, path: Path, half: PrivateHalf | None = None, phrase: str = "", **how: bool
    ) -> Outcomes:
        with opened(path, half or self.half, phrase) as found:
            dry_run, unsigned = how.get("dry_run", False), how.get("unsigned", False)
            return import_rescue(self.yard.office, found, dry_run=dry_run, unsigned=unsigned)

    def held(self) -> int:
        with self.yard.office.database.reading() as c:
            return int(c.execute(select(func.count()).select_from(operations)).scalar_one())

    def contents(self) -> list[bytes]:
        """Of the files that count."""
        office, owner = self.yard.office, self.yard.known(self.signer)
        with office.database.reading() as c:
            query = "SELECT id FROM files WHERE complete_at IS NOT NULL ORDER BY length"
            ids = c.execute(text(query)).scalars().all()
        uploads = [files.find(office, owner, one) for one in ids]
        return [b"".join(files.content(office, one).read()) for one in uploads]
