"""What the number pad has written so far: digits, and sums like on an adding machine; without Qt."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.money import EXPONENTS, parse_amount

MAX_DIGITS: Final = 12
"""The most digits an amount may have (UX 1.5)."""


class Key(StrEnum):
    """The keys of the number pad, on the screen and on the keyboard."""

    N0 = "0"
    N1 = "1"
    N2 = "2"
    N3 = "3"
    N4 = "4"
    N5 = "5"
    N6 = "6"
    N7 = "7"
    N8 = "8"
    N9 = "9"
    ZEROS = "000"
    BACK = "back"
    CLEAR = "clear"
    PLUS = "plus"


@dataclass(frozen=True, slots=True)
class AmountEntry:
    """An amount being typed, in minor units of `currency`; every key returns the next entry.

    Where the currency has cents, digits fill them from the right (1250 is 12.50) and the 000 key types two zeros.
    """

    currency: str = "VND"
    summands: tuple[int, ...] = ()
    digits: str = ""

    @property
    def total_minor(self) -> int:
        """The sum of everything typed, in minor units."""
        return sum(self.parts)

    @property
    def parts(self) -> tuple[int, ...]:
        """The summands in minor units, the one being typed last; more than one means that something was added."""
        return (*self.summands, int(self.digits)) if self.digits else self.summands

    def press(self, key: Key) -> "AmountEntry":
        """Return the entry after `key`; a key that would make the amount too long changes nothing."""
        if key is Key.CLEAR:
            return AmountEntry(self.currency)
        if key is Key.BACK:
            return self._back()
        if key is Key.PLUS:
            typed = int(self.digits or 0)
            return replace(self, summands=(*self.summands, typed), digits="") if typed else self
        zeros = "00" if EXPONENTS[self.currency] else Key.ZEROS.value
        return self._typed(self.digits + (zeros if key is Key.ZEROS else key.value))

    def paste(self, text: str) -> "AmountEntry":
        """Return the entry with the pasted amount as its last summand; raises RuleBroken(AMOUNT_INVALID)."""
        return self._typed(str(parse_amount(text, self.currency)))

    def _typed(self, digits: str) -> "AmountEntry":
        entry = replace(self, digits=digits.lstrip("0"))
        return entry if len(str(entry.total_minor)) <= MAX_DIGITS else self

    def _back(self) -> "AmountEntry":
        if self.digits or not self.summands:
            return replace(self, digits=self.digits[:-1])
        return replace(self, summands=self.summands[:-1], digits=str(self.summands[-1]))
