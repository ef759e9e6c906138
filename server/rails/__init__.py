"""Clients of the payment providers, one module each."""
