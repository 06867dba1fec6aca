"""What hospitals tell us: reading it, finding whom it is about, and what the team made of it."""
