"""Every sentence about hospitals that leaves by SMS, but for pages. None says whom it is about."""

from notifications.shared_words import with_room


def feed_alarm(text: str, url: str, *, again: bool) -> str:
    """Something is wrong with what hospitals send us; `again`: it was told before."""
    return with_room(f"Vigil: {'still so: ' if again else ''}{text}", url)


def feed_alarm_over(text: str) -> str:
    """It is well again."""
    return f"Vigil: over: {text}"


def call_promised(ref: str, team: str, by: str, url: str) -> str:
    """To whoever has a crisis: the hospital waits for a call."""
    return with_room(f"Vigil {ref}: {team}, the hospital was promised a call by {by}.", url)


def call_missed(ref: str, team: str, by: str, url: str) -> str:
    """To the leads: nobody has called."""
    return with_room(
        f"Vigil {ref}: {team}, NOBODY has called the hospital, which was promised a call by {by}.",
        url,
    )


def follow_up_due(key: str, team: str, by: str, url: str) -> str:
    """Somebody who was discharged is to be seen; `by` is the last day."""
    return with_room(f"Vigil {key}: {team}, follow-up after a discharge is due by {by}.", url)


def follow_up_overdue(key: str, team: str, by: str, url: str) -> str:
    """The last day, `by`, is over."""
    return with_room(f"Vigil {key}: {team}, follow-up after a discharge is OVERDUE, {by}.", url)
