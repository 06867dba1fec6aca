"""Runs migrations against the database that the configuration or VIGIL_DATABASE_URL names."""

import os

from sqlalchemy import create_engine
from sqlmodel import SQLModel

import dispatch.callback_tables
import dispatch.episode_tables
import dispatch.feed_tables
import dispatch.hospital_tables
import dispatch.tables  # noqa: F401  fills SQLModel.metadata
import notifications.tables  # noqa: F401  fills SQLModel.metadata
import oncall.duty_tables
import oncall.tables  # noqa: F401  fills SQLModel.metadata
from alembic import context

MIGRATION_LOCK = 7_104_113
"""Any number of our own: only one node migrates at a time."""

LOCK_MILLISECONDS = 2000
"""How long a migration may wait for a table while older nodes work on."""


def _url() -> str:
    url = context.config.get_main_option("sqlalchemy.url") or os.environ["VIGIL_DATABASE_URL"]
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _render(type_: str, obj: object, autogen_context: object) -> str | bool:  # noqa: ARG001  Alembic's signature
    if type_ == "type" and type(obj).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    if type_ == "type" and type(obj).__name__ == "AutoString":
        return "sa.String()"
    return False


engine = create_engine(_url())
with engine.connect() as connection:
    connection.exec_driver_sql(f"select pg_advisory_lock({MIGRATION_LOCK})")
    # A table that waits to be changed makes everybody wait behind it: rather try again.
    connection.exec_driver_sql(f"set lock_timeout = '{LOCK_MILLISECONDS}'")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_item=_render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
