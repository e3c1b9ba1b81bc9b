"""The first schema: people, laptops, visits, operations, changes, files, forms, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing to the first schema."""
    _people_and_laptops()
    _visits_and_changes()
    _operations()
    _files_forms_and_audit()


def _people_and_laptops() -> None:
    op.create_table(
        "offices",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "technicians",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.UniqueConstraint("id", name="technicians_id"),
    )
    op.create_table(
        "users",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", name="users_name"),
    )
    op.create_table(
        "laptops",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("device_name", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("last_contact", sa.DateTime(timezone=True)),
        sa.Column("handed_out", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.UniqueConstraint("id", name="laptops_id"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
    op.create_table(
        "incarnations",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("system_title", sa.LargeBinary, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "incarnation"),
        sa.UniqueConstraint("system_title", name="incarnations_system_title"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("laptop", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
    op.create_table(
        "spent_challenges",
        sa.Column("challenge_hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def _visits_and_changes() -> None:
    op.create_table(
        "holders",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id"),
    )
    op.create_table(
        "visits",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("planned_on", sa.Date, nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("technician", sa.String(64)),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("route_position", sa.Integer, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.UniqueConstraint("region", "number", name="visits_number"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_index("visits_day", "visits", ["region", "planned_on"])
    op.create_index("visits_technician", "visits", ["region", "technician"])
    op.create_table(
        "counters",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("region", "technician"),
    )
    op.create_table(
        "changes",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "technician", "number"),
        sa.ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    )
    op.create_index("changes_visit", "changes", ["region", "visit", "technician"])


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("header_sha256", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("in_chain", sa.Boolean, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("device_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trusted_time", sa.DateTime(timezone=True)),
        sa.Column("offset_s", sa.Float),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "header_sha256"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_index(
        "operations_chain",
        "operations",
        ["region", "laptop", "incarnation", "sequence"],
        unique=True,
        sqlite_where=sa.text("in_chain"),
        postgresql_where=sa.text("in_chain"),
    )
    op.create_index("operations_id", "operations", ["region", "laptop", "id"])
    op.create_index("operations_visit", "operations", ["region", "visit"])
    op.create_index("operations_outcome", "operations", ["region", "laptop", "outcome"])


def _files_forms_and_audit() -> None:
    op.create_table(
        "files",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("slot", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.UniqueConstraint("region", "laptop", "visit", "sha256", name="files_content"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_table(
        "intake",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "reference"),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.String(160), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("chain", sa.String(160), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number"),
    )
