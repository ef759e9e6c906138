"""The computer's clock, read at the edge and handed inwards as an argument."""

import time

from domain.ids import Instant


def wall_clock() -> Instant:
    """Return the computer's time."""
    return Instant(time.time_ns() // 1_000_000)
