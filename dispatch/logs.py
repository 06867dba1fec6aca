"""Structured logs, one JSON line each, without client details: fields are allowed by name."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp"}
    | {"method", "path", "status", "error", "where", "crisis", "kind", "code", "team", "node"}
)
"""Fields that may be logged. A new field is added here by somebody who has thought about it."""


def set_up_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Log to standard error, or to another stream; libraries only when they warn."""
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
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )


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
