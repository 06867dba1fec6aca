"""Reads what a hospital's worker filled in, or its program sent as JSON: one shape for both.

The form asks for little: who tells it, whom it is about, and what is happening. Its errors are for
whoever filled it in; none says whether somebody is a client.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from dispatch.caller import phone_number
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    LegalStatus,
    Notice,
    NoticeKind,
    Person,
    PersonName,
    Report,
    Reporter,
    Setting,
    Sex,
    Unreadable,
    Visit,
)
from dispatch.hospitals.times import meant, utc
from dispatch.hospitals.visit_numbers import visit_number


class Happening(StrEnum):
    """What is happening, in the words of the form."""

    IN_ED = "in_ed"
    DECISION_PENDING = "decision_pending"
    ADMITTED = "admitted"
    TRANSFERRED = "transferred"
    DISCHARGE_PLANNED = "discharge_planned"
    DISCHARGED = "discharged"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    CORRECTION = "correction"


KINDS: Mapping[Happening, tuple[NoticeKind, Setting | None]] = {
    Happening.IN_ED: (NoticeKind.ED_VISIT, Setting.EMERGENCY),
    Happening.DECISION_PENDING: (NoticeKind.ED_VISIT, Setting.EMERGENCY),
    Happening.ADMITTED: (NoticeKind.ADMISSION, Setting.INPATIENT),
    Happening.TRANSFERRED: (NoticeKind.TRANSFER, None),
    Happening.DISCHARGE_PLANNED: (NoticeKind.DISCHARGE_PLANNED, None),
    Happening.DISCHARGED: (NoticeKind.DISCHARGE, None),
    Happening.LEFT_AGAINST_ADVICE: (NoticeKind.DISCHARGE, None),
    Happening.CORRECTION: (NoticeKind.VISIT_UPDATE, None),
}
"""What each choice of the form means. A decision that is pending is no plan to admit."""

AGAINST_ADVICE = "left against medical advice"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""What no person types, and PostgreSQL partly can't keep."""


def _plain(value: object) -> object:
    return _CONTROL.sub("", value).strip() if isinstance(value, str) else value


def _phone(value: str) -> str:
    number = phone_number(value)
    if number is None:
        raise ValueError("this is no phone number: write it with its area code")
    return number


def _nothing(value: object) -> object:
    """A field of a form that was left empty is not there."""
    return None if isinstance(value, str) and not value.strip() else value


Line = Annotated[str, BeforeValidator(_plain), Field(max_length=200)]
Note = Annotated[str, BeforeValidator(_plain), Field(max_length=4000)]
Day = Annotated[Annotated[date, AfterValidator(meant)] | None, BeforeValidator(_nothing)]
Moment = Annotated[Annotated[datetime, AfterValidator(meant)] | None, BeforeValidator(_nothing)]
Choice = Annotated[bool | None, BeforeValidator(_nothing)]
Phone = Annotated[Line, AfterValidator(_phone)]
Years = Annotated[int, Field(ge=0, le=130)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class WorkerBody(_Part):
    """Who tells it. The team calls back at `callback`."""

    name: Annotated[Line, Field(min_length=1)]
    callback: Phone
    role: Line = ""
    unit: Line = ""


class PersonBody(_Part):
    """Whom it is about: a name and a birth date, or one number."""

    name: Line = ""
    birth_date: Day = None
    age: Annotated[Years | None, BeforeValidator(_nothing)] = None
    sex: Annotated[Sex | None, BeforeValidator(_nothing)] = None
    phone: Line = ""
    postal_code: Line = ""
    record_number: Line = ""
    medicaid_number: Line = ""

    @model_validator(mode="after")
    def _says_who(self) -> "PersonBody":
        if (self.name and self.birth_date) or self.record_number or self.medicaid_number:
            return self
        raise ValueError("give the name and the birth date, or a record or Medicaid number")


class FormBody(_Part):
    """The form. Times without an offset are on the clock of the hospital."""

    worker: WorkerBody
    person: PersonBody
    happening: Happening
    at: Moment = None
    decision_by: Moment = None
    discharge_on: Day = None
    visit_number: Line = ""
    legal_status: Annotated[LegalStatus | None, BeforeValidator(_nothing)] = None
    attending: Line = ""
    reason: Note = ""
    safety: Note = ""
    may_visit: Choice = None
    may_call: Choice = None
    discharge_planner: Line = ""
    planning_meeting: Moment = None
    part_2: bool = False

    @model_validator(mode="after")
    def _says_when(self) -> "FormBody":
        if self.happening is Happening.DISCHARGE_PLANNED and self.discharge_on is None:
            raise ValueError("discharge_on: say on which day the discharge is planned")
        return self


def read(body: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Report:
    """What was reported. `zone` is the hospital's; `now` (aware) stands for a time left out.

    Raises Unreadable with every mistake, each with its field, none with what was written there.
    """
    try:
        form = FormBody.model_validate(body)
    except ValidationError as error:
        raise Unreadable("; ".join(_mistakes(error))) from None
    kind, setting = KINDS[form.happening]
    at = _utc(form.at, zone) or now.astimezone(UTC)
    return Report(
        notice=Notice(
            kind=kind,
            person=_person(form.person),
            visit=_visit(form, setting, at, zone),
            happened_at=at,
            sent_at=now.astimezone(UTC),
        ),
        reporter=Reporter(
            form.worker.name, form.worker.callback, form.worker.role, form.worker.unit
        ),
        age=form.person.age,
        safety=form.safety,
        may_visit=form.may_visit,
        may_call=form.may_call,
        discharge_planner=form.discharge_planner,
        planning_meeting=_utc(form.planning_meeting, zone),
        part_2=form.part_2,
    )


def _mistakes(error: ValidationError) -> list[str]:
    mistakes = []
    for one in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) for part in one["loc"])
        words = str(one["msg"]).removeprefix("Value error, ")
        mistakes.append(f"{where}: {words}" if where else words)
    return mistakes


def _utc(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else utc(at, zone)


def _person(body: PersonBody) -> Person:
    numbers = (
        (IdentifierKind.RECORD, body.record_number),
        (IdentifierKind.MEDICAID, body.medicaid_number),
    )
    return Person(
        names=(PersonName.written(body.name),) if body.name else (),
        birth_date=body.birth_date,
        sex=body.sex,
        identifiers=tuple(Identifier(kind, value) for kind, value in numbers if value),
        addresses=(Address(postal_code=body.postal_code),) if body.postal_code else (),
        phones=(body.phone,) if body.phone else (),
    )


def _visit(form: FormBody, setting: Setting | None, at: datetime, zone: ZoneInfo) -> Visit:
    ended = form.happening in (Happening.DISCHARGED, Happening.LEFT_AGAINST_ADVICE)
    left = form.happening is Happening.LEFT_AGAINST_ADVICE
    return Visit(
        number=visit_number(form.visit_number),
        setting=setting,
        unit=form.worker.unit,
        legal_status=form.legal_status,
        attending=form.attending,
        reason=form.reason,
        admitted_at=at if form.happening is Happening.ADMITTED else None,
        discharged_at=at if ended else None,
        planned_discharge=form.discharge_on,
        decision_by=_utc(form.decision_by, zone),
        disposition=AGAINST_ADVICE if left else "",
    )
