"""Conferences: what a request about one says besides, and the agency's interpreter line."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("options", postgresql.JSONB(), nullable=True))
    op.add_column("agency", sa.Column("interpreter_line", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("agency", "interpreter_line")
    op.drop_column("outbox", "options")
