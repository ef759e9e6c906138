"""The hub: the program that talks to payment providers and keeps a shop's tills in step."""
