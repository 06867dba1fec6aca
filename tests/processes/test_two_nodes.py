"""Two real nodes on one database. Either may be killed: what was promised is done by the other."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from dispatch.access import Role
from dispatch.commands import logins
from notifications.attempts import Outcome
from notifications.outbox import OutboxState
from notifications.tables import AttemptRow
from tests.live.watcher import Watcher
from tests.processes.cluster import Cluster, Killed
from tests.scenarios import town
from tests.scenarios.webhooks import hand_over

pytestmark = pytest.mark.timeout(300)

CRISES = 200

SOON = timedelta(seconds=15)
"""Another node sends within five seconds (benchmarks/failover.py); a busy machine may take more."""

PRIMARIES = ("ana", "gus")
BACKUPS = ("ben", "hal")


def test_a_board_on_one_node_shows_what_the_other_one_commits(cluster: Cluster) -> None:
    first, second = cluster.two_nodes()
    with cluster.night.vigil.unit_of_work() as work:
        token = logins.create_token(work, name="board", role=Role.VIEWER, team=None)
    with Watcher(second, headers={"Authorization": f"Bearer {token}"}) as board:
        assert board.read_snapshot().crises == ()
        ref = hand_over(first, caller=town.CLIENT).json()["ref"]
        assert board.read_until_shown(state="paging").ref == ref
        assert board.fresh_snapshot().crises[0].ref == ref


def test_every_page_is_sent_though_a_node_is_killed_in_the_middle(cluster: Cluster) -> None:
    first, _ = cluster.two_nodes()
    before = cluster.said_to_twilio().total()
    refs = cluster.crises_are_reported(CRISES)
    cluster.until(
        lambda: cluster.said_to_twilio().total() > before + CRISES // 4, "a quarter of the pages"
    )
    killed = cluster.kill(first)
    everybody_is_paged(cluster, refs, PRIMARIES)
    sent_again_soon(cluster, killed)
    twice = {row for row, times in cluster.said_to_twilio().items() if times > 1}
    assert twice <= killed.held | in_doubt(cluster), "a page came twice without need"


def test_a_node_works_beside_a_database_that_a_newer_version_has_migrated(
    cluster: Cluster,
) -> None:
    """During a deploy the new version migrates first, and old nodes go on, and may start again."""
    cluster.one_node()
    [(version,)] = cluster.execute("select version_num from alembic_version")
    cluster.execute(*NEWER)
    [node] = cluster.start_nodes(1)
    assert "database_is_newer" in node.logged()
    ref = hand_over(node, message="msg_2", caller=town.CLIENT).json()["ref"]
    cluster.night.ana.expect_sms(f"{ref}: crisis reported", 30)
    cluster.night.ana.answers()
    call = cluster.night.call(town.SPANISH_CLIENT).wait_for("talking", 60)
    assert call.bridged_with == [town.ANA]
    call.hang_up()
    dove = cluster.execute("select state, attempts from outbox where key = 'dove'")
    assert dove == [("waiting", 0)], "nobody here knows how to send it"
    cluster.execute(*OLDER, f"update alembic_version set version_num = '{version}'")


NEWER = (
    "alter table outbox add column plumage text",
    "alter table crisis add column weather text default 'fair'",
    "create table dovecote (id text primary key, since timestamptz not null)",
    "insert into outbox (key, kind, created_at, due_at, expires_at, attempts, state, plumage)"
    " select 'dove', 'carrier_pigeon', seen_at, seen_at, seen_at + interval '1 hour', 0,"
    " 'waiting', 'grey' from node limit 1",
    "update alembic_version set version_num = '9999'",
)
"""What a later version's migration may do: add, and write rows of kinds that we don't know."""

OLDER = (
    "delete from outbox where key = 'dove'",
    "alter table outbox drop column plumage",
    "alter table crisis drop column weather",
    "drop table dovecote",
)


def test_every_deadline_is_kept_though_a_node_is_killed_just_before(cluster: Cluster) -> None:
    first, _ = cluster.two_nodes()
    refs = cluster.crises_were_paged(CRISES)
    cluster.deadline_of_all(refs, cluster.now() + timedelta(seconds=1))
    killed = cluster.kill(first)
    cluster.until(lambda: len(climbed(cluster, refs)) >= CRISES, "all have climbed")
    assert set(climbed(cluster, refs).values()) == {1}, "a deadline was worked off twice"
    everybody_is_paged(cluster, refs, BACKUPS)
    sent_again_soon(cluster, killed)


def everybody_is_paged(cluster: Cluster, refs: frozenset[str], to: Sequence[str]) -> None:
    """Each crisis has its page, and Twilio has taken it, or another one that says it too."""

    def unsent() -> list[str]:
        pages = cluster.pages(refs, to)
        sent = {row.key for row in pages if row.state == OutboxState.SENT}
        missing = refs - {row.crisis_ref for row in pages}
        return [
            *missing,
            *(row.key for row in pages if sent.isdisjoint((row.key, row.merged_into))),
        ]

    cluster.until(lambda: not unsent(), "every page")


def sent_again_soon(cluster: Cluster, killed: Killed) -> None:
    """By the times of the attempts: what the dead node held has gone out, or said to have."""
    query = select(AttemptRow.outbox_id, AttemptRow.at).where(
        col(AttemptRow.outbox_id).in_(killed.held), AttemptRow.outcome != Outcome.RETRIED.value
    )
    with cluster.night.vigil.unit_of_work.reading() as work:
        known: dict[int, timedelta] = {}
        for row, moment in work.session.exec(query.order_by(col(AttemptRow.id).desc())):
            known[row or 0] = moment - killed.at
    assert set(known) == killed.held
    assert all(late < SOON for late in known.values()), known


def in_doubt(cluster: Cluster) -> frozenset[int]:
    """The rows of requests that failed on their way: Twilio may have taken them all the same."""
    query = select(AttemptRow.outbox_id).where(AttemptRow.outcome == Outcome.RETRIED.value)
    with cluster.night.vigil.unit_of_work.reading() as work:
        return frozenset(row or 0 for row in work.session.exec(query))


def climbed(cluster: Cluster, refs: frozenset[str]) -> Counter[str]:
    """How many pages to the next rung each crisis has."""
    return Counter(row.crisis_ref or "" for row in cluster.pages(refs, BACKUPS))
