"""Card numbers that people type, or that providers' texts hold: none is kept, only its last four digits."""

import re
from typing import Final

_CANDIDATE: Final = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){12,18}(?![0-9])")
_ISSUED: Final = re.compile(r"4|5[1-5]|2[2-7]|3[457]|6[0245]|9704")
"""How numbers of cards begin (ISO/IEC 7812; 9704 is NAPAS's), so that few account numbers are taken for one."""


def without_cards(text: str) -> str:
    """Return a text in which whatever looks like a card's number is cut to `•••1234`."""
    return _CANDIDATE.sub(lambda found: _cut(found[0]), text)


def _cut(told: str) -> str:
    digits = "".join(letter for letter in told if letter.isdigit())
    return f"•••{digits[-4:]}" if _ISSUED.match(digits) and _checks(digits) else told


def _checks(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
