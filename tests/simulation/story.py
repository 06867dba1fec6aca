"""The story of a night: what happened outside, and what Vigil wrote down, line by line."""

from datetime import datetime

from sqlmodel import col, select

from dispatch.tables import TimelineRow
from dispatch.unit_of_work import UnitsOfWork
from tests.simulation.kernel import Kernel
from tests.simulation.people import BY_PHONE
from tests.simulation.town import LINES, ZONE

NAMES = {**BY_PHONE, **{line: f"the line of {team}" for team, line in LINES.items()}}


class Teller:
    """Keeps the lines of a night."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.lines: list[tuple[datetime, str]] = []

    def tell(self, words: str) -> None:
        """Add a line at the present time."""
        self.lines.append((self._kernel.at, words))

    def who(self, phone: str) -> str:
        """Whose number it is."""
        return NAMES.get(phone, phone)

    def story(self, looking: UnitsOfWork) -> str:
        """All of it, with the timelines of the crises in between."""
        with looking.reading() as work:
            rows = work.session.exec(select(TimelineRow).order_by(col(TimelineRow.id)))
            written = [(row.at, f"    [{row.crisis_ref}] {_line(row)}") for row in rows]
        lines = sorted([*self.lines, *written], key=lambda line: line[0])
        return "\n".join(
            f"{at.astimezone(ZONE):%H:%M:%S.%f}"[:-5] + f"  {words}" for at, words in lines
        )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M:%S.%f}"[:-5]


def _line(row: TimelineRow) -> str:
    who = f" ({row.who})" if row.who else ""
    return f"{row.kind}{who}: {row.text}"
