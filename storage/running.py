"""The program's own running time, which no clock that a person can set shortens or lengthens."""

import time
import uuid
from typing import Final

RUN: Final = uuid.uuid4().hex
"""This run of the program; another start is another run."""

_BEGAN_NS: Final = time.monotonic_ns()


def elapsed_ms() -> int:
    """Return for how long this program has been running, in milliseconds."""
    return (time.monotonic_ns() - _BEGAN_NS) // 1_000_000
