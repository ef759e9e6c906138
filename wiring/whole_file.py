"""Files that are written beside their name and moved there when they are whole."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(target: Path, write: Callable[[BinaryIO], int]) -> int:
    """Write a file so that no half of it ever bears its name; return what `write` returns. Raises OSError."""
    partial = target.with_name(f".{target.name}.part")
    try:
        with partial.open("wb") as stream:
            count = write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return count
