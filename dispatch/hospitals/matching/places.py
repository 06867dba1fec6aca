"""Addresses, ZIP codes and phones as they are compared: the same place written in two ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import phonenumbers

from dispatch.hospitals.matching.name_likeness import Judged, mistyped
from dispatch.hospitals.matching.names import fold, words_of
from dispatch.hospitals.matching.slips import one_slip
from dispatch.hospitals.matching.verdicts import Verdict
from dispatch.hospitals.notice import Address

REGION = "US"
"""Where a phone number without a country code is."""

SHORT = {
    "street": "st",
    "str": "st",
    "saint": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "circle": "cir",
    "circuit": "cct",
    "crescent": "cres",
    "boulevard": "blvd",
    "terrace": "ter",
    "parkway": "pkwy",
    "highway": "hwy",
    "square": "sq",
    "trail": "trl",
    "loop": "lp",
    "mount": "mt",
    "fort": "ft",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}
"""How the parts of a street address are shortened, after the US Postal Service's custom."""

UNITS = words_of("apt apartment unit ste suite rm room lot spc space flat bldg")

NO_HOME = words_of("homeless houseless unhoused undomiciled transient unknown none")
"""Words which say that a line is no address."""

NO_FIXED = (("general", "delivery"), ("no", "fixed"), ("no", "address"), ("no", "permanent"))

_RANK = {
    Verdict.SAME: 5,
    Verdict.LIKE: 4,
    Verdict.NEAR: 3,
    Verdict.DIFFERENT: 2,
    Verdict.UNKNOWN: 1,
}


@dataclass(frozen=True, slots=True)
class Place:
    """The normal form of an address; each part may be empty."""

    number: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    zip: str = ""


@lru_cache(maxsize=65536)
def place(address: Address) -> Place:
    """Return the normal form of an address. "General delivery" and the like are no street."""
    words = [SHORT.get(word, word) for word in fold(address.line.replace("#", " apt "))]
    city = " ".join(SHORT.get(word, word) for word in fold(address.city))
    zip_code = five_digits(address.postal_code)
    if not words or NO_HOME & set(words) or tuple(words[:2]) in NO_FIXED:
        return Place(city=city, zip=zip_code)
    words, unit = _without_unit(words)
    number = next((word for word in words if word[0].isdigit()), "")
    street = " ".join(word for word in words if word != number)
    return Place(number, street, unit, city, zip_code)


def _without_unit(words: list[str]) -> tuple[list[str], str]:
    """Split off an apartment, as it is told; Flat Rock Road is none."""
    for where, word in enumerate(words):
        if where and word in UNITS:
            unit = next((one for one in words[where + 1 :] if one not in UNITS), "")
            if len(unit) == 1 or any(mark.isdigit() for mark in unit):
                return words[:where], unit
    return words, ""


def five_digits(postal_code: str) -> str:
    """Return the first five of a ZIP code, "" for a dummy. A lost leading zero is put back."""
    code = "".join(fold(postal_code.partition("-")[0]))[:5]
    if len(set(code)) <= 1:
        return ""
    return code.zfill(5) if code.isdigit() else code


def compare_addresses(theirs: Iterable[Address], ours: Iterable[Address]) -> Judged:
    """Return how the most alike of two people's addresses compare."""
    pairs = product(map(place, theirs), map(place, ours))
    return _best((_compare_places(one, other) for one, other in pairs), "no address")


def _best(found: Iterable[Judged], nothing: str) -> Judged:
    return max(found, key=lambda judged: _RANK[judged[0]], default=(Verdict.UNKNOWN, nothing))


def _compare_places(one: Place, other: Place) -> Judged:
    if not one.street or not other.street:
        return Verdict.UNKNOWN, "no address"
    same_street = one.street.replace(" ", "") == other.street.replace(" ", "")
    if not same_street and not _street_mistyped(one.street, other.street):
        return Verdict.DIFFERENT, ""
    town = _same_town(one, other)
    if town is False:
        return Verdict.DIFFERENT, "in another town"
    if one.number != other.number:
        return _other_number(one, other)
    if not one.number:
        return Verdict.NEAR, "no house number"
    if one.unit != other.unit and one.unit and other.unit:
        return Verdict.LIKE, "another apartment"
    if not same_street:
        return Verdict.LIKE, "spelled a little otherwise"
    return (Verdict.SAME, "") if town else (Verdict.LIKE, "town not told")


def _street_mistyped(one: str, other: str) -> bool:
    """Say whether two streets may be one; 5th and 6th Avenue are not."""
    numbered = [{word for word in street.split() if word[0].isdigit()} for street in (one, other)]
    return numbered[0] == numbered[1] and mistyped(one, other)


def _other_number(one: Place, other: Place) -> Judged:
    if not one.number or not other.number:
        return Verdict.NEAR, "no house number"
    if one_slip(one.number, other.number):
        return Verdict.NEAR, "another house number"
    return Verdict.DIFFERENT, "another house number"


def _same_town(one: Place, other: Place) -> bool | None:
    """Say whether two addresses are in one town by ZIP or name; None if that isn't told."""
    zips, cities = one.zip and other.zip, one.city and other.city
    if zips and one.zip == other.zip:
        return True
    if cities and (one.city == other.city or mistyped(one.city, other.city)):
        return True
    if zips and one_slip(one.zip, other.zip):
        return True
    return False if zips or cities else None


def compare_zips(theirs: Iterable[Address], ours: Iterable[Address]) -> Judged:
    """Return how the most alike of two people's ZIP codes compare, by their first five."""
    pairs = product(
        filter(None, (place(address).zip for address in theirs)),
        filter(None, (place(address).zip for address in ours)),
    )
    return _best((_compare_codes(one, other) for one, other in pairs), "no ZIP")


def _compare_codes(one: str, other: str) -> Judged:
    if one == other:
        return Verdict.SAME, ""
    if one_slip(one, other):
        return Verdict.NEAR, "one digit off"
    return Verdict.DIFFERENT, ""


@lru_cache(maxsize=65536)
def phone(written: str) -> str:
    """Return a phone number with its country code, or "" where it is none, or a dummy."""
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return ""
    national = phonenumbers.national_significant_number(number)
    dummy = len(set(national)) == 1
    # A number without its area code is possible too, but may be anybody's.
    reason = phonenumbers.is_possible_number_with_reason(number)
    complete = reason == phonenumbers.ValidationResult.IS_POSSIBLE
    return f"{number.country_code} {national}" if complete and not dummy else ""


def compare_phones(theirs: Iterable[str], ours: Iterable[str]) -> Judged:
    """Return whether two people have a phone number in common."""
    here, there = ({phone(one) for one in side} - {""} for side in (theirs, ours))
    if not here or not there:
        return Verdict.UNKNOWN, "no phone"
    return (Verdict.SAME, "") if here & there else (Verdict.DIFFERENT, "")
