"""Thousands of nights on a virtual clock: real commands, real PostgreSQL, and all that can fail."""
