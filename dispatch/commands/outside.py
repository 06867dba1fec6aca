"""What happens to a rota from outside: time passes, a phone fails. It can't be refused, only kept.

What it does to coverage, the watch tells.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dispatch.commands.accepted import end_acceptances
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.duty import write_down
from dispatch.unit_of_work import UnitOfWork
from oncall.store import lock_rotas, mark_changed, read_directory


def hold_rotas(work: UnitOfWork) -> None:
    """Let nobody else change a rota until the transaction ends; duty is written down up to now."""
    session = work.session
    session.flush()
    version = lock_rotas(session)
    session.expire_all()  # what was read before the lock may be old
    work.directory = read_directory(session, version)
    write_down(work)


@contextmanager
def coverage_may_fall(work: UnitOfWork) -> Iterator[None]:
    """Let the block write what has happened to people; nodes and the board hear of it.

    The transaction may hold a crisis, but no team's card yet.
    """
    hold_rotas(work)
    before = work.directory
    yield
    session = work.session
    session.flush()
    session.expire_all()
    work.directory = after = read_directory(session, mark_changed(session, work.now))
    end_acceptances(work, before, after)
    for team in sorted(after.teams):
        old = before.teams.get(team)
        if old is None or old.rota != after.teams[team].rota:
            refresh_team_card(work, team)
