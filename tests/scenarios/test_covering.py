"""Cover and swaps: who is asked, whose yes wins, who is told, and who stands in the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harbor import HarborNight


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[HarborNight]:
    """Noon at the harbor. Every promise must hold when the night is over."""
    with HarborNight(database_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


def test_ben_texts_cover_and_the_first_yes_wins(night: HarborNight) -> None:
    night.leap_to("2026-01-08 13:00")
    night.text("ben", "COVER")
    answer = night.expect("ben", "asking").body
    ref = night.ref_in(answer)
    assert "asking Cho Sample and Dee Sample to take primary, Thu Jan 8 17:00 to 08:00" in answer
    assert "by Thu Jan 8 15:00, else the leads know" in answer
    assert f"It is yours until somebody says yes. To keep it: WITHDRAW {ref}" in answer
    for staff in ("cho", "dee"):
        night.expect(
            staff,
            f"{ref}: can you be primary of Harbor ACT for Ben Sample, Thu Jan 8 17:00 to 08:00? "
            f"Reply YES {ref} or NO {ref}.",
        )
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben"
    night.text("dee", "yes")
    night.expect("dee", "thank you, it is yours. You are primary of Harbor ACT, Thu Jan 8 17:00")
    night.expect("ben", "Dee Sample is primary of Harbor ACT for you")
    night.expect("cho", "Dee Sample takes it. Nothing more for you to do.")
    assert night.on_call("2026-01-08 17:00")["primary"] == "dee"
    assert night.on_call("2026-01-09 07:59")["primary"] == "dee"
    night.network.wait_until_quiet()
    assert [night.texts_to(staff) for staff in ("eli", "fay", "gus")] == [[], [], []]
