"""How matching does on people of whom it is known who they are: a confusion table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.match import Outcome, match
from dispatch.hospitals.notice import Person


@dataclass(slots=True)
class Tally:
    """What became of the right clients, and of others. Each notice is about one client or none."""

    automatic: int = 0
    review: int = 0
    lost: int = 0
    wrong: int = 0
    """Notices that were linked to somebody else without a human."""
    others: int = 0
    """Clients shown to a human who were somebody else."""
    clear: int = 0
    """Notices about nobody of ours for whom nobody was shown."""
    strangers_in_review: int = 0

    @property
    def surfaced(self) -> float:
        """The share of notices about a client that led to the right one; 1 if there was none."""
        right = self.automatic + self.review
        return right / (right + self.lost) if right + self.lost else 1

    def add(self, person: Person, candidates: Iterable[Known], key: int | None) -> None:
        """Match one notice, which is about the client `key`, or nobody of ours."""
        found = match(person, candidates)
        keys = [one.key for one in found.found]
        linked = found.outcome is Outcome.CERTAIN
        if linked and keys != [key]:
            self.wrong += 1
        if not linked:
            self.others += sum(one != key for one in keys)
        if key is None:
            self.strangers_in_review += not linked and bool(keys)
            self.clear += not keys
        elif key in keys:
            self.automatic += linked
            self.review += not linked
        else:
            self.lost += 1

    def __str__(self) -> str:
        """The table."""
        return (
            f"{'':14}{'automatic':>11}{'review':>9}{'none/lost':>11}\n"
            f"{'true match':14}{self.automatic:11}{self.review:9}{self.lost:11}"
            f"   surfaced {self.surfaced:.2%}\n"
            f"{'other person':14}{self.wrong:11}{self.others:9}\n"
            f"{'no client':14}{'':11}{self.strangers_in_review:9}{self.clear:11}"
        )


def tally(
    notices: Iterable[tuple[int | None, Person]], candidates: Callable[[Person], Iterable[Known]]
) -> Tally:
    """Match all notices, each with the key of the client whom it is about."""
    table = Tally()
    for key, person in notices:
        table.add(person, candidates(person), key)
    return table
