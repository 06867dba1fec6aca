"""The journal on disk: what happened while the database was away, kept until it is entered.

One file of JSON lines for each process, readable by the service's user alone, locked while that
process lives: another one on the same data folder enters what a dead one has left behind. What is
entered is deleted. Where the disk refuses, entries are held in memory, and the disk is tried again.
"""

import fcntl
import os
import threading
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from dispatch.journal_entries import Entry, from_line, to_line
from dispatch.troubles import About, Troubles

log = structlog.get_logger()

MOST_ENTRIES = 20_000
"""How many entries are held, the oldest first: days of calls, some 20 MB."""

PATIENCE_AT_THE_END = 5.0
"""How long (real seconds) a stop waits for a disk that hangs."""

REFUSES = (
    "What happens while the database is away can't be written to the journal on disk: it is held "
    "in memory, and lost should this process end. Callers still reach their team."
)
FULL = "The journal is full: what happens now is not kept. Callers still reach their team."
NOT_ENTERED = (
    "Something that happened while the database was away can't be entered: it is kept and tried "
    "again, the log says why. Callers still reach their team."
)
DAMAGED = ".damaged"


@dataclass(eq=False)
class _File:
    """An open, locked file; `length` is how much of it is whole lines."""

    path: Path
    descriptor: int
    length: int = 0

    def append(self, data: bytes) -> None:
        """Write whole lines, down to the disk. Raises OSError; then the next try begins afresh."""
        os.ftruncate(self.descriptor, self.length)
        os.lseek(self.descriptor, self.length, os.SEEK_SET)
        left = data
        while left:
            left = left[os.write(self.descriptor, left) :]
        os.fsync(self.descriptor)
        self.length += len(data)

    def delete(self) -> None:
        """Delete it, still locked, and let it go."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


@dataclass(eq=False)
class Journal:
    """The journal of one process, under `folder`. Safe from any thread."""

    folder: Path
    troubles: Troubles
    most: int = MOST_ENTRIES
    _pending: dict[str, Entry] = field(default_factory=dict)
    _unwritten: list[Entry] = field(default_factory=list)
    not_entered: bool = False
    """Whether something is refused by the database that is there again."""
    _full: bool = False
    _own: _File | None = None
    _adopted: list[_File] = field(default_factory=list)
    _tending: "Future[None] | None" = None
    _memory: threading.Lock = field(default_factory=threading.Lock)
    _disk: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="journal")
    )

    def add(self, entries: Sequence[Entry], now: datetime) -> "Future[None]":
        """Keep entries: in memory at once, on disk when the returned work is done."""
        with self._memory:
            new = [one for one in entries if one.id not in self._pending]
            kept = new[: max(0, self.most - len(self._pending))]
            self._pending.update((one.id, one) for one in kept)
            self._unwritten.extend(kept)
        if len(kept) < len(new):
            log.error("journal_full")
            self._full = True
        return self._disk.submit(self._write, now)

    def pending(self) -> list[Entry]:
        """What is to be entered, in the order in which it happened."""
        with self._memory:
            return sorted(self._pending.values(), key=lambda one: one.at)

    def holds(self, about: str) -> bool:
        """Whether something of a call is to be entered."""
        with self._memory:
            return any(one.about == about for one in self._pending.values())

    def entered(self, ids: Collection[str]) -> None:
        """These are in the database: a file whose entries all are is deleted."""
        with self._memory:
            for one in ids:
                self._pending.pop(one, None)
            self._unwritten = [one for one in self._unwritten if one.id in self._pending]
        self._disk.submit(self._tidy)

    def tend(self, now: datetime) -> "Future[None]":
        """Write what the disk has refused so far, and take over the files of the dead."""
        if self._tending is None or self._tending.done():  # else the disk hangs
            self._tending = self._disk.submit(self._tend, now)
        return self._tending

    def close(self, now: datetime) -> None:
        """Write the rest and let the files go: whoever comes next enters what is left in them."""
        wait([self._disk.submit(self._write, now)], PATIENCE_AT_THE_END)
        self._disk.shutdown(wait=False, cancel_futures=True)
        for file in [*self._adopted, *([self._own] if self._own else [])]:
            os.close(file.descriptor)
        self._own, self._adopted = None, []

    # In the disk's own thread ───────────────────────────────────────────────────────────────────

    def _tend(self, now: datetime) -> None:
        self._write(now)
        self._adopt()
        self._tidy()

    def _write(self, now: datetime) -> None:
        with self._memory:
            waiting = list(self._unwritten)
        if not waiting:
            self._tell("", now)
            return
        try:
            if self._own is None:
                self._own = self._new_file()
                _sync_folder(self.folder)
            self._own.append(b"".join(to_line(one) for one in waiting))
        except OSError as error:
            log.error("journal_not_written", code=error.errno)
            self._tell(REFUSES, now)
            return
        written = {one.id for one in waiting}
        with self._memory:
            self._unwritten = [one for one in self._unwritten if one.id not in written]
        self._tell("", now)

    def _tell(self, trouble: str, now: datetime) -> None:
        """Say what is wrong, the graver first."""
        text = FULL if self._full else trouble or (NOT_ENTERED if self.not_entered else "")
        if text:
            self.troubles.begin(About.JOURNAL, text, now)
        else:
            self.troubles.end(About.JOURNAL)

    def _new_file(self) -> _File:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{os.getpid()}-{uuid.uuid4().hex}.jsonl"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _File(path, descriptor)

    def _tidy(self) -> None:
        with self._memory:
            if self._pending:
                return
        files, self._adopted = self._adopted, []
        if self._own is not None:
            files, self._own = [*files, self._own], None
        for file in files:
            try:
                file.delete()
            except OSError as error:  # entered twice it changes nothing: tried again
                log.error("journal_not_deleted", code=error.errno)
                self._adopted.append(file)
        if files:
            log.info("journal_entered")
        self._full = False
        self.troubles.end(About.JOURNAL)

    def _adopt(self) -> None:
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob("*.jsonl")):
            if self._own is None or path != self._own.path:
                try:
                    self._adopt_one(path)
                except OSError as error:
                    log.error("journal_not_read", code=error.errno)

    def _adopt_one(self, path: Path) -> None:
        if any(file.path == path for file in self._adopted):
            return
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            gone = not path.exists() or not os.path.samestat(os.stat(path), os.fstat(descriptor))
        except OSError:
            os.close(descriptor)  # its process lives, or has just entered and deleted it
            return
        if gone:
            os.close(descriptor)
            return
        data = path.read_bytes()
        self._adopted.append(_File(path, descriptor, len(data)))
        entries, damaged = _read(data)
        if damaged:
            log.error("journal_damaged", code=len(damaged))
            _keep_aside(path, damaged)
        with self._memory:
            self._pending.update((one.id, one) for one in entries)
        log.warning("journal_adopted", code=len(entries))


def _read(data: bytes) -> tuple[list[Entry], list[bytes]]:
    entries: list[Entry] = []
    damaged: list[bytes] = []
    for line in data.splitlines():
        try:
            entries.append(from_line(line))
        except ValueError:
            damaged.append(line)
    return entries, damaged


def _keep_aside(path: Path, lines: Sequence[bytes]) -> None:
    """What can't be read is for a person to look at; it too is client data."""
    descriptor = os.open(path.with_suffix(DAMAGED), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as aside:
        aside.write(b"\n".join(lines) + b"\n")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
