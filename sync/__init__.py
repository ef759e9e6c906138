"""The till's background engine: wire format, push, pull, doorbell and the embedded hub's process."""
