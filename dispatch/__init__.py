"""The crisis itself: calls, escalation, the live board, and the composition roots."""
