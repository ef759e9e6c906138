"""How far a long command has come, on a person's terminal alone."""

import sys
from collections.abc import Callable


def counted(total: int, what: str) -> Callable[[int], None]:
    """Return what shows `done / total what` on one line of the terminal; it does nothing where nobody reads along."""

    def show(done: int) -> None:
        sys.stderr.write(f"\r{done:,} / {total:,} {what}" + ("\n" if done >= total else ""))
        sys.stderr.flush()

    return show if sys.stderr.isatty() else lambda done: None
