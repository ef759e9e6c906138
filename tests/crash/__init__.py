"""Killing the till, the hub and the providers' simulator at random moments, and what must be true afterwards."""
