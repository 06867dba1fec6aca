"""Structured logs, one JSON line each, without client details: fields are allowed by name."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp"}
    | {"method", "path", "status", "error", "where", "crisis", "kind", "code", "team", "node"}
    | {"count"}
)
"""Fields that may be logged. A new field is added here by somebody who has thought about it."""


def set_up_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Log to standard error, or to another stream; libraries only when they warn.

    A line that can't be written is lost, and nothing else is.
    """
    out = stream or sys.stderr
    logging.basicConfig(stream=out, level=logging.WARNING, format="%(message)s", force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick may take longer than a beat
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed_fields,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _LinesMayBeLost(out))),
        cache_logger_on_first_use=False,
    )


class _LinesMayBeLost:
    """A stream whose full disk or broken pipe is nobody's trouble: a caller may be waiting."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write what can be written."""
        with suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(text)

    def flush(self) -> None:
        """Hand it on."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def only_allowed_fields(
    logger: object,  # noqa: ARG001  structlog's signature
    name: str,  # noqa: ARG001
    entry: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and say that something was dropped."""
    dropped = sorted(set(entry) - ALLOWED)
    for field in dropped:
        del entry[field]
    if dropped:
        entry["where"] = f"dropped fields: {', '.join(dropped)}"
    return entry
