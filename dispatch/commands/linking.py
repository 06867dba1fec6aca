"""Whom a notice is about: links it, shows it to a person, or keeps it for a later comparison.

Whoever settles a notice holds its hospital, then the crises of its client, then the client: of two
notices about one stay that are read at one instant, the second finds the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import update
from sqlmodel import Session, col, select

from dispatch.commands import promises
from dispatch.commands.carrying_out import note
from dispatch.commands.episodes import containing, refresh
from dispatch.commands.hospital_steps import called_back
from dispatch.commands.logins import audit
from dispatch.commands.notice_pages import add_quietly, page
from dispatch.crisis import Crisis, Source
from dispatch.episode_tables import NoticeRow, PromiseRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.news import UNDOES, may_wake, wakes
from dispatch.hospitals.episodes.told import NO_EPISODE
from dispatch.hospitals.matching.likeness import Likeness, compare
from dispatch.hospitals.matching.lookup_keys import keys_of
from dispatch.hospitals.matching.match import Found, Match, Outcome, match
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

SAME_VISIT = "the same visit of that hospital as a notice that is linked"


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody's word on whom a notice is about: `by` is a login, None for the policy's.

    `passed_on`: it was said of another notice, of the same visit or record.
    """

    client: int
    why: str
    by: str | None = None
    passed_on: bool = False


def settle(work: UnitOfWork, row: NoticeRow, public_url: str) -> None:
    """Find out whom a notice that was just read, or is compared again, is about; page as it asks.

    A notice stays what a person has said of it, also when they have taken a link back.
    """
    notice = notices.notice_of(row)
    is_linked = row.match == Known.LINKED.value
    if notice is None or (row.linked_by is not None and not is_linked):
        return
    notices.hold_hospital(work.session, row.hospital_id)
    person = sought(work.session, notice, row.hospital_id)
    found = identities.candidates(work.session, keys_of(person), work.now)
    matched = match(person, found)
    if is_linked:
        _still_linked(work, row, notice, public_url)
        return
    whom = _certain(matched) or _of_same_visit(work, row, notice, person)
    alone = notice.kind in NO_EPISODE and bool(matched.found)
    stays = _stays_of_nobody(work, row, notice) if alone else ()
    if whom is not None and not _is_contested(work, row, notice, whom.client):
        link(work, row, whom, public_url)
        _others_of_the_same(work, row, notice, whom, public_url)
    elif notice.kind in NO_EPISODE and not stays:
        _pass_over(work, row)
    elif matched.found:
        _show(work, row, notice, person, matched.found, public_url, stays)
    else:
        _keep(work, row, notice, person, Known.NONE)


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


def _certain(matched: Match) -> Whom | None:
    if matched.outcome is not Outcome.CERTAIN:
        return None
    [found] = matched.found
    return Whom(found.key, found.why)


def _of_same_visit(work: UnitOfWork, row: NoticeRow, notice: Notice, person: Person) -> Whom | None:
    """Who the visit is known to be of, unless what this notice says of the person forbids it."""
    keys = notices.visit_keys(row.hospital_id, notice)
    linked = notices.sharing(work.session, keys, (Known.LINKED.value,))
    theirs = {one.client_number for one in linked if one.client_number is not None}
    if len(theirs) != 1:
        return None
    [known] = identities.numbered(work.session, sorted(theirs))
    if _forbidden(compare(person, known)):
        return None
    return Whom(known.key, SAME_VISIT, passed_on=True)


def _is_contested(work: UnitOfWork, row: NoticeRow, notice: Notice, client: int) -> bool:
    """Whether a person has said of the same visit or record that it is not this client's.

    Then the next that comes is for a person too, however alike the two are.
    """
    keys = notices.own_keys(row.hospital_id, notice)
    settled = (Known.POSSIBLE.value, Known.DISMISSED.value)
    return any(
        other.match == Known.DISMISSED.value or client in notices.candidates(work.session, other)
        for other in notices.sharing(work.session, keys, settled)
        if other.linked_by is not None and other.id != row.id
    )


def _forbidden(likeness: Likeness) -> bool:
    """Whether somebody can't be who is known by the number of the visit or record alone."""
    return SOMEBODY_ELSE.holds(likeness) or any(bar.holds(likeness) for bar in POLICY.bars)


# Linked ──────────────────────────────────────────────────────────────────────────────────────────


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
    _lock_crises(work, row)
    if not whom.passed_on and (whom.by is not None or notice.kind is NoticeKind.MERGE):
        _learn(work.session, whom.client, notice, row.hospital_id)
    _page_linked(work, row, notice, public_url, is_new=True)


def _still_linked(work: UnitOfWork, row: NoticeRow, notice: Notice, public_url: str) -> None:
    """It was linked before and is read again: the link stays, what it tells may be other."""
    notices.forget(work.session, row)
    notices.write_keys(work.session, row, notices.own_keys(row.hospital_id, notice))
    _lock_crises(work, row)
    _page_linked(work, row, notice, public_url, is_new=False)


def _learn(session: Session, client: int, notice: Notice, hospital: str) -> None:
    row = session.get(ClientRow, client, with_for_update=True)
    if row is not None:
        person = sought(session, notice, hospital)
        identities.learn(session, row, _records(person))


def _records(person: Person) -> tuple[Identifier, ...]:
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
    if episode is None or team is None or team not in work.directory.teams:
        return
    alike = [
        one
        for one in notices.of_client(work.session, row.client_number)
        if one.reference in episode.references
    ]
    if _confirmed(work, row, team) if is_new else _is_told(work, row):
        return
    paged = bool(notices.crises_of(work.session, [one.id or 0 for one in alike]))
    if wakes(notice.kind, episode, paged=paged, now=work.now):
        page(work, row, team, Source.HOSPITAL, alike, public_url)
    else:
        add_quietly(work, row, team, alike)


def _lock_crises(work: UnitOfWork, row: NoticeRow) -> None:
    """Hold the open crises of the client's notices: crises are locked before their clients."""
    theirs = notices.of_client(work.session, row.client_number or 0)
    for ref in episodes.open_refs(work.session, {one.reference for one in theirs}):
        crises.lock(work.session, ref)


def _is_told(work: UnitOfWork, row: NoticeRow) -> bool:
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
            _nobody_of_theirs(work, crisis, "nobody of this team's")
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


def _nobody_of_theirs(work: UnitOfWork, crisis: Crisis, who: str) -> None:
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


def _others_of_the_same(
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
    return likeness is None or _forbidden(likeness)


# Not linked ──────────────────────────────────────────────────────────────────────────────────────


def _show(
    work: UnitOfWork,
    row: NoticeRow,
    notice: Notice,
    person: Person,
    found: Sequence[Found],
    public_url: str,
    stays: Sequence[NoticeRow],
) -> None:
    """A person has to say whom it is about: the teams of everybody who may be meant are paged.

    So they are for `stays` of somebody whom nobody knew, if this notice tells who that may be.
    """
    _keep(work, row, notice, person, Known.POSSIBLE)
    theirs = [one.key for one in found]
    notices.write_candidates(work.session, row, theirs)
    if notice.kind in UNDOES:
        return
    keys = notices.own_keys(row.hospital_id, notice)
    alike = [
        *notices.sharing(work.session, keys, (Known.POSSIBLE.value,)),
        *notices.possible_for(work.session, row.hospital_id, theirs[0]),
    ]
    teams = {clients.team_of(work.session, client, work.now) for client in theirs}
    told = [notice, *(one for stay in stays if (one := notices.notice_of(stay)) is not None)]
    wakes_somebody = not _is_told(work, row) and any(
        may_wake(one.kind, one.happened_at or one.sent_at, work.now) for one in told
    )
    for team in sorted(team for team in work.directory.teams if team in teams):
        if wakes_somebody:
            crisis = page(work, row, team, Source.POSSIBLE_CLIENT, alike, public_url)
            for stay in stays:
                notices.add_to_crisis(work.session, stay, crisis.ref)
        else:
            add_quietly(work, row, team, alike)


def _stays_of_nobody(work: UnitOfWork, row: NoticeRow, notice: Notice) -> list[NoticeRow]:
    """What the hospital told of a stay of the same record, of which nobody we know was found."""
    keys = notices.own_keys(row.hospital_id, notice)
    unknown = notices.sharing(work.session, keys, (Known.NONE.value,))
    return [one for one in unknown if one.id != row.id]


def _pass_over(work: UnitOfWork, row: NoticeRow) -> None:
    """It tells of no stay, and certainly of nobody we know: nothing of it is of use to anybody."""
    notices.forget(work.session, row)
    row.match, row.told, row.settled_at = Known.PASSED_OVER.value, None, work.now
    work.session.add(row)


def _keep(work: UnitOfWork, row: NoticeRow, notice: Notice, person: Person, state: Known) -> None:
    """Keep it with all by which a client may be found in it later."""
    notices.forget(work.session, row)
    row.match = state.value
    work.session.add(row)
    keys = notices.own_keys(row.hospital_id, notice) | keys_of(person)
    notices.write_keys(work.session, row, keys)


# What a person says ──────────────────────────────────────────────────────────────────────────────


class NotSettled(LookupError):  # noqa: N818
    """It can't be settled so; the text says why, and what can be done."""


def confirm(work: UnitOfWork, reference: str, client: int, by: str, public_url: str) -> NoticeRow:
    """A person says that a notice is about this client; so is what else that visit was told by.

    Raises NotSettled.
    """
    row = _waiting(work, reference)
    if clients.by_numbers(work.session, [client]) == []:
        raise NotSettled("client: nobody has this number")
    if clients.team_of(work.session, client, work.now) is None:
        raise NotSettled("client: they belong to no team now, so nobody would be paged")
    notice = notices.notice_of(row)
    if notice is None:
        raise NotSettled("What it told was removed after the time for which it is kept.")
    whom = Whom(client, "a person has confirmed it", by)
    link(work, row, whom, public_url)
    _others_of_the_same(work, row, notice, whom, public_url)
    audit(work.session, work.now, by, "notice_linked", row.reference)
    return row


def dismiss(work: UnitOfWork, reference: str, why: str, by: str) -> NoticeRow:
    """A person says that a notice is about nobody of ours. Raises NotSettled."""
    row = _waiting(work, reference)
    notices.forget(work.session, row)
    row.match, row.why, row.linked_by, row.settled_at = Known.DISMISSED.value, why, by, work.now
    work.session.add(row)
    work.session.flush()
    notice = notices.notice_of(row)
    if notice is not None:  # so the next of the same visit or record is not linked by itself
        notices.write_keys(work.session, row, notices.own_keys(row.hospital_id, notice))
    for ref in notices.crises_of(work.session, [row.id or 0]).get(row.id or 0, ()):
        crisis = crises.lock(work.session, ref)
        if crisis is not None:
            _nobody_of_theirs(work, crisis, "nobody of ours")
    audit(work.session, work.now, by, "notice_dismissed", row.reference)
    return row


def unlink(work: UnitOfWork, reference: str, why: str, by: str) -> NoticeRow:
    """Take a wrong link back: the notice waits again for a person, and the episode goes with it.

    So does what else was linked of the same visit. No policy links it with them again. The numbers
    that were learned by it are forgotten. Raises NotSettled.
    """
    row = _held(work, reference)
    if row.match != Known.LINKED.value or row.client_number is None:
        raise NotSettled("This notice is linked with nobody.")
    client = row.client_number
    _lock_crises(work, row)
    for one in (row, *_of_its_visit(work, row)):
        _take_back(work, one, client, why, by)
    refresh(work, client)
    audit(work.session, work.now, by, "notice_unlinked", row.reference)
    return row


def _of_its_visit(work: UnitOfWork, row: NoticeRow) -> list[NoticeRow]:
    """The other notices of the same visit that are linked with the same client."""
    notice = notices.notice_of(row)
    keys = set() if notice is None else notices.visit_keys(row.hospital_id, notice)
    linked = notices.sharing(work.session, keys, (Known.LINKED.value,))
    return [one for one in linked if one.client_number == row.client_number and one.id != row.id]


def _take_back(work: UnitOfWork, row: NoticeRow, client: int, why: str, by: str) -> None:
    notice = notices.notice_of(row)
    for ref in notices.crises_of(work.session, [row.id or 0]).get(row.id or 0, ()):
        note(work, ref, "client_unlinked", "it may be nobody of ours: a person has to say")
        crises.unname_client(work.session, ref, Source.HOSPITAL, client)
    row.match, row.client_number, row.linked_by = Known.POSSIBLE.value, None, by
    row.why, row.settled_at = why, None
    work.session.add(row)
    work.session.flush()
    if notice is not None:
        person = sought(work.session, notice, row.hospital_id)
        _keep(work, row, notice, person, Known.POSSIBLE)
        wrong = work.session.get(ClientRow, client, with_for_update=True)
        if wrong is not None:
            identities.unlearn(work.session, wrong, _records(person))
    notices.write_candidates(work.session, row, [client])


def _waiting(work: UnitOfWork, reference: str) -> NoticeRow:
    row = _held(work, reference)
    if row.match not in notices.UNSETTLED:
        raise NotSettled("Somebody has settled this notice already.")
    return row


def _held(work: UnitOfWork, reference: str) -> NoticeRow:
    row = notices.find(work.session, reference)
    if row is not None:
        notices.hold_hospital(work.session, row.hospital_id)
        row = notices.find(work.session, reference, lock=True)
    if row is None:
        raise NotSettled("No notice has this reference.")
    return row


def key_of(work: UnitOfWork, row: NoticeRow) -> str | None:
    """The key of the episode that a linked notice is part of."""
    if row.client_number is None:
        return None
    theirs = episodes.followed_of(work.session, [row.client_number])
    one = containing(theirs.get(row.client_number, ()), row.reference)
    return None if one is None else one.episode.key


# Once more ───────────────────────────────────────────────────────────────────────────────────────


def compare_again(work: UnitOfWork, public_url: str) -> bool:
    """Compare one client who is new, or told anew, with what is of nobody yet; False when none is.

    What was possible and has become nobody stays with a person: they may have seen more.
    """
    query = select(ClientRow.number, ClientRow.rematch).where(col(ClientRow.rematch) > 0)
    asked = work.session.exec(query.order_by(col(ClientRow.number)).limit(1)).first()
    if asked is None:
        return False
    client, times = asked
    keys = identities.keys(work.session, client or 0)
    waiting = notices.sharing(work.session, keys, notices.UNSETTLED)
    for row in sorted(waiting, key=lambda one: (one.hospital_id, one.id or 0)):
        _settle_again(work, row.reference, row.hospital_id, public_url)
    # Told anew meanwhile, they are compared once more.
    done = update(ClientRow).where(col(ClientRow.number) == client, col(ClientRow.rematch) == times)
    work.session.execute(done.values(rematch=0))
    return True


def _settle_again(work: UnitOfWork, reference: str, hospital: str, public_url: str) -> None:
    notices.hold_hospital(work.session, hospital)
    row = notices.find(work.session, reference, lock=True)
    notice = None if row is None else notices.notice_of(row)
    if row is None or notice is None or row.match not in notices.UNSETTLED:
        return
    if row.linked_by is not None:
        return  # a person has taken a link back, and a person says whose it is
    person = sought(work.session, notice, hospital)
    found = identities.candidates(work.session, keys_of(person), work.now)
    outcome = match(person, found).outcome
    is_better = outcome is Outcome.POSSIBLE and row.match == Known.NONE.value
    if outcome is Outcome.CERTAIN or is_better:
        settle(work, row, public_url)
