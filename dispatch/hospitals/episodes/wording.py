"""What a notice tells, in words for a timeline."""

from typing import assert_never

from dispatch.hospitals.notice import Notice, NoticeKind, Setting


def what(notice: Notice) -> str:
    """Return what a notice tells, in a few words that hold nothing of a client's."""
    match notice.kind:
        case NoticeKind.ED_VISIT:
            return "came to the emergency department"
        case NoticeKind.ADMISSION_PLANNED:
            return "is to be admitted"
        case NoticeKind.ADMISSION_PLAN_CANCELLED:
            return "is not to be admitted after all"
        case NoticeKind.ADMISSION:
            return _admitted(notice.visit.setting)
        case NoticeKind.ADMISSION_CANCELLED:
            return "was not there after all"
        case NoticeKind.TRANSFER:
            return "moved to another unit"
        case NoticeKind.TRANSFER_CANCELLED:
            return "did not move after all"
        case NoticeKind.OUTPATIENT:
            return "made an outpatient visit after all"
        case NoticeKind.LEAVE_BEGINS:
            return "went on leave"
        case NoticeKind.LEAVE_BEGINS_CANCELLED:
            return "did not go on leave after all"
        case NoticeKind.LEAVE_ENDS:
            return "came back from leave"
        case NoticeKind.LEAVE_ENDS_CANCELLED:
            return "is still on leave"
        case NoticeKind.DISCHARGE_PLANNED:
            return "is to be discharged"
        case NoticeKind.DISCHARGE_PLAN_CANCELLED:
            return "is not to be discharged yet"
        case NoticeKind.DISCHARGE:
            return "discharged"
        case NoticeKind.DISCHARGE_CANCELLED:
            return "is still there: not discharged after all"
        case NoticeKind.VISIT_UPDATE:
            return "the visit was told anew"
        case NoticeKind.PERSON_UPDATE:
            return "the person was told anew"
        case NoticeKind.MERGE:
            return "two records of the hospital were made one"
        case NoticeKind.OUTPATIENT_VISIT:
            return "came to a clinic"
        case NoticeKind.OTHER:
            return "something else"
        case _:
            assert_never(notice.kind)


def _admitted(setting: Setting | None) -> str:
    match setting:
        case Setting.EMERGENCY:
            return "came to the emergency department"
        case Setting.OBSERVATION:
            return "kept for observation"
        case Setting.OUTPATIENT:
            return "came for an outpatient visit"
        case Setting.INPATIENT | None:
            return "admitted"
        case _:
            assert_never(setting)
