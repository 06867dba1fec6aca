"""Reading one notice of a visit into its draft: the rule of each kind of notice."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dispatch.hospitals.episodes.draft import CAME_AGAIN, NEVER_TOLD, TIME_NOT_TOLD, Draft, part
from dispatch.hospitals.episodes.episode import Leave, LegalChange
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.episodes.undoing import UNDOES
from dispatch.hospitals.notice import NoticeKind, Setting


def read(draft: Draft, told: Told) -> datetime | None:
    """Take one notice that stands into the draft. Return the date it moved away from, if it did.

    Notices that take back others have done so before: of them, only that somebody is there counts.
    """
    moved_from = None
    match told.kind:
        case NoticeKind.ADMISSION_PLANNED:
            _planned(draft, told)
        case NoticeKind.ED_VISIT:
            moved_from = _came_to_ed(draft, told)
        case NoticeKind.ADMISSION:
            moved_from = _admitted(draft, told, told.notice.visit.setting or Setting.INPATIENT)
        case NoticeKind.TRANSFER:
            _transferred(draft, told)
        case NoticeKind.OUTPATIENT:
            _outpatient(draft, told)
        case NoticeKind.LEAVE_BEGINS:
            _leave_begins(draft, told)
        case NoticeKind.LEAVE_ENDS:
            _leave_ends(draft, told)
        case NoticeKind.DISCHARGE:
            _discharged(draft, told)
        case NoticeKind.VISIT_UPDATE:
            moved_from = _updated(draft, told)
        case NoticeKind.ADMISSION_CANCELLED | NoticeKind.ADMISSION_PLAN_CANCELLED:
            draft.cancelled = True
        case (
            NoticeKind.TRANSFER_CANCELLED
            | NoticeKind.LEAVE_BEGINS_CANCELLED
            | NoticeKind.LEAVE_ENDS_CANCELLED
            | NoticeKind.DISCHARGE_PLANNED
            | NoticeKind.DISCHARGE_PLAN_CANCELLED
            | NoticeKind.DISCHARGE_CANCELLED
        ):
            _is_there(draft, told)
        case (
            NoticeKind.OUTPATIENT_VISIT
            | NoticeKind.PERSON_UPDATE
            | NoticeKind.MERGE
            | NoticeKind.OTHER
        ):
            pass
        case _:
            assert_never(told.kind)
    _said_besides(draft, told)
    return moved_from


def _planned(draft: Draft, told: Told) -> None:
    draft.plans.append(told.at)
    draft.planned_admission = told.notice.visit.admitted_at
    if not draft.segments:
        draft.cancelled = False


def _came_to_ed(draft: Draft, told: Told) -> datetime | None:
    draft.cancelled = False
    claimed = told.notice.visit.admitted_at or told.at
    place = draft.place_of(Setting.EMERGENCY)
    ended = draft.ended_at
    if not draft.segments:
        draft.open(told, Setting.EMERGENCY, claimed)
    elif ended is not None and claimed > ended:
        draft.doubt(CAME_AGAIN)
        draft.open(told, Setting.EMERGENCY, claimed)
    elif place is not None:
        if told.notice.visit.admitted_at is not None:
            return draft.move(place, claimed)
    elif (first := draft.segments[0]).since is None or claimed <= first.since:
        visited = part(told, Setting.EMERGENCY, claimed, first.since or claimed)
        draft.segments.insert(0, visited)
    else:
        draft.doubt("An emergency visit is told of somebody who was in a bed there already.")
    return None


def _admitted(draft: Draft, told: Told, setting: Setting) -> datetime | None:
    """Begin a stay in a bed, or, where it is told again, take its date anew."""
    draft.cancelled = False
    claimed = _admission_time(draft, told)
    place = draft.place_of(setting)
    ended = draft.ended_at
    if ended is not None and claimed > ended:
        draft.doubt(CAME_AGAIN)
        draft.open(told, setting, claimed)
    elif place is not None:
        if told.notice.visit.admitted_at is not None or draft.segments[place].since is None:
            return draft.move(place, claimed)
    elif ended is not None:
        claimed = max(claimed, draft.segments[-1].since or claimed)
        draft.close(claimed)
        draft.segments.append(part(told, setting, claimed, ended))
    else:
        draft.open(told, setting, claimed)
    return None


def _admission_time(draft: Draft, told: Told) -> datetime:
    """When a stay in a bed began, as a notice has it.

    PV1-44 and a FHIR period often keep the arrival in the emergency department for the whole
    visit. A date that is not after the arrival is therefore not the admission's.
    """
    told_date = told.notice.visit.admitted_at
    arrived = draft.since_of(Setting.EMERGENCY)
    if told_date is None or (arrived is not None and told_date <= arrived):
        return told.at
    return told_date


def _transferred(draft: Draft, told: Told) -> None:
    last, setting = draft.last, told.notice.visit.setting
    if last is None:
        _is_there(draft, told)
    elif last.until is not None:
        draft.doubt("A move to another unit is told of somebody who had been discharged.")
    elif last.setting is not Setting.INPATIENT and setting in (
        Setting.INPATIENT,
        Setting.OBSERVATION,
    ):
        if last.setting is not setting:
            _admitted(draft, told, setting)
    else:
        # Whoever is admitted stays so: only an A07 makes them an outpatient.
        visit = told.notice.visit
        if (visit.facility, visit.unit) != (last.facility, last.unit):
            draft.open(told, last.setting, told.at)


def _outpatient(draft: Draft, told: Told) -> None:
    """The admission counts as none from its beginning: the hospital has classed it anew."""
    setting = told.notice.visit.setting
    if setting in (None, Setting.INPATIENT):
        setting = Setting.OUTPATIENT
    _is_there(draft, told)
    draft.segments[:] = [
        replace(one, setting=setting or one.setting) if one.setting is Setting.INPATIENT else one
        for one in draft.segments
    ]


def _leave_begins(draft: Draft, told: Told) -> None:
    _is_there(draft, told)
    if draft.ended_at is not None:
        draft.doubt("A leave is told of somebody who had been discharged.")
    elif not draft.leaves or draft.leaves[-1].until is not None:
        draft.leaves.append(Leave(told.at))


def _leave_ends(draft: Draft, told: Told) -> None:
    _is_there(draft, told)
    if draft.leaves and draft.leaves[-1].until is None:
        draft.leaves[-1] = replace(draft.leaves[-1], until=told.at)
    elif draft.ended_at is None and not draft.leaves:
        draft.doubt("The end of a leave is told, but not its beginning.")


def _discharged(draft: Draft, told: Told) -> None:
    visit = told.notice.visit
    _is_there(draft, told)
    last = draft.last
    if last is None:
        return
    if last.setting is Setting.EMERGENCY and visit.setting is Setting.INPATIENT:
        since = last.since
        if visit.admitted_at is not None and (since is None or visit.admitted_at > since):
            since = visit.admitted_at
        draft.doubt(NEVER_TOLD if since != last.since else TIME_NOT_TOLD)
        draft.close(since or told.at)
        draft.segments.append(part(told, Setting.INPATIENT, since))
    draft.close(visit.discharged_at or told.at)
    draft.disposition = visit.disposition or draft.disposition


def _updated(draft: Draft, told: Told) -> datetime | None:
    visit = told.notice.visit
    if not draft.segments:
        if visit.setting in (Setting.EMERGENCY, Setting.INPATIENT, Setting.OBSERVATION):
            _is_there(draft, told)
        return None
    moved_from = None
    last = draft.segments[-1]
    if visit.setting is Setting.INPATIENT and last.setting in (
        Setting.EMERGENCY,
        Setting.OBSERVATION,
    ):
        draft.doubt(NEVER_TOLD)
        _admitted(draft, told, Setting.INPATIENT)
    elif visit.admitted_at is not None:
        moved_from = _beginning_moved(draft, told, visit.admitted_at)
    if visit.discharged_at is None:
        return moved_from
    if draft.ended_at is None:
        draft.doubt("An update tells when the discharge was, but no discharge was told.")
        return moved_from
    was = draft.ended_at
    draft.close(visit.discharged_at)
    draft.disposition = visit.disposition or draft.disposition
    return moved_from or (was if was != visit.discharged_at else None)


def _beginning_moved(draft: Draft, told: Told, since: datetime) -> datetime | None:
    """Move the admission, or, of somebody not admitted, the arrival."""
    place = draft.place_of(Setting.INPATIENT)
    if place is None:
        return draft.move(0, since)
    arrived = draft.since_of(Setting.EMERGENCY)
    if told.notice.visit.setting is Setting.EMERGENCY or (arrived and since <= arrived):
        return None
    return draft.move(place, since)


def _is_there(draft: Draft, told: Told) -> None:
    """Whoever is told to be in hospital, and wasn't known to be, is there: rather too much shown
    than somebody lost. A visit that was taken back stays so until it is begun anew.
    """
    if draft.segments or draft.cancelled:
        if draft.cancelled and not draft.segments:
            draft.doubt("Something is told of a visit that had been taken back.")
        return
    visit = told.notice.visit
    draft.doubt(NEVER_TOLD)
    draft.segments.append(part(told, visit.setting or Setting.INPATIENT, visit.admitted_at))
    if (
        told.kind is NoticeKind.VISIT_UPDATE
        and visit.discharged_at is not None
        and visit.discharged_at <= told.at
    ):
        draft.close(visit.discharged_at)


def _said_besides(draft: Draft, told: Told) -> None:
    """Take in what any notice may say besides: legal status, planned discharge, unit."""
    visit = told.notice.visit
    draft.doubts.extend(told.notice.doubts)
    if visit.planned_discharge is not None:
        draft.planned_discharge = visit.planned_discharge
    if visit.legal_status is not None and (
        not draft.legal or draft.legal[-1].status is not visit.legal_status
    ):
        draft.legal.append(LegalChange(told.at, visit.legal_status, told.reference))
    last = draft.last
    if last is None or visit.setting not in (None, last.setting) or told.kind in UNDOES:
        return
    if visit.unit and (not last.unit or told.kind is NoticeKind.VISIT_UPDATE):
        last = replace(last, unit=visit.unit)
    if told.psychiatric is not None:
        last = replace(last, psychiatric=told.psychiatric)
    draft.segments[-1] = last
