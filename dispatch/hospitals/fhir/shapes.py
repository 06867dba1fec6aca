"""The parts of FHIR R4 resources that a notice is made of. Whatever else is there is passed over.

Everything may be missing: senders leave out what they don't know, or say why it is absent
(data-absent-reason), which comes to the same.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _only_texts(value: object) -> object:
    """A list of texts in which some are null, because only an extension says something of them."""
    if isinstance(value, list):
        return [one for one in value if one is not None]
    return value


Texts = Annotated[list[str], BeforeValidator(_only_texts)]


class Shape(BaseModel):
    """A part of a resource."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


class Coding(Shape):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""


class Concept(Shape):
    """A CodeableConcept: the same meaning in several codes, or in words."""

    coding: list[Coding] = []
    text: str = ""

    @property
    def words(self) -> str:
        """What a person reads."""
        return self.text or next((one.display for one in self.coding if one.display), "")

    @property
    def codes(self) -> frozenset[str]:
        """All codes, whatever their system."""
        return frozenset(one.code for one in self.coding)


class Reference(Shape):
    """A pointer to a resource, or its name alone."""

    reference: str = ""
    display: str = ""


class IdentifierShape(Shape):
    """A number of a person or a visit."""

    system: str = ""
    value: str = ""
    type: Concept = Concept()
    assigner: Reference = Reference()


class Period(Shape):
    """From when to when, as written: FHIR allows a year alone."""

    start: str = ""
    end: str = ""


class HumanName(Shape):
    """A name. `use` tells former names from the present one."""

    use: str = ""
    family: str = ""
    given: Texts = []
    suffix: Texts = []
    text: str = ""


class AddressShape(Shape):
    """Where somebody lives, or lived."""

    use: str = ""
    line: Texts = []
    city: str = ""
    state: str = ""
    postal_code: str = Field(default="", alias="postalCode")


class ContactPoint(Shape):
    """A phone, or another way to be reached."""

    system: str = ""
    value: str = ""


class Meta(Shape):
    """When this version of the resource was written."""

    last_updated: str = Field(default="", alias="lastUpdated")


class Patient(Shape):
    """Whom it is about."""

    name: list[HumanName] = []
    birth_date: str = Field(default="", alias="birthDate")
    gender: str = ""
    identifier: list[IdentifierShape] = []
    address: list[AddressShape] = []
    telecom: list[ContactPoint] = []


class Place(Shape):
    """Where in the hospital, since when."""

    location: Reference = Reference()
    period: Period = Period()


class Participant(Shape):
    """Who of the hospital takes part."""

    individual: Reference = Reference()
    type: list[Concept] = []


class Hospitalization(Shape):
    """How somebody came in, and where they went."""

    discharge_disposition: Concept = Field(default=Concept(), alias="dischargeDisposition")


class ClassThen(Shape):
    """In what kind of care somebody was, from when to when."""

    class_: Coding = Field(default=Coding(), alias="class")
    period: Period = Period()


class Encounter(Shape):
    """The visit or stay as it is now."""

    meta: Meta = Meta()
    id: str = ""
    status: str = ""
    class_: Coding = Field(default=Coding(), alias="class")
    class_history: list[ClassThen] = Field(default=[], alias="classHistory")
    identifier: list[IdentifierShape] = []
    period: Period = Period()
    type: list[Concept] = []
    reason_code: list[Concept] = Field(default=[], alias="reasonCode")
    subject: Reference = Reference()
    participant: list[Participant] = []
    hospitalization: Hospitalization = Hospitalization()
    location: list[Place] = []
    service_provider: Reference = Field(default=Reference(), alias="serviceProvider")


class Condition(Shape):
    """What somebody has."""

    code: Concept = Concept()
    encounter: Reference = Reference()


class Coverage(Shape):
    """Who pays."""

    type: Concept = Concept()
    subscriber_id: str = Field(default="", alias="subscriberId")


class Named(Shape):
    """A location, or an organization: its name."""

    name: str = ""


class MessageHeader(Shape):
    """What a message is about."""

    id: str = ""
    event_coding: Coding = Field(default=Coding(), alias="eventCoding")
    event_uri: str = Field(default="", alias="eventUri")
    focus: list[Reference] = []


class Entry(Shape):
    """One resource of a bundle, and the address by which the others point to it."""

    full_url: str = Field(default="", alias="fullUrl")
    resource: dict[str, Any] = {}


class Bundle(Shape):
    """A message: its header first, then everything that it points to."""

    resource_type: str = Field(default="", alias="resourceType")
    id: str = ""
    type: str = ""
    timestamp: str = ""
    entry: list[Entry] = []
