"""A node's copy is confirmed only by a look that saw what the node itself has committed."""

from dataclasses import replace

import pytest

from oncall.directory_copy import DirectoryCopy
from oncall.store import EMPTY_DIRECTORY


@pytest.fixture
def copy() -> DirectoryCopy:
    """A copy of version 7."""
    copy = DirectoryCopy()
    copy.latest = replace(EMPTY_DIRECTORY, version=7)
    return copy


def test_a_copy_that_nobody_has_compared_is_not_confirmed(copy: DirectoryCopy) -> None:
    assert copy.confirmed(since=0) is None


def test_a_look_confirms_the_copy_from_when_it_began(copy: DirectoryCopy) -> None:
    copy.confirm(copy.look(), 7, at=100)
    assert copy.confirmed(since=100) is copy.latest
    assert copy.confirmed(since=100.001) is None


@pytest.mark.parametrize("found", [6, 8])
def test_another_version_confirms_nothing(copy: DirectoryCopy, found: int) -> None:
    copy.confirm(copy.look(), found, at=100)
    assert copy.confirmed(since=0) is None


def test_a_copy_that_has_moved_on_must_be_compared_anew(copy: DirectoryCopy) -> None:
    copy.confirm(copy.look(), 7, at=100)
    copy.latest = replace(EMPTY_DIRECTORY, version=8)
    assert copy.confirmed(since=0) is None
    copy.confirm(copy.look(), 8, at=101)
    assert copy.confirmed(since=101) is copy.latest


def test_a_change_of_one_s_own_takes_the_confirmation_back_at_once(copy: DirectoryCopy) -> None:
    copy.confirm(copy.look(), 7, at=100)
    with copy.changing():
        assert copy.confirmed(since=0) is None
    assert copy.confirmed(since=0) is None
    copy.confirm(copy.look(), 7, at=101)
    assert copy.confirmed(since=101) is copy.latest


def test_a_look_that_overlaps_a_change_of_one_s_own_says_nothing(copy: DirectoryCopy) -> None:
    before = copy.look()
    with copy.changing():
        during = copy.look()
        copy.confirm(before, 7, at=100)
        copy.confirm(during, 7, at=100)
        assert copy.confirmed(since=0) is None
    copy.confirm(before, 7, at=100)
    copy.confirm(during, 7, at=100)
    assert copy.confirmed(since=0) is None


def test_of_two_changes_at_once_the_later_end_counts(copy: DirectoryCopy) -> None:
    with copy.changing():
        with copy.changing():
            pass
        between = copy.look()
        copy.confirm(between, 7, at=100)
        assert copy.confirmed(since=0) is None
    copy.confirm(between, 7, at=100)
    assert copy.confirmed(since=0) is None


def test_a_change_that_fails_counts_as_one_that_may_have_happened(copy: DirectoryCopy) -> None:
    before = copy.look()
    with pytest.raises(OSError, match="broke"), copy.changing():
        raise OSError("the connection broke")
    copy.confirm(before, 7, at=100)
    assert copy.confirmed(since=0) is None
