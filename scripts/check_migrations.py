"""Checks on a throw-away PostgreSQL that the migrations make exactly the tables of the code.

Up to the newest, `alembic check`, down to nothing, and up again.
"""

import tempfile
from pathlib import Path

import alembic.command

from dispatch.database import alembic_config, start_embedded


def main() -> None:
    """Run the check; alembic raises when something differs."""
    with tempfile.TemporaryDirectory(prefix="vigil-migrations-") as folder:
        server = start_embedded(Path(folder))
        try:
            config = alembic_config(str(server.get_uri()))
            alembic.command.upgrade(config, "head")
            alembic.command.check(config)
            alembic.command.downgrade(config, "base")
            alembic.command.upgrade(config, "head")
        finally:
            server.cleanup()
    print("migrations: up, check, down and up again")


if __name__ == "__main__":
    main()
