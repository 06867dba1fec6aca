"""`vigil fidelity` says O5 and O6 with every episode, names nobody, and refuses odd days."""

import csv
import io
import json

from dispatch.database import make_engine
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.command_line.conftest import load
from tests.command_line.typed import vigil
from tests.hospitals.build import hour
from tests.hospitals.told_rows import add_hospitals, link, stay_told


def test_a_period_is_counted_in_words_in_json_and_as_a_table(bare: dict[str, str]) -> None:
    load(bare)
    engine = make_engine(bare["VIGIL_DATABASE_URL"])
    with UnitsOfWork(engine, HeldClock(hour(200)), lambda _: None)() as work:
        add_hospitals(work)
        link(work, "C-1001", *stay_told("K", 30, 100))
    engine.dispose()
    period = ("fidelity", "north", "--from", "2026-03-01", "--to", "2026-03-31")
    said = vigil(*period, **bare)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("North ACT, 2026-03-01 to 2026-03-31 (DACTS: ")
    told = json.loads(vigil(*period, "--json", **bare).stdout)
    # The agency was loaded later than all this happened: nobody was anybody's client yet.
    reasons = [row["reason"] for row in told["measures"][0]["rows"]]
    assert reasons == ["not enrolled with this team at the time"]
    [line, _] = csv.DictReader(io.StringIO(vigil(*period, "--csv", **bare).stdout))
    assert (line["episode"], line["client"], line["counts"]) == ("KE", "C-1001", "no")
    assert "Test Person" not in said.stdout + json.dumps(told)
    wrong = vigil("fidelity", "north", "--from", "in May", **bare)
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "--from “in May” is no day: write it like 2026-12-24.\n",
    )
