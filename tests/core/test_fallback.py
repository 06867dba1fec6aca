"""What callers get while we are away: whom a line rings and until when, and how it is written."""

from xml.etree import ElementTree

from dispatch.fallback import AHEAD, MOST_TURNS, Bell, Crew, Fallback, Turn, fallback, horizon
from dispatch.fallback_flow import flow, turn_document, turn_documents
from dispatch.fallback_twiml import ACCEPT, LADDER, SCREEN, Place, documents
from notifications.emulator.studio import check
from notifications.emulator.twiml import parse
from oncall.ladder import DEFAULT_LAST_RESORT
from oncall.model import Person, Rota
from tests.oncall.build import local, rota, rotation

LINE = "+15035550191"
STAFF = ("ana", "ben", "cho", "dee", "eli")
PHONES = {one: f"+1503555010{place}" for place, one in enumerate(STAFF, 1)}
PRIMARY = rotation("2026-01-05 09:00", "12 hours", "ana", "ben")
BACKUP = rotation("2026-01-05 09:00", "1 week", "cho", tier="backup")
SUPERVISOR = rotation("2026-01-05 09:00", "1 week", "eli", tier="supervisor")
NIGHT = local("2026-01-07 03:10")
PLACE = Place("https://space.example.org/v/f00d", "POST")


def crew(of: Rota, name: str = "North ACT", phones: dict[str, str] | None = None) -> Crew:
    return Crew(name, of, PHONES if phones is None else phones)


def of(*crews: Crew) -> Fallback:
    return fallback(LINE, crews, NIGHT, ())


def rings(turn: Turn) -> list[str]:
    names = {phone: name for name, phone in PHONES.items()}
    return [names[bell.phone] for bell in turn.bells]


def test_a_line_rings_the_ladder_and_hands_off_when_the_rota_does() -> None:
    found = of(crew(rota(PRIMARY, BACKUP, SUPERVISOR)))
    assert [rings(turn) for turn in found.turns[:3]] == [
        ["ben", "cho", "eli"],
        ["ana", "cho", "eli"],
        ["ben", "cho", "eli"],
    ]
    assert found.now.until == local("2026-01-07 09:00")
    assert found.turns[1].until == local("2026-01-07 21:00")
    assert found.now.bells[0] == Bell(PHONES["ben"], 20)
    assert found.last_resort == DEFAULT_LAST_RESORT


def test_it_reaches_two_days_ahead_and_its_end_moves_once_a_day() -> None:
    found = of(crew(rota(PRIMARY)))
    assert found.until == horizon(NIGHT) >= NIGHT + AHEAD
    later = fallback(LINE, [crew(rota(PRIMARY))], local("2026-01-07 08:59"), ())
    assert found == later, "nothing is published anew while nothing has changed"


def test_who_goes_on_is_no_change() -> None:
    alone = rotation("2026-01-05 09:00", "1 hour", "ana")
    assert len(of(crew(rota(alone))).turns) == 1


def test_each_phone_rings_once_and_who_has_none_is_passed_over() -> None:
    twice = rotation("2026-01-05 09:00", "1 week", "cho", tier="supervisor")
    phones = {one: phone for one, phone in PHONES.items() if one != "ben"}
    [first, *_] = of(crew(rota(PRIMARY, BACKUP, twice), phones=phones)).turns
    assert rings(first) == ["cho"]


def test_a_phone_that_takes_no_calls_is_passed_over() -> None:
    people = {"ben": Person(voice=False)}
    assert rings(of(crew(rota(PRIMARY, BACKUP, people=people))).now) == ["cho"]


def test_a_shared_line_rings_the_other_teams_primary_too() -> None:
    south = rota(rotation("2026-01-05 09:00", "1 week", "dee"), BACKUP)
    found = of(crew(rota(PRIMARY, BACKUP)), crew(south, "South ACT"))
    assert rings(found.now) == ["ben", "cho", "dee"]
    assert found.teams == ("North ACT", "South ACT")


def test_an_empty_rota_leads_to_988_at_once() -> None:
    found = of(crew(rota()))
    assert rings(found.now) == []
    [dialled] = _dialled(documents(found, PLACE)[LADDER])[:1]
    assert dialled == "988"


def test_restless_rotas_are_published_for_as_long_as_there_is_room() -> None:
    restless = rotation("2026-01-05 09:00", "1 hour", "ana", "ben")
    found = of(crew(rota(restless)))
    assert len(found.turns) == MOST_TURNS
    assert found.until < horizon(NIGHT)
    check(flow(found, PLACE))


def _dialled(document: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(document).iter("Number")]


def test_no_document_of_the_caller_has_an_action() -> None:
    """With one, Twilio would ask us, who are away."""
    ladder = ElementTree.fromstring(documents(of(crew(rota(PRIMARY, BACKUP))), PLACE)[LADDER])
    dials = list(ladder.iter("Dial"))
    assert [dial.get("action") for dial in dials] == [None] * 4
    assert {dial.get("callerId") for dial in dials} == {LINE}
    assert [one.tag for one in ladder][-1] == "Hangup"


def test_staff_are_screened_and_988_is_not() -> None:
    written = documents(of(crew(rota(PRIMARY))), PLACE)
    numbers = list(ElementTree.fromstring(written[LADDER]).iter("Number"))
    assert [one.get("url") for one in numbers] == [f"{PLACE.url}/{SCREEN}", None, None]
    screen = ElementTree.fromstring(written[SCREEN])
    assert [one.tag for one in screen] == ["Gather", "Hangup"]
    assert list(ElementTree.fromstring(written[ACCEPT])) == [], "an empty document bridges"


def test_twilio_would_have_nothing_to_say_about_any_document() -> None:
    found = of(crew(rota(PRIMARY, BACKUP, SUPERVISOR)))
    for text in (documents(found, PLACE) | turn_documents(found, PLACE)).values():
        assert parse(text).warnings == ()


def test_a_flow_hands_over_to_the_documents_of_its_turns() -> None:
    found = of(crew(rota(PRIMARY, BACKUP)))
    written = flow(found, PLACE)
    check(written)
    urls = {
        one["properties"]["url"] for one in written["states"] if one["type"] == "add-twiml-redirect"
    }
    assert urls == {f"{PLACE.url}/{name}" for name in turn_documents(found, PLACE)}
    assert len(urls) == 2, "the same people have one document, however often their turn comes"


def test_a_flow_without_a_space_rings_shortly_and_never_asks_us() -> None:
    found = of(crew(rota(PRIMARY)))
    written = flow(found, None)
    check(written)
    kinds = {one["type"] for one in written["states"]}
    assert kinds == {"trigger", "split-based-on", "say-play", "connect-call-to"}
    staff = [
        one["properties"]["timeout"]
        for one in written["states"]
        if one["properties"].get("to") in PHONES.values()
    ]
    assert staff == [15, 15]


def test_the_name_of_a_turns_document_is_of_what_it_rings() -> None:
    one, other = (Bell(PHONES["ana"], 20),), (Bell(PHONES["ana"], 25),)
    assert turn_document(one) == turn_document(one) != turn_document(other)
