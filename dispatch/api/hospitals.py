"""The hospitals that tell us something: how each is understood, when it was heard, its forms."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dispatch.access import Role, Viewer
from dispatch.agency_values import (
    AClass,
    Certificate,
    Code,
    MessagePlace,
    Refusal,
    Words,
    Zone,
)
from dispatch.api.context import Asking, Node
from dispatch.commands import feed_reads, form_links, hospital_rules
from dispatch.commands.feed_reads import Heard
from dispatch.commands.form_links import UnknownHospital
from dispatch.hospital_tables import FormLinkRow, HospitalRow
from dispatch.store import inbox
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api", tags=["hospitals"])


class RulesBody(BaseModel):
    """How a hospital is understood, as in the agency's file; what is left out is as usual."""

    model_config = ConfigDict(extra="forbid")

    timezone: Zone
    known_as: tuple[Words, ...] = ()
    psychiatric: bool = False
    psychiatric_units: tuple[Words, ...] = ()
    classes: dict[Code, AClass] | None = None
    legal_status_at: MessagePlace | None = None
    involuntary: tuple[Code, ...] | None = None
    voluntary: tuple[Code, ...] | None = None
    processing: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    refuse_with: Refusal | None = None
    certificates: tuple[Certificate, ...] | None = None


class LinkBody(BaseModel):
    """For which unit a form's address is, and for how many days."""

    model_config = ConfigDict(extra="forbid")

    unit: Annotated[str, Field(min_length=1, max_length=100)]
    days: int


@router.get("/hospitals")
def hospitals(vigil: Node, viewer: Asking) -> dict[str, Any]:
    """Every hospital; only leads and administrators see how its messages are understood."""
    if not viewer.acts:
        raise HTTPException(403, "Only the team's staff may see the hospitals.")
    with vigil.unit_of_work.reading() as work:
        heard = feed_reads.heard(work)
        quarantined = inbox.quarantined(work.session)
        shown = []
        for row in hospital_rules.active(work.session):
            one = _shown(row, leads=_leads(viewer))
            fed = heard.get(row.id, Heard())
            one["last_heard"] = fed.last
            one["usual_hours"], one["silent"] = fed.usual_hours, fed.is_silent
            one["quarantined"] = quarantined.get(row.id, 0)
            shown.append(one)
    return {"hospitals": shown}


@router.put("/hospitals/{hospital}/rules")
def put_rules(vigil: Node, viewer: Asking, hospital: str, body: RulesBody) -> dict[str, Any]:
    """Change how a hospital is understood; what is in quarantine can be read again then."""
    if viewer.role is not Role.ADMIN:
        raise HTTPException(403, "Only administrators may change how a hospital is understood.")
    with vigil.unit_of_work() as work:
        row = _hospital(work, hospital)
        said = body.model_dump(mode="json", exclude_none=True, exclude={"timezone", "classes"})
        if body.classes is not None:  # a class that says nothing of the care is kept as null
            said["classes"] = {
                code: None if meaning is None else meaning.value
                for code, meaning in body.classes.items()
            }
        try:
            hospital_rules.change(work, row, body.timezone, said, viewer.login)
        except ValueError as why:
            raise HTTPException(422, str(why)) from None
        return _shown(row, leads=True)


@router.get("/hospitals/{hospital}/form-links")
def links(vigil: Node, viewer: Asking, hospital: str) -> dict[str, Any]:
    """The addresses of a hospital's forms, the newest first, without their secrets."""
    _require_lead(viewer)
    with vigil.unit_of_work.reading() as work:
        row = _hospital(work, hospital)
        return {"links": [_link(one) for one in form_links.listed(work.session, row.id)]}


@router.post("/hospitals/{hospital}/form-links", status_code=201)
def make_link(vigil: Node, viewer: Asking, hospital: str, body: LinkBody) -> dict[str, Any]:
    """Make an address for a unit's form. It is told this once; whoever has it can send notices."""
    _require_lead(viewer)
    with vigil.unit_of_work() as work:
        unit = " ".join(body.unit.replace("\x00", "").split())
        try:
            secret, row = form_links.make(
                work, hospital.replace("\x00", ""), unit, body.days, viewer.login
            )
        except UnknownHospital:
            raise HTTPException(404, "No hospital is called so.") from None
        except ValueError as why:
            raise HTTPException(422, str(why)) from None
        shown = _link(row)
    url = f"{vigil.public_url}/hospital/{secret}"
    return {**shown, "url": url, "qr": segno.make_qr(url).svg_inline(scale=5)}


@router.delete("/hospitals/{hospital}/form-links/{link}", status_code=204)
def end_link(vigil: Node, viewer: Asking, hospital: str, link: str) -> None:
    """End the address of a form at once."""
    _require_lead(viewer)
    with vigil.unit_of_work() as work:
        row = work.session.get(FormLinkRow, link.replace("\x00", ""))
        if row is None or row.hospital_id != hospital:
            raise HTTPException(404, "This hospital has no such address.")
        if not form_links.revoke(work, row.token_hash, viewer.login):
            raise HTTPException(409, "This address was ended before.")


def _leads(viewer: Viewer) -> bool:
    return viewer.role in (Role.ADMIN, Role.LEAD)


def _require_lead(viewer: Viewer) -> None:
    if not _leads(viewer):
        raise HTTPException(403, "Only leads and administrators may see hospitals' addresses.")


def _hospital(work: UnitOfWork, hospital: str) -> HospitalRow:
    row = work.session.get(HospitalRow, hospital.replace("\x00", ""))
    if row is None or not row.active:
        raise HTTPException(404, f"No hospital is called “{hospital}”.")
    return row


def _shown(row: HospitalRow, *, leads: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "timezone": row.timezone,
        "phone": row.phone,
        "in_charge": row.in_charge_id,
        "psychiatric": row.rules.get("psychiatric", False),
        "psychiatric_units": row.rules.get("psychiatric_units", []),
        "known_as": row.rules.get("known_as", []),
        "rules": None,
    }
    if leads:
        shown["rules"] = {
            name: row.rules[name] for name in hospital_rules.HL7_RULES if name in row.rules
        }
    return shown


def _link(row: FormLinkRow) -> dict[str, Any]:
    return {
        "id": row.token_hash,
        "unit": row.unit,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    }
