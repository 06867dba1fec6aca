"""Hospitals, their inbox and forms, notices and episodes, and the watch over their feeds."""

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
        sa.Column("keyed", sa.String(), nullable=True),
    )
    op.add_column(
        "client",
        sa.Column("rematch", sa.Integer(), server_default=sa.text("0"), nullable=False),
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

    op.add_column("crisis", sa.Column("told_by", sa.String(), nullable=True))
    _episodes()
    _feeds()


def _episodes() -> None:
    op.create_table(
        "hospital_notice",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("match", sa.String(), nullable=False),
        sa.Column("client_number", sa.Integer(), nullable=True),
        sa.Column("linked_by", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_number"], ["client.number"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inbox_id", "part"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("notice_of_client", "hospital_notice", ["client_number", "id"], unique=False)
    op.create_index(
        "notice_to_match",
        "hospital_notice",
        ["id"],
        unique=False,
        postgresql_where=sa.text("match in ('possible', 'none')"),
    )
    op.create_table(
        "notice_candidate",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_number"], ["client.number"]),
        sa.PrimaryKeyConstraint("notice_id", "client_number"),
    )
    op.create_table(
        "notice_key",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "key"),
    )
    op.create_index(op.f("ix_notice_key_key"), "notice_key", ["key"], unique=False)
    op.create_table(
        "notice_crisis",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("crisis_ref", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["crisis_ref"], ["crisis.ref"]),
        sa.PrimaryKeyConstraint("notice_id", "crisis_ref"),
    )
    op.create_index(
        op.f("ix_notice_crisis_crisis_ref"), "notice_crisis", ["crisis_ref"], unique=False
    )
    op.create_table(
        "call_back_promise",
        sa.Column("crisis_ref", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_by", sa.String(), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["crisis_ref"], ["crisis.ref"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.ForeignKeyConstraint(["kept_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("crisis_ref"),
    )
    op.create_index(
        "promise_open",
        "call_back_promise",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("kept_at is null"),
    )
    op.create_table(
        "hospital_episode",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("client_number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_number"], ["client.number"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    for column in ("began_at", "client_number"):
        op.create_index(
            op.f(f"ix_hospital_episode_{column}"), "hospital_episode", [column], unique=False
        )
    op.create_index(
        "episode_open",
        "hospital_episode",
        ["team_id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "episode_to_remind",
        "hospital_episode",
        ["remind_at"],
        unique=False,
        postgresql_where=sa.text("remind_at is not null"),
    )
    op.create_table(
        "hospital_step",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("client_number", sa.Integer(), nullable=False),
        sa.Column("episode", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("crisis_ref", sa.String(), nullable=True),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retracted_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_number"], ["client.number"]),
        sa.ForeignKeyConstraint(["crisis_ref"], ["crisis.ref"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_hospital_step_client_number"), "hospital_step", ["client_number"], unique=False
    )


def _feeds() -> None:
    op.create_table(
        "hospital_network",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("in_charge_id", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["in_charge_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "roster_export",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("network_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["hospital_network.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_roster_export_network_id"), "roster_export", ["network_id"], unique=False
    )
    op.create_table(
        "feed_alarm",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_feed_alarm_what"), "feed_alarm", ["what"], unique=False)


def downgrade() -> None:
    for table in (
        "feed_alarm",
        "roster_export",
        "hospital_network",
        "hospital_step",
        "hospital_episode",
        "call_back_promise",
        "notice_crisis",
        "notice_key",
        "notice_candidate",
        "hospital_notice",
    ):
        op.drop_table(table)
    op.drop_column("crisis", "told_by")
    op.drop_table("inbox")
    op.drop_table("form_link")
    op.drop_table("client_key")
    op.drop_column("api_token", "hospital_id")
    op.drop_column("client", "rematch")
    op.drop_column("client", "keyed")
    op.drop_column("client", "identity")
    op.drop_table("hospital")
