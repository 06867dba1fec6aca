"""The thin HTTP and WebSocket edge: one noun a file."""
