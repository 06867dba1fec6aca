"""What may be set for one hospital's interface: the words of its settings, and what they mean.

The agency's file and whatever else writes a hospital's settings read them here. Each ``read_…``
takes the text as typed and raises ValueError with a sentence that continues '"the value" …'.
"""

import re

from dispatch.hospitals.hl7.acknowledgement import Outcome
from dispatch.hospitals.hl7.senders import Place
from dispatch.hospitals.notice import Setting

SAYS_NOTHING = "none"
"""How a patient class is written that says nothing of the care."""

REFUSALS = {"AR": Outcome.REFUSED, "AE": Outcome.FAILED, "AA": Outcome.ACCEPTED}
"""How what we can't use is answered, by the word of the setting: some interfaces send an AR for
ever, others an AE, and some stop at either until somebody comes."""

_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-([1-9][0-9]{0,2})(?:\.([1-9][0-9]?))?")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
_COMMON_NAME = re.compile(r"CN=(\S(?:.*\S)?)", re.IGNORECASE)
_CODE = re.compile(r"[!-~](?:[ -~]{0,38}[!-~])?")


def read_place(text: str) -> Place:
    """Where in a message something stands: ``PV1-4``, or ``ZPV-12.2`` for a component."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(
            'is no place in a message: write segment, field and perhaps component, such as "PV1-4"'
            ' or "ZPV-12.2"'
        )
    return Place(found[1], int(found[2]), int(found[3] or 1))


def written(place: Place) -> str:
    """A place as :func:`read_place` takes it."""
    component = f".{place.component}" if place.component != 1 else ""
    return f"{place.segment}-{place.field}{component}"


def read_class(text: str) -> Setting | None:
    """What a patient class (PV1-2) means: a kind of care, or none for no word of it."""
    words = [*map(str, Setting), SAYS_NOTHING]
    if text not in words:
        raise ValueError(f"is no kind of care: take one of {', '.join(words)}")
    return None if text == SAYS_NOTHING else Setting(text)


def read_code(text: str) -> str:
    """A code as it stands in messages; capitals and small letters are the same."""
    if not _CODE.fullmatch(text):
        raise ValueError("is no code of a message: write up to 40 letters, digits and marks")
    return text.upper()


def read_refusal(text: str) -> str:
    """How what we can't use is answered."""
    if text not in REFUSALS:
        raise ValueError(f"is no answer to a message: take one of {', '.join(REFUSALS)}")
    return text


def read_certificate(text: str) -> str:
    """Which client certificate is theirs: its SHA-256 in hexadecimal digits, or ``CN=…``.

    Returned as certificates are compared: digits without colons in small letters, a common name in
    small letters after ``cn=``.
    """
    if _FINGERPRINT.fullmatch(text):
        return text.replace(":", "").lower()
    if found := _COMMON_NAME.fullmatch(text.strip()):
        return f"cn={found[1].lower()}"
    raise ValueError(
        "is no certificate: write its SHA-256 fingerprint (openssl x509 -noout -fingerprint"
        ' -sha256), or its common name such as "CN=adt.mercy.example.org"'
    )
