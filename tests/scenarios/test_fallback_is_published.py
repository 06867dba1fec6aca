"""The fallback is where it should be: at every handoff, after every change, and after any damage.

The ridge's clock is moved by hand; web space, Studio and the numbers are the emulator's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from dispatch.commands import fallbacks
from dispatch.fallback_visit import Targets, folder_of
from dispatch.publisher import Publisher, targets_of
from dispatch.settings import Settings
from dispatch.stage import ACCOUNT
from dispatch.troubles import About, Trouble, Troubles
from dispatch.unit_of_work import UnitsOfWork
from notifications.emulator import EmulatorServer, PhoneNetwork, RestFault
from notifications.emulator.web_space import PREFIX
from notifications.twilio import Twilio
from tests.scenarios.ridge import PHONES, RIDGE_LINE, Ridge, wall

KEY = "a-secret-key-for-drills-only-0000"
LADDER = f"{folder_of(RIDGE_LINE, KEY)}/ladder.xml"
TOKEN = "put-it-there"
ANA, BEN, CHO, DEE = (PHONES[one] for one in ("ana", "ben", "cho", "dee"))


@dataclass
class Town:
    """The ridge, the phone network, and a node that publishes."""

    ridge: Ridge
    network: PhoneNetwork
    settings: Settings
    troubles: Troubles = field(default_factory=Troubles)

    def __post_init__(self) -> None:
        self.network.space.token = TOKEN
        self.publisher = self.node()

    def node(self, troubles: Troubles | None = None, **targets: object) -> Publisher:
        """Another node on the same database."""
        units = UnitsOfWork(self.ridge.engine, self.ridge.clock, lambda _: None)
        twilio = Twilio(ACCOUNT.sid, [ACCOUNT.auth_token], self.settings.twilio_api_url)
        made = targets_of(self.settings, twilio)
        assert made is not None
        wanted = replace(made, **targets)  # type: ignore[arg-type]
        return Publisher(units, wanted, KEY, troubles or self.troubles)

    def beat(self, after: timedelta = timedelta(seconds=1)) -> None:
        """The metronome, a while later."""
        self.ridge.clock.at += after
        self.publisher.beat()

    def rings(self, path: str = LADDER) -> list[str]:
        """Whom the published document rings, in order."""
        text = self.network.space.files[path]
        found = sorted((text.find(phone), phone) for phone in PHONES.values() if phone in text)
        return [phone for _, phone in found]

    @property
    def row(self) -> fallbacks.FallbackRow:
        with self.ridge.work.reading() as work:
            [row] = fallbacks.rows(work)
            return row

    @property
    def trouble(self) -> Trouble | None:
        return next((one for one in self.troubles.now() if one.about is About.FALLBACK), None)

    @property
    def number(self) -> str:
        """What the ridge's number falls back to."""
        return self.network.exchange.lines[RIDGE_LINE].voice_fallback_url

    @property
    def flow(self) -> dict[str, object]:
        [flow] = self.network.flows.values()
        return flow.definition


@pytest.fixture
def space(ridge: Ridge) -> Iterator[Town]:
    """The ridge with a web space."""
    yield from _town(ridge, {})


@pytest.fixture
def studio(ridge: Ridge) -> Iterator[Town]:
    """The ridge with a web space and Studio."""
    yield from _town(ridge, {"fallback_studio": True})


def _town(ridge: Ridge, more: dict[str, object]) -> Iterator[Town]:
    network = PhoneNetwork(ACCOUNT, speed=40)
    with EmulatorServer(network) as server:
        network.number(RIDGE_LINE, voice_url="https://vigil.example.org/twilio/voice")
        settings = Settings.model_validate(
            {
                "twilio_api_url": server.base_url,
                "fallback_put_url": f"{server.base_url}{PREFIX}",
                "fallback_put_token": TOKEN,
                **more,
            }
        )
        yield Town(ridge, network, settings)


def test_who_is_on_call_is_published_and_the_number_names_it(space: Town) -> None:
    space.publisher.beat()
    assert space.rings() == [ANA, DEE]
    assert space.number == f"{space.settings.fallback_put_url}/{LADDER}"
    assert space.row.problem is None
    assert space.trouble is None


def test_nothing_is_put_twice_while_nothing_changes(space: Town) -> None:
    space.publisher.beat()
    before = list(space.network.space.puts)
    for _ in range(4):
        space.beat(timedelta(minutes=6))
    assert space.network.space.puts == before
    assert space.row.checked_at == space.ridge.clock.at


def test_a_handoff_is_published_when_it_comes(space: Town) -> None:
    space.publisher.beat()
    space.ridge.clock.at = wall("2026-11-26 16:59:59")
    space.publisher.beat()
    assert space.rings() == [ANA, DEE]
    space.beat()
    assert space.rings() == [CHO, DEE]


def test_a_change_of_the_rota_is_published_at_the_next_beat(space: Town) -> None:
    space.publisher.beat()
    space.ridge.put_on("ben", "2026-11-26 16:00", "2026-11-26 17:00")
    space.beat()
    assert space.rings() == [BEN, DEE]


def test_a_change_that_touches_no_present_turn_asks_nobody_anything(space: Town) -> None:
    """A lead edits a rota all afternoon: Twilio and the web space are left alone meanwhile."""
    space.publisher.beat()
    checked = space.row.checked_at
    space.ridge.put_on("ben", "2026-11-26 16:30", "2026-11-26 17:00")
    space.network.space.away = True
    space.beat()
    assert (space.row.checked_at, space.row.problem) == (checked, None)
    space.network.space.away = False
    space.ridge.clock.at = wall("2026-11-26 16:30")
    space.publisher.beat()
    assert space.rings() == [BEN, DEE], "but its handoff is not missed"


def test_two_nodes_publish_once(space: Town) -> None:
    other = space.node()
    space.publisher.beat()
    other.beat()
    assert len(space.network.space.puts) == len(set(space.network.space.puts)) == 3


def test_two_nodes_at_the_same_moment_take_one_line_once(space: Town) -> None:
    with space.ridge.work() as work:
        fallbacks.keep_lines(work)
    with space.ridge.work() as one, space.ridge.work() as other:
        assert fallbacks.take_one(one) is not None
        assert fallbacks.take_one(other) is None, "it is not waited for"


def test_a_node_that_dies_at_it_is_followed_by_another_when_its_lease_is_over(
    space: Town,
) -> None:
    with space.ridge.work() as work:
        fallbacks.keep_lines(work)
        assert fallbacks.take_one(work) is not None
    space.beat()
    assert space.network.space.files == {}, "the line is in somebody's hands"
    space.beat(fallbacks.LEASE)
    assert space.rings() == [ANA, DEE]


def test_a_document_that_was_tampered_with_is_put_right(space: Town) -> None:
    space.publisher.beat()
    space.network.space.files[LADDER] = "<Response><Hangup/></Response>"
    space.beat(fallbacks.CHECK_EVERY)
    assert space.rings() == [ANA, DEE]
    del space.network.space.files[LADDER]
    space.beat(fallbacks.CHECK_EVERY)
    assert space.rings() == [ANA, DEE]
    assert space.trouble is None


def test_a_space_that_fails_is_a_trouble_until_it_is_back(space: Town) -> None:
    space.publisher.beat()
    began = space.ridge.clock.at + fallbacks.CHECK_EVERY
    space.network.space.away = True
    space.beat(fallbacks.CHECK_EVERY)
    trouble = space.trouble
    assert trouble is not None
    assert trouble.since == began
    assert f"{RIDGE_LINE} since {began:%Y-%m-%d %H:%M} UTC (the web space answers 503" in (
        trouble.text
    )
    tried = space.row.failures
    space.beat(timedelta(seconds=1))
    assert space.row.failures == tried, "a pause before the next try"
    space.beat(fallbacks.pause_after(0))
    assert space.row.failures == tried + 1
    space.network.space.away = False
    space.beat(fallbacks.LONGEST_PAUSE)
    assert space.trouble is None
    assert space.row.failures == 0


def test_every_node_knows_of_the_trouble(space: Town) -> None:
    space.network.space.away = True
    space.publisher.beat()
    troubles = Troubles()
    space.node(troubles).beat()
    assert [one.about for one in troubles.now()] == [About.FALLBACK]


def test_pauses_grow_up_to_a_bound() -> None:
    pauses = [fallbacks.pause_after(failures) for failures in range(12)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (fallbacks.FIRST_PAUSE, fallbacks.LONGEST_PAUSE)


def test_a_wrong_token_is_told(space: Town) -> None:
    space.network.space.token = "another"
    space.publisher.beat()
    assert space.row.problem == "the web space answers 401 to PUT"


def test_a_space_that_refuses_post_is_told_with_its_cure(space: Town) -> None:
    """Twilio asks by POST; a space that only knows GET would leave the caller with an error."""
    space.network.space.answers_post = False
    space.publisher.beat()
    assert "VIGIL_FALLBACK_METHOD=GET" in (space.row.problem or "")
    space.settings.fallback_method = "GET"
    space.publisher = space.node()
    space.beat(fallbacks.LONGEST_PAUSE)
    assert space.row.problem is None
    assert space.network.exchange.lines[RIDGE_LINE].voice_fallback_method == "GET"


def test_a_number_that_was_set_by_hand_is_set_back_where_that_is_allowed(space: Town) -> None:
    space.publisher.beat()
    right = space.number
    space.network.number(RIDGE_LINE, voice_fallback_url="https://elsewhere.example.org")
    space.beat(fallbacks.CHECK_EVERY)
    assert space.number == right
    space.publisher = space.node(set_numbers=False)
    space.network.number(RIDGE_LINE, voice_fallback_url="https://elsewhere.example.org")
    space.beat(fallbacks.CHECK_EVERY)
    assert space.number == "https://elsewhere.example.org"
    assert "fallback address is another one" in (space.row.problem or "")


def test_studio_knows_the_next_two_days_and_is_what_the_number_names(studio: Town) -> None:
    studio.publisher.beat()
    [flow] = studio.network.flows.values()
    assert studio.number.endswith(f"/Flows/{flow.sid}")
    assert (flow.friendly_name, flow.status) == (f"Vigil fallback for {RIDGE_LINE}", "published")
    documents = [path for path in studio.network.space.files if "/turn-" in path]
    assert sorted(studio.rings(path) for path in documents) == sorted(
        [[ANA, DEE], [CHO, DEE], [BEN, DEE]]
    )


def test_a_flow_that_was_edited_or_deleted_is_put_right(studio: Town) -> None:
    studio.publisher.beat()
    before = studio.flow
    [flow] = studio.network.flows.values()
    flow.definition = {**flow.definition, "states": flow.definition["states"][:3]}
    studio.beat(fallbacks.CHECK_EVERY)
    assert studio.flow == before
    flow.status = "draft"
    studio.beat(fallbacks.CHECK_EVERY)
    assert flow.status == "published"
    studio.network.flows.clear()
    studio.beat(fallbacks.CHECK_EVERY)
    assert studio.flow == before
    assert studio.row.problem is None


def test_twilio_may_write_a_flow_down_in_its_own_way(studio: Town) -> None:
    studio.publisher.beat()
    [flow] = studio.network.flows.values()
    flow.definition = {**flow.definition, "states": flow.definition["states"][::-1]}
    flow.definition["states"][0]["properties"]["added_by_twilio"] = None
    studio.beat(fallbacks.CHECK_EVERY)
    assert flow.revision == 1, "it says the same"


def test_what_a_dead_node_has_made_is_used(studio: Town) -> None:
    """It made the flow and died before it could write down what it is called."""
    studio.publisher.beat()
    with studio.ridge.work() as work:
        row = work.session.get_one(fallbacks.FallbackRow, RIDGE_LINE)
        row.flow_sid, row.published, row.due_at = None, "", work.now
        work.session.add(row)
    studio.beat()
    assert len(studio.network.flows) == 1


def test_one_target_that_fails_holds_up_no_other(studio: Town) -> None:
    studio.network.space.away = True
    studio.publisher.beat()
    assert len(studio.network.flows) == 1
    assert "/Flows/" in studio.number
    assert studio.row.problem == "the web space answers 503 to PUT"


def test_without_studio_the_number_names_the_document(studio: Town) -> None:
    studio.network.faults.rest.append(RestFault(resource="Flows"))
    studio.publisher.beat()
    assert studio.number == f"{studio.settings.fallback_put_url}/{LADDER}"
    assert studio.row.problem == "Twilio Studio answers 503"
    studio.network.faults.rest.clear()
    studio.beat(fallbacks.LONGEST_PAUSE)
    assert "/Flows/" in studio.number
    assert studio.row.problem is None


def test_a_line_that_is_given_up_is_not_looked_at_any_more(space: Town) -> None:
    with space.ridge.work() as work:
        row = fallbacks.FallbackRow(line="+15035550199", due_at=work.now, version=0)
        work.session.add(row)
    space.publisher.beat()
    assert space.row.line == RIDGE_LINE


def test_what_is_wrong_with_the_set_up_is_told_with_its_cure(space: Town) -> None:
    def told(**changed: object) -> list[str]:
        real = {"twilio_api_url": None, "public_url": "https://vigil.example.org"}
        settings = space.settings.model_copy(update={**real, **changed})
        with space.ridge.work.reading() as work:
            return list(map(str, fallbacks.problems(work, settings)))

    away = {"fallback_public_url": "https://space.example.org/v"}
    [nothing] = told(fallback_put_url=None)
    assert "VIGIL_FALLBACK_PUT_URL" in nothing
    assert told(**away) == [
        f"fallback of {RIDGE_LINE}: It was never published. "
        "See that `vigil serve` runs with these settings."
    ]
    space.publisher.beat()
    assert told(**away) == []
    [own] = told(fallback_public_url="https://vigil.example.org:8443/v")
    assert "on Vigil's own host" in own
    [plain] = told(fallback_public_url="http://space.example.org/v")
    assert "without encryption" in plain
    space.ridge.clock.at += timedelta(hours=1)
    assert "was last checked at" in told(**away)[0]
    space.network.space.away = True
    space.beat()
    assert "the web space answers 503" in told(**away)[0]


def test_what_a_right_set_up_can_not_do_is_told(space: Town, studio: Town) -> None:
    [clock] = fallbacks.limits(space.settings)
    assert "VIGIL_FALLBACK_STUDIO=1" in str(clock)
    assert fallbacks.limits(studio.settings) == []
    [key] = fallbacks.limits(studio.settings.model_copy(update={"fallback_put_url": None}))
    assert "a voicemail that answers keeps the caller" in str(key)


def test_targets_are_only_made_where_something_is_set(space: Town) -> None:
    twilio = Twilio(ACCOUNT.sid, [ACCOUNT.auth_token], space.settings.twilio_api_url)
    assert targets_of(Settings(), twilio) is None
    alone = targets_of(Settings(fallback_studio=True), twilio)
    assert isinstance(alone, Targets)
    assert alone.space is None
