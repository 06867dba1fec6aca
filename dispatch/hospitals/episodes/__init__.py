"""What hospitals have told of a client, as episodes, and what the team did in them."""
