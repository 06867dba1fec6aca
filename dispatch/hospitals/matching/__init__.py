"""Whom a hospital tells of: certainly a client, possibly one, or nobody we know."""
