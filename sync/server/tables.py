"""The office's tables; the region leads every key that a sync touches.

Rows in the clear say who, which and when; whatever is personal is sealed under the key of a
connection holder (`holders`), and a meter's keys under the office's own: a meter belongs to no
region before it hangs somewhere. Times are aware UTC on both databases. Rule: this file and the
newest migration describe the same schema, and a test compares them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware moment, UTC; SQLite keeps it without a zone, so the zone is put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """Into the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

offices = Table(
    "offices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("opened_at", Instant, nullable=False),
)

technicians = Table(
    "technicians",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("region", "id"),
    UniqueConstraint("id", name="technicians_id"),
)

users = Table(
    "users",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("role", String(32), nullable=False),
    Column("region", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("name", name="users_name"),
)

laptops = Table(
    "laptops",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("device_name", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("enrolled_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("last_contact", Instant),
    Column("handed_out", BigInteger, nullable=False),
    Column("agreement_key", LargeBinary),
    Column("files_held", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("region", "id"),
    UniqueConstraint("id", name="laptops_id"),
    ForeignKeyConstraint(["region", "technician"], ["technicians.region", "technicians.id"]),
)

incarnations = Table(
    "incarnations",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("system_title", LargeBinary, nullable=False),
    Column("started_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "laptop", "incarnation"),
    UniqueConstraint("system_title", name="incarnations_system_title"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("laptop", String(64)),
    ForeignKeyConstraint(["region", "technician"], ["technicians.region", "technicians.id"]),
)

spent_challenges = Table(
    "spent_challenges",
    metadata,
    Column("challenge_hash", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False),
)

holders = Table(
    "holders",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("made_at", Instant, nullable=False),
    Column("erased_at", Instant),
    PrimaryKeyConstraint("region", "id"),
)

_HELD = text("published AND NOT cancelled")

visits = Table(
    "visits",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("planned_on", Date, nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("window_end", Instant, nullable=False),
    Column("technician", String(64)),
    Column("holder", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("route_position", Integer, nullable=False),
    Column("state", String(32), nullable=False),
    Column("published", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("source_hash", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("region", "id"),
    UniqueConstraint("region", "number", name="visits_number"),
    ForeignKeyConstraint(["region", "technician"], ["technicians.region", "technicians.id"]),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    Index("visits_day", "region", "planned_on"),
    Index("visits_technician", "region", "technician"),
    Index(
        "visits_held",
        "region",
        "technician",
        "id",
        "version",
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    ),
)

_SET_ASIDE = text("outcome = 'quarantined'")

operations = Table(
    "operations",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("header_sha256", String(64), nullable=False),
    Column("made_on", Date, nullable=False),
    Column("id", String(64), nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("visit", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("holder", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("in_chain", Boolean, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("device_time", Instant, nullable=False),
    Column("trusted_time", Instant),
    Column("offset_s", Float),
    Column("received_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "laptop", "made_on", "header_sha256"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    Index(
        "operations_chain",
        "region",
        "laptop",
        "made_on",
        "incarnation",
        "sequence",
        unique=True,
        sqlite_where=text("in_chain"),
        postgresql_where=text("in_chain"),
    ),
    Index("operations_id", "region", "laptop", "id"),
    Index("operations_visit", "region", "visit"),
    Index(
        "operations_set_aside",
        "region",
        "laptop",
        sqlite_where=_SET_ASIDE,
        postgresql_where=_SET_ASIDE,
    ),
    postgresql_partition_by="RANGE (made_on)",
)
"""`made_on` is the UTC date of the header's device time: a repeat comes to the same day."""

counters = Table(
    "counters",
    metadata,
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("last", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "technician"),
)

changes = Table(
    "changes",
    metadata,
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "technician", "number"),
    ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    Index("changes_visit", "region", "visit", "technician"),
)

files = Table(
    "files",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("slot", String(64), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("complete_at", Instant),
    Column("original", String(64)),
    PrimaryKeyConstraint("region", "id"),
    UniqueConstraint("region", "laptop", "visit", "sha256", name="files_content"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
)
"""`original` is the SHA-256 of the file of which this is the thumbnail; such a file is a help
and counts nowhere."""

intake = Table(
    "intake",
    metadata,
    Column("region", String(64), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "reference"),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
)

meter_keys = Table(
    "meter_keys",
    metadata,
    Column("meter", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""`meter` is a pseudonym; number and keys are sealed."""

handed_keys = Table(
    "handed_keys",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("meter", String(64), nullable=False),
    Column("handed_at", Instant, nullable=False),
    Column("erased_at", Instant),
    PrimaryKeyConstraint("region", "laptop", "meter"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    ForeignKeyConstraint(["meter"], ["meter_keys.meter"]),
)
"""Which meters' keys went to a laptop; `erased_at` once it said that it has them no more."""

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("chain", String(160), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("chain", String(160), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("noted_on", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("chain", "noted_on", "number"),
    postgresql_partition_by="RANGE (noted_on)",
)
"""`noted_on` is the UTC date of `at`."""
