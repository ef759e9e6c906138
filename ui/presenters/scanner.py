"""Tells a barcode scanner's burst from a person's typing by its speed, and what was scanned by its letters."""

from dataclasses import dataclass
from typing import Final

from domain.matching import find_reference

BURST_MS: Final = 35
"""A scanner leaves less than this between two keys, a person more (UX 1.5)."""

LEAST_ENDED: Final = 3
"""This many keys before a fast Enter or Tab are a scan."""

LEAST_OPEN: Final = 6
"""This many fast keys are a scan even without an end: nobody types so."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner read; `reference` is the payment it names, if it is one of ours."""

    text: str

    @property
    def reference(self) -> str | None:
        """The payment reference in the text, with its check character right."""
        return find_reference(self.text)


class BurstReader:
    """Holds keys back until it is known whose they are. Times are milliseconds of one steady clock.

    The caller feeds every plain key, asks `overdue` when BURST_MS have gone by without one, and gives the keys it is
    handed back to where they were going.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._last_at = 0

    @property
    def holding(self) -> bool:
        """Whether keys are held back."""
        return bool(self._held)

    def key(self, letter: str, at: int) -> int:
        """Hold a key; return how many of those held before it were a person's and are to be given back first."""
        slow = bool(self._held) and at - self._last_at >= BURST_MS
        given_back = self._give_back() if slow else 0
        self._held.append(letter)
        self._last_at = at
        return given_back

    def end(self, at: int) -> Scan | None:
        """Take an Enter or Tab; return the scan it ends, or None if the held keys are a person's."""
        fast = at - self._last_at < BURST_MS
        if fast and len(self._held) >= LEAST_ENDED:
            return self._scanned()
        return None

    def overdue(self) -> Scan | None:
        """No key came for BURST_MS: return the scan that was held, or None if the held keys are a person's."""
        return self._scanned() if len(self._held) >= LEAST_OPEN else None

    def forget(self) -> int:
        """Hold nothing more; return how many keys are to be given back."""
        return self._give_back()

    def _scanned(self) -> Scan:
        text = "".join(self._held)
        self._held.clear()
        return Scan(text)

    def _give_back(self) -> int:
        count = len(self._held)
        self._held.clear()
        return count
