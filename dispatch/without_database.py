"""What a node has for the time when its database is away, in one place."""

from dataclasses import dataclass

from dispatch.catching_up import CatchingUp
from dispatch.database_watch import DatabaseWatch
from dispatch.journal import Journal


@dataclass(frozen=True, slots=True)
class WithoutDatabase:
    """Who notices, what is kept meanwhile, and who enters it afterwards."""

    watch: DatabaseWatch
    journal: Journal
    catching_up: CatchingUp
