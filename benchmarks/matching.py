"""How well and how fast notices are matched: FEBRL set 4, and the same with families added.

Run it with ``python benchmarks/matching.py``. All 5,000 corrupted copies are matched with all 5,000
originals through the keys by which a database would look them up: once with an identifier that we
hold (which is corrupted too), once without any. The harder round gives the people of the first half
a father or a twin. First the relatives are clients too, and notices are about the people; then the
relatives are nobody's clients, and notices are about them: no link may be made at all. Last, only
half of the people are clients, and notices are about the others.
"""

from collections.abc import Iterable
from pathlib import Path
from sys import path
from time import perf_counter

path.insert(0, str(Path(__file__).resolve().parent.parent))

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.notice import Person
from tests.hospitals.families import relatives
from tests.hospitals.febrl import Register, copies, originals, without_numbers
from tests.hospitals.people import client
from tests.hospitals.tally import tally

FIRST_RELATIVE = 1_000_000
Notices = list[tuple[int | None, Person]]


def play(title: str, clients: Iterable[Known], notices: Notices) -> None:
    register = Register(clients)
    compared = 0

    def candidates(person: Person) -> list[Known]:
        nonlocal compared
        found = register.candidates(person)
        compared += len(found)
        return found

    started = perf_counter()
    table = tally(notices, candidates)
    seconds = perf_counter() - started
    print(f"\n{title}\n{table}")
    print(
        f"{len(notices)} notices, {compared / len(notices):.0f} clients compared for each, "
        f"{seconds:.1f} s, {1000 * seconds / len(notices):.1f} ms a notice"
    )


def rounds(title: str, clients: list[Known], notices: Notices) -> None:
    play(f"FEBRL set 4, {title}", clients, notices)
    own = {one.key: one.names[0].given for one in clients}
    half = len(clients) // 2
    first_half = {one.key for one in clients[:half]}
    people = [(own[one.key], _person(one)) for one in clients[:half]]
    kin = [client(key, one) for key, one in enumerate(relatives(people, 4), FIRST_RELATIVE)]
    play(f"With families who are clients, {title}", [*clients, *kin], notices)
    told = [(own[key], person) for key, person in notices[:half] if key is not None]
    strangers: Notices = [(None, person) for person in relatives(told, 5)]
    play(f"Notices about relatives who are no clients, {title}", clients, strangers)
    others: Notices = [(None, person) for key, person in notices if key not in first_half]
    play(f"Notices about strangers, {title}", clients[:half], others)


def _person(one: Known) -> Person:
    return Person(one.names, one.birth_date, one.sex, one.identifiers, one.addresses, one.phones)


def main() -> None:
    clients, told = originals(), copies()
    rounds("with an identifier", clients, [(key, person) for key, person in told])
    rounds(
        "without identifiers",
        [without_numbers(one) for one in clients],
        [(key, without_numbers(person)) for key, person in told],
    )


if __name__ == "__main__":
    main()
