"""The messages that the browser's types are held against are the ones that the service writes.

The front end's own tests read the stored file: each message must be exactly what its types say, and
its `apply` must obey the same law. Set VIGIL_UPDATE_SNAPSHOTS=1 to write the file anew.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

from dispatch.board import (
    AdmissionsChanged,
    Board,
    CallingNow,
    Change,
    CrisisCard,
    CrisisChanged,
    CrisisClosed,
    Next,
    Nothing,
    OnCall,
    Person,
    ReachingNow,
    Reload,
    TeamAlarm,
    TeamCard,
    TeamChanged,
    apply,
    as_json,
)
from dispatch.crisis import CallStage, How, Source, State
from dispatch.troubles import About

STORED = Path(__file__).with_name("board_messages.json")

BEGAN = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)
HANDOFF = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
ANA = Person(id="ana", name="Ana Sample")
BEN = Person(id="ben", name="Ben Sample")
GUS = Person(id="gus", name="Gus Sample")


def _team(team: str, name: str, on_call: Person, **differs: Any) -> TeamCard:
    return TeamCard(
        id=team,
        name=name,
        timezone="America/Los_Angeles",
        on_call=(
            OnCall(
                tier="primary",
                staff=on_call,
                until=HANDOFF,
                next=Next(staff=BEN, **{"from": HANDOFF}),
            ),
            OnCall(tier="backup", staff=None, until=None, next=None),
        ),
        last_resort=("988", "+18002738255"),
        **{"calls_today": 0, **differs},
    )


def _crisis(ref: str, **differs: Any) -> CrisisCard:
    """A call that has just begun to ring Ana; say only what differs."""
    card = CrisisCard(
        ref=ref,
        team="north",
        state=State.RINGING,
        source=Source.CALL,
        opened_at=BEGAN,
        since=BEGAN,
        owner=None,
        handing_to=None,
        reaching=ReachingNow(staff=ANA, tier="primary", since=BEGAN, how=How.CALL),
        due_at=BEGAN + timedelta(seconds=35),
        round=1,
        alarm=None,
    )
    return card.model_copy(update=differs)


NORTH = _team("north", "North ACT", ANA)
SOUTH = _team("south", "South ACT", GUS)
ALARM = TeamAlarm(kind="uncovered", text="Nobody is on call as backup.", since=BEGAN)
LATER = BEGAN + timedelta(seconds=42, microseconds=250)
RINGING = _crisis("K7Q")
PASSED_ON = _crisis(
    "B2B",
    team="south",
    state=State.LAST_RESORT,
    opened_at=LATER,
    since=LATER,
    reaching=ReachingNow(staff=None, tier="last resort", since=LATER, how=How.LAST_RESORT),
    round=2,
    alarm="Nobody in the team has answered.",
)
TALKING = _crisis("K7Q", state=State.TALKING, since=LATER, owner=ANA, reaching=None, due_at=None)
HANDING_OFF = _crisis(
    "K7Q", state=State.ACCEPTED, since=LATER, owner=ANA, handing_to=BEN, reaching=None
)
CALLING_BACK = HANDING_OFF.model_copy(
    update={"calling": CallingNow(staff=ANA, stage=CallStage.CLIENT, since=LATER)}
)
HANDED_OVER = _crisis(
    "M4X",
    state=State.PAGING,
    source=Source.WEBHOOK,
    told_by=Source.POSSIBLE_CLIENT,
    opened_at=BEGAN + timedelta(microseconds=1),
    reaching=ReachingNow(staff=ANA, tier="primary", since=BEGAN, how=How.PAGE),
)

TROUBLES = [
    {"about": About.DATABASE.value, "text": "The database is away.", "since": BEGAN.isoformat()}
]

BEFORE = Board(teams=(NORTH, SOUTH), crises=(RINGING,))
CHANGES: tuple[Change, ...] = (
    CrisisChanged(crisis=PASSED_ON),
    TeamChanged(team=_team("south", "South ACT", GUS, calls_today=1, alarms=(ALARM,))),
    Nothing(),
    CrisisChanged(crisis=TALKING),
    CrisisChanged(crisis=HANDING_OFF),
    CrisisChanged(crisis=CALLING_BACK),
    CrisisChanged(crisis=HANDED_OVER),
    CrisisClosed(ref="K7Q", team="north"),
    CrisisClosed(ref="M4X", team="south"),  # it is North's now: only South has done with it
    TeamChanged(team=_team("north", "Alder ACT", BEN)),
    AdmissionsChanged(team="north"),
    Reload(),
)
AFTER = Board(
    teams=(
        _team("north", "Alder ACT", BEN),
        _team("south", "South ACT", GUS, calls_today=1, alarms=(ALARM,)),
    ),
    crises=(HANDED_OVER, PASSED_ON),
)


def _document() -> dict[str, Any]:
    at = BEGAN.isoformat()
    changes = [as_json(change) for change in CHANGES]
    return {
        "messages": [
            {"type": "snapshot", "number": 7, "at": at, "board": as_json(BEFORE)},
            *(
                {"type": "change", "number": number, "at": at, "change": change}
                for number, change in enumerate(changes, 8)
            ),
            {"type": "heartbeat", "number": 7 + len(changes), "at": at},
            {"type": "trouble", "at": at, "troubles": TROUBLES},
            {"type": "trouble", "at": at, "troubles": []},
        ],
        "law": {"before": as_json(BEFORE), "changes": changes, "after": as_json(AFTER)},
    }


def test_the_stored_messages_are_what_the_service_writes_today() -> None:
    text = json.dumps(_document(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("VIGIL_UPDATE_SNAPSHOTS") == "1":
        STORED.write_text(text, encoding="utf-8")
    assert text == STORED.read_text(encoding="utf-8"), (
        "The board's messages have changed: write them anew with VIGIL_UPDATE_SNAPSHOTS=1, "
        "then run the front end's tests."
    )


def test_the_law_that_the_browser_is_held_to_holds_here_too() -> None:
    assert reduce(apply, CHANGES, BEFORE) == AFTER


def test_every_kind_of_change_is_among_them() -> None:
    kinds = {shape.model_fields["kind"].default for shape in Change.__args__}
    assert kinds == {change.kind for change in CHANGES}
