"""Keeps Python 3.11 alive under PySide6 6.12.0, which gives back references to None and True that it never took."""

import ctypes
import sys
from typing import Final

_SPARE: Final = 1 << 60


def keep_none_alive() -> None:
    """Give None, True and False spare references, once, so that no number of lost ones can end the process.

    PySide6 6.12.0 returns from most calls without a result (`setPen`, `update`, `setToolTip`, …) with one reference
    to None too few, and from `Signal.emit` with one to True too few: `sys.getrefcount` falls by one a call. From
    Python 3.12 on they are immortal (PEP 683) and nothing happens; on 3.11 a few thousand paints, or a few hundred
    signals, end in "Fatal Python error: deallocating None" (or "True or False"). A day of counting down and painting
    loses some hundred million, so the spare ones last for ever.
    """
    if sys.version_info >= (3, 12):
        return
    for constant in (None, True, False):
        if sys.getrefcount(constant) > _SPARE:
            continue
        counter = ctypes.c_ssize_t.from_address(id(constant))
        # The count stands first in an object of every CPython that is not built to trace references.
        if abs(counter.value - sys.getrefcount(constant)) < 8:
            counter.value += _SPARE
