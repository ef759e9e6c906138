"""Card numbers that people type, or that providers' texts hold: none is kept, only its last four digits."""

import re
from typing import Final

_DIGITS: Final = re.compile(r"[0-9](?:[ .-]?[0-9]){12,}")
_GROUP: Final = re.compile(r"[0-9]+")
_UNBROKEN: Final = range(13, 20)
_WRITTEN: Final = ((4, 6, 4), (4, 6, 5), (6, 10), (6, 13), (8, 8), *((4, 4, 4, last) for last in (1, 2, 3, 4)))
"""Digits of the groups in which cards show their numbers and people type them; a fifth group may follow fours."""
_ISSUED: Final = re.compile(r"4|5[1-5]|2[2-7]|3[457]|6[0245]|9704")
"""How numbers of cards begin (ISO/IEC 7812; 9704 is NAPAS's), so that few account numbers are taken for one."""


def without_cards(text: str) -> str:
    """Return a text in which whatever looks like a card's number is cut to `•••1234`.

    Other digits may stand right before and after it; only a number that is part of a longer unbroken one is left.
    """
    return _DIGITS.sub(lambda found: _cut(found[0]), text)


def _cut(told: str) -> str:
    groups = list(_GROUP.finditer(told))
    kept, at, first = "", 0, 0
    while first < len(groups):
        count = _groups_of_a_card([group[0] for group in groups[first : first + 5]])
        if count:
            last = groups[first + count - 1]
            end = "".join(group[0] for group in groups[first : first + count])[-4:]
            kept, at = f"{kept}{told[at : groups[first].start()]}•••{end}", last.end()
        first += max(count, 1)
    return kept + told[at:]


def _groups_of_a_card(groups: list[str]) -> int:
    """Return how many of the groups, from the first on, are a card's number; 0 for none."""
    for count in range(len(groups), 0, -1):
        number = "".join(groups[:count])
        if _written(tuple(map(len, groups[:count]))) and _ISSUED.match(number) and _checks(number):
            return count
    return 0


def _written(lengths: tuple[int, ...]) -> bool:
    if len(lengths) == 1:
        return lengths[0] in _UNBROKEN
    return lengths in _WRITTEN or (lengths[:4] == (4, 4, 4, 4) and len(lengths) == 5 and lengths[4] <= 3)


def _checks(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
