"""The program's own running time, which no clock that a person can set shortens or lengthens."""

import sys
import time
import uuid
from typing import Final

RUN: Final = uuid.uuid4().hex
"""This run of the program; another start is another run."""


def _own_ns() -> int:
    """Return a time that goes on while the computer sleeps, where the system has one (Linux calls it boot time)."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


_BEGAN_NS: Final = _own_ns()


def elapsed_ms() -> int:
    """Return for how long this program has been running, in milliseconds."""
    return (_own_ns() - _BEGAN_NS) // 1_000_000
