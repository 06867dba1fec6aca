"""Links a notice with a client: their episodes are worked out anew, and their team is paged.

Whoever settles a notice holds its hospital, then the crises of its client, then the client: of two
notices about one stay that are read at one instant, the second finds the first.
"""

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from dispatch.commands import promises
from dispatch.commands.carrying_out import note
from dispatch.commands.episodes import refresh
from dispatch.commands.hospital_steps import called_back
from dispatch.commands.notice_pages import add_quietly, page
from dispatch.crisis import Crisis, Source
from dispatch.episode_tables import NoticeRow, PromiseRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.episode import Episode
from dispatch.hospitals.episodes.news import wakes
from dispatch.hospitals.matching.likeness import Likeness, compare
from dispatch.hospitals.matching.lookup_keys import keys_of
from dispatch.hospitals.matching.rules import POLICY, SOMEBODY_ELSE
from dispatch.hospitals.notice import (
    Identifier,
    IdentifierKind,
    Notice,
    NoticeKind,
    Person,
)
from dispatch.store import clients, crises, episodes, identities, notices
from dispatch.store.notices import Match as Known
from dispatch.tables import ClientRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody's word on whom a notice is about: `by` is a login, None for the policy's.

    `passed_on`: it was said of another notice, of the same visit or record.
    """

    client: int
    why: str
    by: str | None = None
    passed_on: bool = False


SAME_VISIT = "the same visit of that hospital as a notice that is linked"


def sought(session: Session, notice: Notice, hospital: str) -> Person:
    """The person of a notice as clients are compared with them.

    A record number is one of the hospital's own, whatever it calls itself, unless it is that of
    another hospital that we know. Numbers that a merge did away with were theirs too.
    """
    names = _hospitals_by_name(session)
    person = notice.person
    numbers = (*person.identifiers, *notice.retired)
    return replace(
        person, identifiers=tuple(_with_authority(one, hospital, names) for one in numbers)
    )


def _hospitals_by_name(session: Session) -> dict[str, str]:
    rows = session.exec(select(HospitalRow).where(col(HospitalRow.active)))
    return {
        str(name).casefold(): row.id
        for row in rows
        for name in (row.id, row.name, *row.rules.get("known_as", ()))
    }


def _with_authority(one: Identifier, hospital: str, names: dict[str, str]) -> Identifier:
    if one.kind is not IdentifierKind.RECORD:
        return one
    return replace(one, authority=names.get(one.authority.casefold(), hospital))


def forbidden(likeness: Likeness) -> bool:
    """Whether somebody can't be who is known by the number of the visit or record alone."""
    return SOMEBODY_ELSE.holds(likeness) or any(bar.holds(likeness) for bar in POLICY.bars)


def link(work: UnitOfWork, row: NoticeRow, whom: Whom, public_url: str) -> None:
    """A notice is about this client: their episodes are worked out anew, and their team paged."""
    notice = notices.notice_of(row)
    if notice is None:
        return
    notices.forget(work.session, row)
    row.match, row.client_number = Known.LINKED.value, whom.client
    row.why, row.linked_by, row.settled_at = whom.why, whom.by, work.now
    work.session.add(row)
    work.session.flush()
    notices.write_keys(work.session, row, notices.own_keys(row.hospital_id, notice))
    lock_crises(work, row)
    if not whom.passed_on and (whom.by is not None or notice.kind is NoticeKind.MERGE):
        _learn(work.session, whom.client, notice, row.hospital_id)
    _page_linked(work, row, notice, public_url, is_new=True)


def still_linked(work: UnitOfWork, row: NoticeRow, notice: Notice, public_url: str) -> None:
    """It was linked before and is read again: the link stays, what it tells may be other."""
    notices.forget(work.session, row)
    notices.write_keys(work.session, row, notices.own_keys(row.hospital_id, notice))
    lock_crises(work, row)
    _page_linked(work, row, notice, public_url, is_new=False)


def _learn(session: Session, client: int, notice: Notice, hospital: str) -> None:
    row = session.get(ClientRow, client, with_for_update=True)
    if row is not None:
        person = sought(session, notice, hospital)
        identities.learn(session, row, records(person))


def records(person: Person) -> tuple[Identifier, ...]:
    """The record numbers of somebody: all that is learned of them."""
    return tuple(one for one in person.identifiers if one.kind is IdentifierKind.RECORD)


def _page_linked(
    work: UnitOfWork, row: NoticeRow, notice: Notice, public_url: str, *, is_new: bool
) -> None:
    """Work the client's episodes out anew, and page whose client they are, where it is news.

    A link that is not new, since the notice is read again, is no news to whom it was told of.
    """
    if row.client_number is None:
        return
    followed = refresh(work, row.client_number).of(row.reference)
    episode = followed.episode if followed is not None else None
    team = clients.team_of(work.session, row.client_number, work.now)
    if team is None or team not in work.directory.teams:
        return
    if episode is None and not _is_awaited(row):
        return
    alike = [row] if episode is None else _told_of(work, row.client_number, episode)
    if _confirmed(work, row, team) if is_new else is_told(work, row):
        return
    paged = bool(notices.crises_of(work.session, [one.id or 0 for one in alike]))
    if _is_awaited(row) or (
        episode is not None and wakes(notice.kind, episode, paged=paged, now=work.now)
    ):
        page(work, row, team, Source.HOSPITAL, alike, public_url)
    else:
        add_quietly(work, row, team, alike)


def _is_awaited(row: NoticeRow) -> bool:
    """Whether a person told it, who was promised a call whatever they told."""
    return row.report is not None


def _told_of(work: UnitOfWork, client: int, episode: Episode) -> list[NoticeRow]:
    linked = notices.of_client(work.session, client)
    return [one for one in linked if one.reference in episode.references]


def lock_crises(work: UnitOfWork, row: NoticeRow) -> None:
    """Hold the open crises of the client's notices: crises are locked before their clients."""
    theirs = notices.of_client(work.session, row.client_number or 0)
    for ref in episodes.open_refs(work.session, {one.reference for one in theirs}):
        crises.lock(work.session, ref)


def is_told(work: UnitOfWork, row: NoticeRow) -> bool:
    """Whether anybody was paged for a notice."""
    return bool(notices.crises_of(work.session, [row.id or 0]))


def _confirmed(work: UnitOfWork, row: NoticeRow, team: TeamId) -> bool:
    """Whether its team was paged for it before, as for somebody possible: their crisis hears it.

    Another team that was paged too hears that it is nobody of theirs, and not whose.
    """
    told = False
    for ref in notices.crises_of(work.session, [row.id or 0]).get(row.id or 0, ()):
        crisis = crises.lock(work.session, ref)
        if crisis is None:
            continue
        if crisis.team != team:
            nobody_of_theirs(work, crisis, "nobody of this team's")
            continue
        told = True
        if crisis.is_open:
            note(work, ref, "client_confirmed", "it is a client of ours")
        if row.client_number is not None:
            crises.name_client(work.session, ref, Source.HOSPITAL, row.client_number)
        promise = work.session.get(PromiseRow, ref)
        if promise is not None and promise.kept_at is not None and promise.kept_by is not None:
            called_back(work, ref, promise.kept_by, promise.kept_at)
    return told


def nobody_of_theirs(work: UnitOfWork, crisis: Crisis, who: str) -> None:
    """A notice is about nobody of a team that was paged for it: no call is promised for it."""
    if crisis.is_open:
        note(work, crisis.ref, "client_dismissed", f"it is {who}: the crisis can be closed")
    others = notices.of_crisis(work.session, crisis.ref)
    if not any(_may_be_of(work, one, crisis.team) for one in others):
        promises.void(work, crisis.ref)


def _may_be_of(work: UnitOfWork, row: NoticeRow, team: TeamId) -> bool:
    if row.client_number is not None:
        return clients.team_of(work.session, row.client_number, work.now) == team
    return row.match == Known.POSSIBLE.value


def link_others(
    work: UnitOfWork, row: NoticeRow, notice: Notice, whom: Whom, public_url: str
) -> None:
    """What the hospital told of the same visit or record before, when nobody was known by it.

    What a person took back is only theirs again if a person says so.
    """
    keys = notices.own_keys(row.hospital_id, notice)
    for other in notices.sharing(work.session, keys, notices.UNSETTLED):
        told = notices.notice_of(other)
        if told is None or other.id == row.id or _barred(work.session, told, other, whom.client):
            continue
        if other.linked_by is None or whom.by is not None:
            link(work, other, replace(whom, why=SAME_VISIT, passed_on=True), public_url)


def _barred(session: Session, told: Notice, row: NoticeRow, client: int) -> bool:
    known = identities.numbered(session, [client])
    likeness = compare(sought(session, told, row.hospital_id), known[0]) if known else None
    return likeness is None or forbidden(likeness)


def keep(work: UnitOfWork, row: NoticeRow, notice: Notice, person: Person, state: Known) -> None:
    """Keep it with all by which a client may be found in it later."""
    notices.forget(work.session, row)
    row.match = state.value
    work.session.add(row)
    keys = notices.own_keys(row.hospital_id, notice) | keys_of(person)
    notices.write_keys(work.session, row, keys)
