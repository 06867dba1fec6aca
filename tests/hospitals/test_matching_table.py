"""Pairs of a notice and a client which a person has labelled: who is the same, and who is not."""

import pytest

from dispatch.hospitals.matching.match import Outcome, match
from dispatch.hospitals.notice import Person
from tests.hospitals.people import client, somebody
from tests.hospitals.tally import Tally

HOMES = {
    "": "",
    "oak": "12 Oak Street, Fernville, 97301",
    "oak4": "12 OAK ST #4, Fernville, 97301-0042",
    "oak6": "12 Oak St Apt 6, Fernville, 97301",
    "okk": "12 Okk Street, Fernville, 97301",
    "oak9": "19 Oak Street, Fernville, 97301",
    "oak-else": "12 Oak Street, Eastmoor, 97850",
    "far": "9 Far Road, Eastmoor, 97850",
    "none": "Homeless, Fernville, 97301",
    "box": "PO Box 77, Fernville, 97301",
}
SURFACED = 0.9

# The notice, then the client; each is: name / birth date / sex / numbers / home / phone.
TABLE = """
same  : Sample, Ana / 1981-04-23 / f // oak /            : Sample, Ana / 1981-04-23 / f // oak /
same  : SAMPLE, ANA L / 1981-04-23 / f // oak4 /         : Sample, Ana, Lee / 1981-04-23 / f // oak /
same  : Sample, Ana / 1981-04-23 /// none /              : Sample, Ana / 1981-04-23 / f // oak /
same  : Sample, Ana / 1981-04-23 //// 5035550123         : Sample, Ana / 1981-04-23 //// (503) 555-0123
same  : Sample, Ana / 1981-04-23 /// okk /               : Sample, Ana / 1981-04-23 /// oak /
same  : Garcia-Lopez, Ana / 1981-04-23 /// oak /         : Lopez Garcia, Ana / 1981-04-23 /// oak /
same  : Lopez, Ana / 1981-04-23 /// oak /                : García López, Ana / 1981-04-23 /// oak /
same  : Lopez, Ana, Garcia / 1981-04-23 /// oak /        : Garcia, Ana / 1981-04-23 /// oak /
same  : De La Cruz, Jose / 1979-02-11 / m // oak /       : Delacruz, José / 1979-02-11 / m // oak /
same  : Sample, Bill / 1962-08-30 / m // oak /           : Sample, William / 1962-08-30 / m // oak /
same  : Sample, Bill / 1962-08-30 /// oak /              : Sample, William / 1962-08-30 / m // oak /
same  : Sample, Lupe / 1962-08-30 / f /// 5035550144     : Sample, Guadalupe / 1962-08-30 / f /// 5035550144
same  : Sample, James / 1962-08-30 / m // oak /          : Sample, Robert, James / 1962-08-30 / m // oak /
same  : Alan, Sample / 1962-08-30 / m // oak /           : Sample, Alan / 1962-08-30 / m // oak /
same  : Sampel, Alan / 1962-08-30 / m // oak /           : Sample, Alan / 1962-08-30 / m // oak /
same  : Sample, Aln / 1962-08-30 / m // oak /            : Sample, Alan / 1962-08-30 / m // oak /
same  : Sample, Alan / 1962-08-03 / m // oak /           : Sample, Alan / 1962-03-08 / m // oak /
same  : Sample, Alan / 1926-08-30 / m // oak /           : Sample, Alan / 1962-08-30 / m // oak /
same  : Sample, Alan // m // oak /                       : Sample, Alan / 1962-08-30 / m // oak /
same  : Sample / 1962-08-30 / m // oak /                 : Sample, Alan / 1962-08-30 / m // oak /
same  : Wedded, Ana / 1981-04-23 / f // oak /            : Sample, Ana / 1981-04-23 / f // oak /
same  : Wedded, Ana / 1981-04-23 / f / medicaid - XK20417 // : Sample, Ana / 1981-04-23 / f / medicaid - XK20417 //
same  : Sample, Ana // f / mrn Ridge 44711 //            : Sample, Ana / 1981-04-23 / f / mrn Ridge 0044711 //
same  : Unknown, Female / 1981-04-23 / f / mrn Ridge 44711 // : Sample, Ana / 1981-04-23 / f / mrn Ridge 44711 //
same  : Sample, Ana / 1981-04-23 / f / medicaid - XK20471 / oak / : Sample, Ana / 1981-04-23 / f / medicaid - XK20417 / oak /
same  : Sample, Ana / 1981-04-23 / f / ssn - 6789 / far / : Sample, Ana / 1981-04-23 / f / ssn - 512346789 / oak /
same  : Sample, Ana / 1981-04-23 / f / ssn - 512-34-6789 // : Sample, Ana / 1981-04-23 / f / ssn - 512346789 / oak /
same  : Sample, Ana / 1981-04-23 / f // far /            : Sample, Ana / 1981-04-23 / f // oak /
same  : Sample, Ana / 1981-04-23 / m // oak /            : Sample, Ana / 1981-04-23 / f // oak /
same  : , A / 1981-04-23 / f /// 5035550123              : Sample, Ana / 1981-04-23 / f /// 5035550123
same  : Sample, Alan, , Jr / 1981-04-23 / m // oak /     : Sample, Alan, , II / 1981-04-23 / m // oak /
same  : Sample III, Alan / 1981-04-23 / m // oak /       : Sample, Alan / 1981-04-23 / m // oak /
same  : Sample, Ana /////                                : Sample, Ana / 1981-04-23 / f // oak /
same  : Wholly, Otherwise / 1990-01-09 ////              : Sample, Ana / 1981-04-23 / f // oak /
other : Sample, Alan, , Jr / 1981-04-23 / m // oak / 5035550123 : Sample, Alan, , Sr / 1951-11-02 / m // oak / 5035550123
other : Sample, Alan / 1981-04-23 / m // oak /           : Sample, Alan / 1951-11-02 / m // oak /
other : Sample, Alan // m // oak /                       : Sample, Alan, , Sr / 1951-11-02 / m // oak /
other : Sample, Alan, , Jr // m / ssn - 512346789 / oak / : Sample, Alan, , Sr // m / ssn - 512346789 / oak /
other : Sample, Alan, , Jr // m / medicaid - XK20417 / oak / : Sample, Alan // m / medicaid - XK20417 / oak /
other : Sample, Peter / 1981-04-23 / m // oak /          : Sample, Paul / 1981-04-23 / m // oak /
other : Sample, Jaylen / 1981-04-23 / m // oak / 5035550123 : Sample, Jayden / 1981-04-23 / m // oak / 5035550123
other : Sample, J / 1981-04-23 / m // oak /              : Sample, Jayden / 1981-04-23 / m // oak /
other : Sample, Maria, Jose / 1981-04-23 / f // oak /    : Sample, Maria, Elena / 1981-04-23 / f // oak /
other : Sample, Chris / 1981-04-23 /// oak /             : Sample, Christina / 1981-04-23 / f // oak /
other : Sample, Daniel / 1981-04-23 /// oak /            : Sample, Danielle / 1981-04-23 / f // oak /
other : Sample, Ana / 1981-04-23 / f // oak /            : Sample, Ana / 1955-02-19 / f // oak /
other : Sample, Ana / 1981-04-23 / f // far /            : Sample, Ana / 1981-04-23 / f // oak /
other : Sample, Ana / 1981-04-23 / f // oak-else /       : Sample, Ana / 1981-04-23 / f // oak /
other : Sample, Ana / 1981-04-23 / f / medicaid - BD99382 / oak / : Sample, Ana / 1981-04-23 / f / medicaid - XK20417 / oak /
other : Sample, Ana / 1981-04-23 / f / mrn Valley 44711 // : Other, Bela / 1970-01-30 / m / mrn Ridge 44711 //
other : Sample, Ana / 1981-04-23 / f / mrn Ridge 44711 // : Other, Bela / 1970-01-30 / m / mrn Ridge 44711 //
other : Doe, Jane / 1900-01-01 / f // none /             : Doe, Jane / 1900-01-01 / f // none /
other : Unknown, Male 3 // m // none /                   : Sample, Alan / 1962-08-30 / m // none /
other : Sample, Ana / 1981-04-23 / f ///                 : Sample, Ana / 1990-12-01 / f ///
other : Sample, Ana / 1981-04-23 / f // box /            : Other, Bela / 1981-04-23 / m // box /
other : Sample, Bela / 1977-03-01 / m // oak4 / 5035550123 : Other, Bela / 1981-09-18 / m // oak6 / 5035550123
other : ///// : Sample, Ana / 1981-04-23 / f // oak /
"""  # noqa: E501  a pair stays on a line


def _person(text: str) -> Person:
    name, born, sex, numbers, home, phone = (part.strip() for part in text.split("/"))
    names = (name,) if name else ()
    return somebody(*names, born=born, sex=sex, numbers=numbers, home=HOMES[home], phone=phone)


def _pairs() -> list[tuple[bool, Person, Person]]:
    rows = [[part.strip() for part in line.split(" : ")] for line in TABLE.strip().splitlines()]
    return [(label == "same", _person(theirs), _person(ours)) for label, theirs, ours in rows]


def test_of_labelled_pairs_no_other_person_is_linked_and_the_same_are_found() -> None:
    table = Tally()
    for same, theirs, ours in _pairs():
        table.add(theirs, [client(1, ours)], 1 if same else None)
    assert len(_pairs()) >= 50
    assert table.wrong == 0, f"\n{table}"
    assert table.surfaced >= SURFACED, f"\n{table}"
    assert table.automatic >= 15, f"\n{table}"


@pytest.mark.parametrize(
    ("same", "theirs", "ours"), _pairs(), ids=[str(number) for number in range(len(_pairs()))]
)
def test_a_pair_is_judged_alike_from_both_sides(same: bool, theirs: Person, ours: Person) -> None:
    there, back = match(theirs, [client(1, ours)]), match(ours, [client(1, theirs)])
    assert there.outcome is back.outcome
    assert same or there.outcome is not Outcome.CERTAIN
