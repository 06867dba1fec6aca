"""On a public set of corrupted records nobody is linked wrongly, and nearly nobody is lost."""

import pytest

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.lookup_keys import keys_of, keys_of_known
from dispatch.hospitals.matching.match import Outcome, match
from dispatch.hospitals.notice import Person
from tests.hospitals.families import relatives
from tests.hospitals.febrl import FOLDER, Register, copies, originals, without_numbers
from tests.hospitals.tally import tally

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared data is not here")

SAMPLE = 800
LEAST_SURFACED = 0.9
"""Of true matches, by link or by human (shared facts on hospitals, matching)."""

FEW = 0.002
"""Which share of what a full comparison would surface may have no key in common. Measured: none of
4,984 with an identifier, 6 of 4,773 without."""

Told = list[tuple[int, Person]]


@pytest.fixture(scope="module", params=["with an identifier", "without identifiers"])
def people(request: pytest.FixtureRequest) -> tuple[list[Known], Told]:
    """All originals as clients, and all corrupted copies as notices."""
    if request.param == "with an identifier":
        return originals(), copies()
    return (
        [without_numbers(known) for known in originals()],
        [(key, without_numbers(person)) for key, person in copies()],
    )


def test_nobody_is_linked_wrongly_and_nine_of_ten_are_found(
    people: tuple[list[Known], Told],
) -> None:
    clients, told = people
    table = tally(told[:SAMPLE], Register(clients).candidates)
    assert table.wrong == 0, str(table)
    assert table.surfaced >= LEAST_SURFACED, str(table)


def test_no_father_or_twin_of_a_client_is_linked(people: tuple[list[Known], Told]) -> None:
    clients, told = people
    own = {known.key: known.names[0].given for known in clients}
    kin = relatives([(own[key], person) for key, person in told[: SAMPLE // 2]], 7)
    table = tally([(None, person) for person in kin], Register(clients).candidates)
    assert table.wrong == 0, str(table)


def test_the_keys_find_nearly_all_whom_a_full_comparison_would(
    people: tuple[list[Known], Told],
) -> None:
    clients, told = people
    by_key = {known.key: known for known in clients}
    pairs = [(person, by_key[key]) for key, person in told]
    surfaced = [pair for pair in pairs if match(pair[0], [pair[1]]).outcome is not Outcome.NONE]
    lost = [pair for pair in surfaced if not keys_of(pair[0]) & keys_of_known(pair[1])]
    assert len(lost) <= FEW * len(surfaced), f"{len(lost)} of {len(surfaced)}"
