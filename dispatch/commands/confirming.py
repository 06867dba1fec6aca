"""What a person says of a notice: whose it is, that it is nobody of ours, that a link was wrong."""

from dispatch.commands.carrying_out import note
from dispatch.commands.episodes import containing, refresh
from dispatch.commands.linking import (
    Whom,
    keep,
    link,
    link_others,
    lock_crises,
    nobody_of_theirs,
    records,
    sought,
)
from dispatch.commands.logins import audit
from dispatch.crisis import Source
from dispatch.episode_tables import NoticeRow
from dispatch.store import clients, crises, episodes, identities, notices
from dispatch.store.notices import Match as Known
from dispatch.tables import ClientRow
from dispatch.unit_of_work import UnitOfWork


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
    link_others(work, row, notice, whom, public_url)
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
            nobody_of_theirs(work, crisis, "nobody of ours")
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
    lock_crises(work, row)
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
        keep(work, row, notice, person, Known.POSSIBLE)
        wrong = work.session.get(ClientRow, client, with_for_update=True)
        if wrong is not None:
            identities.unlearn(work.session, wrong, records(person))
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
