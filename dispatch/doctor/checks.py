"""The doctor's checks in their order, and how each is run: bounded, and never stopping another."""

import threading
from collections.abc import Callable, Iterator, Sequence

from dispatch.doctor import (
    database_checks,
    disk_checks,
    fallback_checks,
    mllp_checks,
    people_checks,
    public_checks,
    settings_checks,
    twilio_checks,
)
from dispatch.doctor.context import CannotTell, Context
from dispatch.doctor.findings import Finding, doubtful

Check = Callable[[Context], list[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", settings_checks.twilio_settings),
    ("settings", settings_checks.drill_settings),
    ("settings", settings_checks.public_url),
    ("settings", settings_checks.secret_key),
    ("HL7", mllp_checks.port),
    ("HL7", mllp_checks.certificates),
    ("database", database_checks.form),
    ("database", database_checks.distance),
    ("clock", database_checks.clock),
    ("clock", database_checks.api_clock),
    ("public address", public_checks.signature),
    ("node", public_checks.readiness),
    ("Twilio", twilio_checks.account),
    ("lines", twilio_checks.lines),
    ("registration", twilio_checks.registration),
    ("registration", twilio_checks.refused_texts),
    ("registration", twilio_checks.inbound_services),
    ("fallback", fallback_checks.published),
    ("fallback", fallback_checks.documents),
    ("agency", people_checks.agency),
    ("phones", people_checks.phones),
    ("coverage", people_checks.coverage),
    ("disk", disk_checks.data_folder),
    ("heartbeat", public_checks.heartbeat),
)
"""What each is about, and the check itself. A further one is added here."""

LONGEST_SECONDS = 30.0
"""How long one check may take; it is left behind then."""


def examine(
    context: Context, checks: Sequence[tuple[str, Check]] = CHECKS, longest: float = LONGEST_SECONDS
) -> Iterator[Finding]:
    """Yield what the checks find, as they find it."""
    for about, check in checks:
        yield from _bounded(about, check, context, longest)


def _bounded(about: str, check: Check, context: Context, longest: float) -> list[Finding]:
    """Run a check in a thread that can be left behind."""
    found: list[Finding] = []

    def run() -> None:
        try:
            found.extend(check(context))
        except CannotTell as reason:
            found.append(_not_told(about, str(reason)))
        except Exception as error:  # noqa: BLE001  one broken check must not stop the others
            found.append(_not_told(about, f"the check broke ({type(error).__name__})"))

    thread = threading.Thread(target=run, name=f"doctor {about}", daemon=True)
    thread.start()
    thread.join(longest)
    if thread.is_alive():
        return [_not_told(about, f"the check took more than {longest:.0f} seconds")]
    return found


def _not_told(about: str, reason: str) -> Finding:
    return doubtful(about, f"Not checked: {reason}.", "Mend what else is named, then look again.")
