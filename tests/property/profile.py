"""How much Hypothesis tries: the same examples in every run, or as many new ones as BANA_EXAMPLES asks for."""

import os
from typing import Final

from hypothesis import HealthCheck, settings

MACHINE_EXAMPLES: Final = 100
"""Schedules that a state machine tries in an ordinary run."""


def asked() -> int | None:
    """Return how many new examples a longer run is to try, or None in an ordinary one."""
    text = os.environ.get("BANA_EXAMPLES")
    return int(text) if text else None


def load() -> None:
    """Make every property of the run deterministic and patient with a busy machine."""
    settings.register_profile(
        "bana",
        max_examples=asked() or 100,
        derandomize=asked() is None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
    settings.load_profile("bana")
