"""What comes is read, or set aside with a reason: every sample there is, and no letter is lost."""

import json
import random
from collections import Counter

from sqlmodel import select

from dispatch.commands import letters
from dispatch.commands.letters import Hospital
from dispatch.episode_tables import EpisodeRow
from dispatch.hospital_tables import HospitalRow
from dispatch.store.inbox import LetterState
from tests.hospitals import hl7_samples as samples
from tests.hospitals.inlet import Inlet
from tests.hospitals.samples import DA_VINCI

BUNDLES = [path.read_bytes() for path in sorted(DA_VINCI.glob("*message-bundle*.json"))]

ELDEN = """  - id: C-8
    name: Elden718 Halvorson124
    birth_date: 2000-10-15
    team: north
    zip: "01844"
  - id: C-3
"""
"""The person whom the guide's golden sequence is about, made a client of ours."""


def test_every_sample_is_stored_and_understood_or_set_aside_with_a_reason(
    inlet: Inlet,
) -> None:
    with inlet.work() as work:
        work.session.get_one(HospitalRow, "mercy").rules = {"known_as": senders()}
    for path in samples.FILES:
        inlet.send(path.read_bytes())
    inlet.read()
    rows = inlet.letters()
    assert len(rows) >= len({path.read_bytes() for path in samples.FILES})
    states = Counter(row.state for row in rows)
    assert states[LetterState.WAITING.value] == 0
    assert states[LetterState.READ.value] > 0
    quarantined = [row.reason for row in rows if row.state == LetterState.QUARANTINED.value]
    assert all(quarantined)
    assert not [reason for reason in quarantined if "fault of Vigil's" in reason]


def senders() -> list[str]:
    """Whoever has sent a sample, by every name they give themselves."""
    heads = [samples.reading(raw) for raw in samples.readable()]
    return sorted(
        {
            one.first("MSH").field(number).component(component)
            for one in heads
            if isinstance(one, samples.Message)
            for number in (3, 4)
            for component in (1, 2)
        }
        - {""}
    )


def test_the_golden_sequence_is_one_episode_in_any_order_each_twice(inlet: Inlet) -> None:
    inlet.load("  - id: C-3\n", ELDEN)
    order = BUNDLES * 2
    random.Random(5).shuffle(order)
    for raw in order:
        letters.take_bundle(inlet.work, mercy(inlet), "an interface", raw)
        inlet.read()
    again = [json.dumps(json.loads(raw)).encode() + b" " for raw in BUNDLES]
    for raw in again:  # sent again in other bytes: it is another letter, and the same notice
        letters.take_bundle(inlet.work, mercy(inlet), "an interface", raw)
    inlet.read()
    assert set(inlet.matches()) == {("linked", "C-8")}
    with inlet.work.reading() as work:
        [episode] = work.session.exec(select(EpisodeRow))
    assert episode.state == "discharged"


def mercy(inlet: Inlet) -> Hospital:
    with inlet.work.reading() as work:
        return Hospital.of(work.session.get_one(HospitalRow, "mercy"))
