"""A stand-in for the payment providers that speaks their wire formats."""
