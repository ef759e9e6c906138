"""The hub's HTTP and WebSocket routes."""
