"""Properties are tried alike in every run; see profile.py."""

from tests.property import profile

profile.load()
