"""Hospitals, their forms, what a client is found by, and the inbox: what came, byte for byte."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "hospital",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("secret_version", sa.Integer(), nullable=False),
        sa.Column("in_charge_id", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["in_charge_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column(
        "client",
        sa.Column("identity", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "client",
        sa.Column("keyed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("api_token", sa.Column("hospital_id", sa.String(), nullable=True))
    op.create_table(
        "client_key",
        sa.Column("client_number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_number"], ["client.number"]),
        sa.PrimaryKeyConstraint("client_number", "key"),
    )
    op.create_index(op.f("ix_client_key_key"), "client_key", ["key"], unique=False)
    op.create_table(
        "form_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(op.f("ix_form_link_hospital_id"), "form_link", ["hospital_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("inbox_heard", "inbox", ["hospital_id", "received_at"], unique=False)
    op.create_index("inbox_same_name", "inbox", ["channel", "sender", "message_id"], unique=False)
    for name, state in (("inbox_waiting", "waiting"), ("inbox_quarantine", "quarantined")):
        op.create_index(
            name, "inbox", ["id"], unique=False, postgresql_where=sa.text(f"state = '{state}'")
        )


def downgrade() -> None:
    op.drop_table("inbox")
    op.drop_table("form_link")
    op.drop_table("client_key")
    op.drop_column("api_token", "hospital_id")
    op.drop_column("client", "keyed")
    op.drop_column("client", "identity")
    op.drop_table("hospital")
