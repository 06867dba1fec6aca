"""A hospital's notice climbs the same ladder as a crisis, in words of its own."""

from dataclasses import replace

import pytest

from dispatch import prompts
from dispatch.crisis import Channel, Source, State
from dispatch.events import Accepted, DueReached, Page, PageKind, ReportedAgain
from tests.core.build import Story, only

KINDS = {
    Source.HOSPITAL: PageKind.HOSPITAL_NOTICE,
    Source.POSSIBLE_CLIENT: PageKind.POSSIBLE_CLIENT,
    Source.WEBHOOK: PageKind.REPORTED,
}


@pytest.mark.parametrize("source", KINDS)
def test_it_is_paged_rung_by_rung_until_somebody_takes_it(source: Source) -> None:
    story = Story("ana", "ben")
    story.crisis = replace(story.crisis, source=source)
    story.is_reported()
    story.happens(DueReached(), after=121)
    story.happens(DueReached(), after=121)
    pages = [(one.staff, one.kind) for one in only(tuple(story.told), Page)]
    assert pages == [(who, KINDS[source]) for who in ("ana", "ben", "ana")]
    story.happens(Accepted("ben", Channel.SMS))
    assert (story.crisis.owner, story.crisis.state) == ("ben", State.ACCEPTED)


def test_an_owner_who_does_not_answer_for_more_news_loses_it_to_the_foot() -> None:
    story = Story("ana", "ben")
    story.crisis = replace(story.crisis, source=Source.HOSPITAL)
    story.is_reported()
    story.happens(Accepted("ben", Channel.SMS))
    story.happens(ReportedAgain(), after=3600)
    story.happens(DueReached(), after=121)
    assert story.crisis.owner is None
    [page] = only(story.last.effects, Page)
    assert (page.staff, page.kind) == ("ana", PageKind.HOSPITAL_NOTICE)


def test_a_voice_says_it_too() -> None:
    for kind in PageKind:
        said = prompts.PAGE_CALLS[kind].format(team="North ACT", ref="K 7 Q")
        assert "North ACT" in said
        assert "K 7 Q" in said
