"""Who is on call: rotations, schedules and the ladder that a crisis climbs."""
