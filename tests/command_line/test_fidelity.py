"""`vigil fidelity` says O5 and O6 with every episode, names nobody, and refuses odd days."""

import csv
import io

from dispatch.commands import agencies
from dispatch.database import make_engine
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.command_line.typed import vigil
from tests.hospitals.build import hour
from tests.hospitals.told_rows import add_hospitals, link, stay_told
from tests.scenarios.town import town


def test_a_period_is_counted_in_words_and_as_a_table(bare: dict[str, str]) -> None:
    engine = make_engine(bare["VIGIL_DATABASE_URL"])
    units = UnitsOfWork(engine, HeldClock(hour(20)), lambda _: None)
    with units() as work:
        agencies.load(work, town())
    with units() as work:
        add_hospitals(work)
        link(work, "C-1001", *stay_told("K", 30, 100))
    engine.dispose()
    period = ("fidelity", "north", "--from", "2026-03-01", "--to", "2026-03-31")
    said = vigil(*period, **bare)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("North ACT, 2026-03-01 to 2026-03-31 (DACTS: ")
    assert "0 of 1: score 1" in said.stdout
    [line, _] = csv.DictReader(io.StringIO(vigil(*period, "--csv", **bare).stdout))
    assert (line["episode"], line["client"], line["counts"]) == ("KE", "C-1001", "yes")
    assert "Test Person" not in said.stdout
    wrong = vigil("fidelity", "north", "--from", "in May", **bare)
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "--from “in May” is no day: write it like 2026-12-24.\n",
    )
