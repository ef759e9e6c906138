"""Properties are tried alike in every run; see tests/property/profile.py."""

from tests.property import profile

profile.load()
