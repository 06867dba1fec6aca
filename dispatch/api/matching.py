"""Whom a hospital's notice is about: both sides for a person who decides, and what they decide."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch.access import Role, Viewer
from dispatch.api.context import Asking, Node
from dispatch.commands import confirming, linking
from dispatch.commands.confirming import NotSettled, key_of
from dispatch.commands.logins import audit
from dispatch.episode_tables import NoticeRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.wording import what
from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.match import match
from dispatch.hospitals.notice import Address, Notice, PersonName, Reporter
from dispatch.store import clients, identities, notices
from dispatch.store.notices import Match
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/matching", tags=["hospitals"])

MOST_SHOWN = 200


def _clean(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise ValueError("must not be empty")
    return text


Why = Annotated[str, Field(max_length=1000), AfterValidator(_clean)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LinkBody(_Body):
    """Which client it is, by our own number."""

    client: int = Field(ge=1, le=2**31 - 1)


class WhyBody(_Body):
    """Why it is so, in a sentence."""

    why: Why


@router.get("")
def waiting(
    vigil: Node, viewer: Asking, state: Literal["possible", "none"] = "possible"
) -> dict[str, Any]:
    """Notices that wait for a person, the oldest first. A look at them is audited.

    Of those about nobody known only leads and administrators are shown the list.
    """
    _require_decider(viewer, unknown_too=state == "none")
    with vigil.unit_of_work() as work:
        rows = notices.unsettled(work.session, Match(state), MOST_SHOWN, viewer.teams, work.now)
        crises = notices.crises_of(work.session, [row.id or 0 for row in rows])
        shown = [
            one
            for row in rows
            if (one := _shown(work, viewer, row, crises.get(row.id or 0, []))) is not None
        ]
        if shown:
            seen = ",".join(one["reference"] for one in shown)
            audit(work.session, work.now, viewer.login, "matching_read", seen)
    return {"notices": shown}


@router.post("/{reference}/link")
def link(vigil: Node, viewer: Asking, reference: str, body: LinkBody) -> dict[str, str | None]:
    """Say which client a notice is about."""
    _require_decider(viewer)
    with vigil.unit_of_work() as work:
        _visible(work, viewer, reference)
        team = clients.team_of(work.session, body.client, work.now)
        if team is None or not viewer.sees(team):
            raise HTTPException(422, "client: nobody in a team of yours has this number.")
        try:
            row = confirming.confirm(work, reference, body.client, viewer.login, vigil.public_url)
        except NotSettled as why:
            raise HTTPException(409, str(why)) from None
        key = key_of(work, row)
    return {"episode": key}


@router.post("/{reference}/dismiss", status_code=204)
def dismiss(vigil: Node, viewer: Asking, reference: str, body: WhyBody) -> None:
    """Say that a notice is about nobody of ours."""
    _require_decider(viewer)
    with vigil.unit_of_work() as work:
        _visible(work, viewer, reference)
        try:
            confirming.dismiss(work, reference, body.why, viewer.login)
        except NotSettled as why:
            raise HTTPException(409, str(why)) from None


@router.post("/{reference}/unlink", status_code=204)
def unlink(vigil: Node, viewer: Asking, reference: str, body: WhyBody) -> None:
    """Take a wrong link back: leads and administrators."""
    _require_decider(viewer, unknown_too=True)
    with vigil.unit_of_work() as work:
        _visible(work, viewer, reference)
        try:
            confirming.unlink(work, reference, body.why, viewer.login)
        except NotSettled as why:
            raise HTTPException(409, str(why)) from None


def _require_decider(viewer: Viewer, *, unknown_too: bool = False) -> None:
    if not viewer.acts:
        raise HTTPException(403, "Only the team's staff may see whom hospitals tell of.")
    if unknown_too and viewer.role not in (Role.ADMIN, Role.LEAD):
        raise HTTPException(403, "Only leads and administrators may do this.")


def _visible(work: UnitOfWork, viewer: Viewer, reference: str) -> NoticeRow:
    """The notice, where one of those it may be about is in a team they see; leads see unknown ones.

    Any other is answered like one that doesn't exist.
    """
    row = notices.find(work.session, reference)
    if row is not None and _sees(work, viewer, row):
        return row
    raise HTTPException(404, "No notice has this reference.")


def _sees(work: UnitOfWork, viewer: Viewer, row: NoticeRow) -> bool:
    theirs = notices.candidates(work.session, row)
    if row.client_number is not None:
        theirs = [row.client_number]
    teams = [clients.team_of(work.session, one, work.now) for one in theirs]
    if not any(teams):
        return viewer.role in (Role.ADMIN, Role.LEAD)
    return any(team is not None and viewer.sees(team) for team in teams)


def _shown(
    work: UnitOfWork, viewer: Viewer, row: NoticeRow, crises: Sequence[str]
) -> dict[str, Any] | None:
    notice = notices.notice_of(row)
    if notice is None or not _sees(work, viewer, row):
        return None
    hospital = work.session.get(HospitalRow, row.hospital_id)
    report = notices.report_of(row)
    return {
        "reference": row.reference,
        "received_at": row.received_at,
        "hospital": {"id": row.hospital_id, "name": hospital.name if hospital else ""},
        "kind": row.kind,
        "what": what(notice),
        "happened_at": notice.happened_at or notice.sent_at,
        "unit": notice.visit.unit,
        "crises": list(crises),
        "person": _person(notice),
        "reporter": _reporter(report.reporter) if report else None,
        "candidates": _candidates(work, viewer, row, notice),
    }


def _reporter(reporter: Reporter) -> dict[str, str]:
    return {
        "name": reporter.name,
        "role": reporter.role,
        "unit": reporter.unit,
        "callback": reporter.callback,
    }


def _person(notice: Notice) -> dict[str, Any]:
    person = notice.person
    return {
        "names": [_name(one) for one in person.names],
        "birth_date": person.birth_date,
        "sex": person.sex,
        "identifiers": [
            {"kind": one.kind.value, "value": one.value, "authority": one.authority}
            for one in person.identifiers
        ],
        "addresses": [_address(one) for one in person.addresses],
        "phones": list(person.phones),
    }


def _name(name: PersonName) -> str:
    return " ".join(part for part in (name.given, name.middle, name.family, name.suffix) if part)


def _address(address: Address) -> str:
    parts = (address.line, address.city, address.state, address.postal_code)
    return ", ".join(part for part in parts if part)


def _candidates(
    work: UnitOfWork, viewer: Viewer, row: NoticeRow, notice: Notice
) -> list[dict[str, Any]]:
    """Whom it may be, compared as they are known now, of the teams they may see."""
    theirs: list[Known] = identities.numbered(work.session, notices.candidates(work.session, row))
    names = {one.number: one for one in clients.by_numbers(work.session, [k.key for k in theirs])}
    found = match(linking.sought(work.session, notice, row.hospital_id), theirs).found
    shown = []
    for one in found:
        team = clients.team_of(work.session, one.key, work.now)
        client = names.get(one.key)
        if client is None or team is None or not viewer.sees(team):
            continue
        shown.append(
            {
                "client": {"number": one.key, "id": client.id, "name": client.name},
                "team": team,
                "rule": one.why,
                "against": list(one.against),
                "rows": [
                    {
                        "what": line.what.value,
                        "theirs": line.theirs,
                        "ours": line.ours,
                        "verdict": line.verdict.value,
                        "why": line.why,
                    }
                    for line in one.likeness.rows
                ],
            }
        )
    return shown
