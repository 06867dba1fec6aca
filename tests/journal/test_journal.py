"""The journal on disk: nothing that was kept is lost, nothing that was entered stays."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.events import Adrift, Happened, LegOutcome
from dispatch.journal import Journal
from dispatch.journal_entries import (
    CallBackEntry,
    CallEntry,
    DeliveryEntry,
    Entry,
    PageKeyEntry,
    RoomEntry,
    TextEntry,
    from_line,
    to_line,
)
from dispatch.troubles import About, Troubles

NIGHT = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)
CALLER = "+15035550121"


def entry(number: int, sid: str = "CA1") -> CallEntry:
    happened = Happened(Adrift.RINGING, sid, number, "ana", "primary")
    at = NIGHT + timedelta(seconds=number)
    return CallEntry(f"{sid}/{number}", at, happened, team="north", from_=CALLER)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal", Troubles())
    yield journal
    journal.close(NIGHT)


def files(journal: Journal) -> list[Path]:
    return sorted(journal.folder.glob("*.jsonl")) if journal.folder.exists() else []


TEXTS = st.none() | st.text(max_size=30)
INSTANTS = st.datetimes(timezones=st.just(UTC))
CALL_ENTRIES = st.builds(
    CallEntry,
    st.text(max_size=20),
    INSTANTS,
    st.builds(
        Happened,
        st.sampled_from(list(Adrift)),
        st.text(max_size=20),
        staff=TEXTS,
        outcome=st.sampled_from(list(LegOutcome)),
        bridged=st.sampled_from([None, True, False]),
    ),
    from_=TEXTS,
    to=TEXTS,
)
TEXT_ENTRIES = st.builds(TextEntry, st.text(), INSTANTS, st.text(), TEXTS, TEXTS, st.text())
DELIVERIES = st.builds(
    DeliveryEntry, st.text(), INSTANTS, st.text(), st.text(), st.none() | st.integers()
)


PAGE_KEYS = st.builds(PageKeyEntry, st.text(), INSTANTS, st.integers(), st.text())
ROOMS = st.builds(
    RoomEntry,
    st.text(),
    INSTANTS,
    st.text(),
    st.text(),
    st.integers(),
    st.integers(),
    st.text(),
    st.dictionaries(st.text(), st.text(), max_size=3),
)
CALL_BACKS = st.builds(
    CallBackEntry, st.text(), INSTANTS, st.text(), st.text(), st.text(), st.integers()
)


@given(CALL_ENTRIES | TEXT_ENTRIES | DELIVERIES | PAGE_KEYS | ROOMS | CALL_BACKS)
def test_what_is_written_is_read_again(one: Entry) -> None:
    line = to_line(one)
    assert line.count(b"\n") == 1
    assert from_line(line) == one


@given(st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"kind":"call"}', b"null"]))
def test_damage_is_said_to_be_damage(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_line(line)


def test_entries_are_on_disk_before_the_caller_is_answered_for_the_service_alone(
    journal: Journal,
) -> None:
    journal.add([entry(1), entry(2)], NIGHT).result(10)
    [file] = files(journal)
    assert [from_line(line) for line in file.read_bytes().splitlines()] == [entry(1), entry(2)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700


def test_what_is_entered_is_deleted_and_what_is_not_stays(journal: Journal) -> None:
    journal.add([entry(1), entry(2)], NIGHT).result(10)
    journal.entered([entry(1).id])
    journal.tend(NIGHT).result(10)
    assert len(files(journal)) == 1
    journal.entered([entry(2).id])
    journal.tend(NIGHT).result(10)
    assert files(journal) == []
    journal.add([entry(3)], NIGHT).result(10)
    assert len(files(journal)) == 1, "and a new one is begun"


def test_the_same_thing_twice_is_kept_once(journal: Journal) -> None:
    journal.add([entry(1)], NIGHT).result(10)
    journal.add([entry(1)], NIGHT).result(10)
    assert journal.pending() == [entry(1)]
    [file] = files(journal)
    assert len(file.read_bytes().splitlines()) == 1


def test_a_full_disk_is_a_trouble_and_nobody_elses_and_is_made_good(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line was written before the disk was full: it does not spoil what follows."""
    write = os.write
    journal.add([entry(1)], NIGHT).result(10)

    def full(descriptor: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", full)
        journal.add([entry(2)], NIGHT).result(10)
        journal.add([entry(3)], NIGHT).result(10)
        [trouble] = journal.troubles.now()
        assert trouble.about is About.JOURNAL
        assert "Callers still reach their team" in trouble.text
        assert len(journal.pending()) == 3
    journal.tend(NIGHT).result(10)
    assert journal.troubles.now() == ()
    [file] = files(journal)
    lines = file.read_bytes().splitlines()
    assert [from_line(line) for line in lines] == [entry(1), entry(2), entry(3)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_really_full(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def full(path: object, flags: int, mode: int = 0o777) -> int:
        to_journal = str(path).endswith(".jsonl")
        return opened("/dev/full" if to_journal else str(path), os.O_RDWR if to_journal else flags)

    monkeypatch.setattr(os, "open", full)
    monkeypatch.setattr(os, "ftruncate", lambda *_: None)
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    journal.add([entry(1)], NIGHT).result(10)
    assert [one.about for one in journal.troubles.now()] == [About.JOURNAL]
    assert journal.pending() == [entry(1)]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file is in the way")
    journal = Journal(tmp_path / "journal", Troubles())
    journal.add([entry(1)], NIGHT).result(10)
    journal.tend(NIGHT).result(10)
    assert [one.about for one in journal.troubles.now()] == [About.JOURNAL]
    assert journal.pending() == [entry(1)]
    journal.close(NIGHT)


def test_memory_is_bounded_and_the_oldest_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Troubles(), most=3)
    journal.add([entry(number) for number in range(5)], NIGHT).result(10)
    assert [one.id for one in journal.pending()] == ["CA1/0", "CA1/1", "CA1/2"]
    assert [one.about for one in journal.troubles.now()] == [About.JOURNAL]
    journal.close(NIGHT)


LEAVES_ENTRIES = """
import os, sys
from pathlib import Path
from dispatch.journal import Journal
from dispatch.troubles import Troubles
from tests.journal.test_journal import NIGHT, entry
journal = Journal(Path(sys.argv[1]), Troubles())
journal.add([entry(1), entry(2)], NIGHT).result()
print("kept", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_has_left_is_taken_over_and_a_living_ones_is_not(
    journal: Journal,
) -> None:
    """The last line was half written when it died: it is kept aside, for a person to look at."""
    other = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LEAVES_ENTRIES, str(journal.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"kept\n"
    journal.tend(NIGHT).result(10)
    assert journal.pending() == [], "its process lives and enters it by itself"
    other.kill()
    other.communicate()
    [file] = files(journal)
    with file.open("ab") as half:
        half.write(to_line(entry(3))[:40])
    journal.tend(NIGHT).result(10)
    assert journal.pending() == [entry(1), entry(2)]
    [aside] = journal.folder.glob("*.damaged")
    assert aside.read_bytes() == to_line(entry(3))[:40] + b"\n"
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    journal.entered([entry(1).id, entry(2).id])
    journal.tend(NIGHT).result(10)
    assert files(journal) == []
    assert aside.exists()


def test_whoever_stops_in_peace_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    first = Journal(tmp_path, Troubles())
    first.add([entry(1)], NIGHT).result(10)
    first.close(NIGHT)
    second = Journal(tmp_path, Troubles())
    second.tend(NIGHT).result(10)
    assert second.pending() == [entry(1)]
    second.close(NIGHT)


def test_a_disk_that_refuses_to_sync_leaves_no_files_behind(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", broken)
        for number in range(3):
            journal.add([entry(number)], NIGHT).result(10)
        assert len(files(journal)) == 1
    journal.tend(NIGHT).result(10)
    journal.entered([entry(number).id for number in range(3)])
    journal.tend(NIGHT).result(10)
    assert files(journal) == []
