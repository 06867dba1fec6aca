"""Durable sending: pages by voice, every attempt, nodes and their leases, paging rules."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = (
    ("purpose", sa.String),
    ("backs", sa.String),
    ("rings_anyway_at", sa.DateTime(timezone=True)),
    ("merged_into", sa.String),
    ("leased_by", sa.String),
    ("check_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("outbox", sa.Column(name, kind, nullable=True))
    op.create_index(
        "outbox_unsettled",
        "outbox",
        ["check_at"],
        unique=False,
        postgresql_where=sa.text("check_at is not null"),
    )
    op.create_index(op.f("ix_outbox_backs"), "outbox", ["backs"], unique=False)
    op.create_index(op.f("ix_outbox_merged_into"), "outbox", ["merged_into"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("crisis_ref", sa.String(), nullable=True),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_attempt_outbox_id"), "attempt", ["outbox_id"], unique=False)
    op.create_index(op.f("ix_attempt_crisis_ref"), "attempt", ["crisis_ref"], unique=False)
    op.create_table(
        "node",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "paging_rule",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )


def downgrade() -> None:
    op.drop_table("paging_rule")
    op.drop_table("node")
    op.drop_table("attempt")
    op.drop_index(op.f("ix_outbox_merged_into"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_backs"), table_name="outbox")
    op.drop_index("outbox_unsettled", table_name="outbox")
    for name, _ in COLUMNS:
        op.drop_column("outbox", name)
