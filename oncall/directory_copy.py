"""A node's copy of everybody and every rota, and how it knows that the copy is not old."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from oncall.store import (
    EMPTY_DIRECTORY,
    Directory,
    current_version,
    has_changed,
    read_directory,
)


class DirectoryCopy:
    """A node's copy of the directory, refreshed when the version in the database has moved on.

    `latest` is what this node knew last: it still routes a caller while the database is away.
    Whoever has no transaction to `get` it in asks for `confirmed`: somebody looks at the version in
    the database again and again, and says so by `look` and `confirm`.
    """

    def __init__(self) -> None:
        self.latest = EMPTY_DIRECTORY
        self._lock = threading.Lock()
        self._confirmed: tuple[int, float] | None = None
        self._committing = 0
        self._commits = 0

    def get(self, session: Session) -> Directory:
        """The directory as this transaction sees it; what is not committed yet is not kept."""
        version = current_version(session)
        copy = self.latest
        if copy.version == version:
            return copy
        fresh = read_directory(session, version)
        while (now := current_version(session)) != version:  # loaded while we read: read it whole
            version = now
            fresh = read_directory(session, version)
        with self._lock:
            if fresh.version > self.latest.version and not has_changed(session):
                self.latest = fresh
        return fresh

    def confirmed(self, since: float) -> Directory | None:
        """`latest`, if a look that began at `since` or later found it to be the database's own.

        `since` is in seconds of the clock that `confirm` was told. None where no look has: the copy
        may be old.
        """
        confirmed, copy = self._confirmed, self.latest
        if confirmed is None:
            return None
        version, at = confirmed
        return copy if version == copy.version and at >= since else None

    def look(self) -> int:
        """Begin a look at the version in the database; `confirm` ends it."""
        return self._commits

    def confirm(self, look: int, version: int, at: float) -> None:
        """End a look that began `at` seconds of a steady clock and found `version`.

        A look during which this node has itself committed a change says nothing.
        """
        with self._lock:
            if look == self._commits and not self._committing:
                self._confirmed = (version, at)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around a commit that changes a rota: until a look afterwards, nothing is confirmed."""
        with self._lock:
            self._committing += 1
            self._confirmed = None
        try:
            yield
        finally:
            with self._lock:
                self._committing -= 1
                self._commits += 1
