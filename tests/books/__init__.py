"""The whole books of a big shop before independent programs; `make acceptance` runs it."""
