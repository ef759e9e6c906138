"""Words and amounts as plain text: on one line, without grouping, the same in every language."""

import re
from typing import Final

from domain.money import EXPONENTS

_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def one_line(text: str) -> str:
    """Return a text with every run of spaces, line ends and control characters as a single space, none at its ends."""
    return _BREAKS.sub(" ", text).strip(" ")


def plain_amount(amount_minor: int, currency: str) -> str:
    """Write minor units as major ones: a plain point, as many decimals as the currency has, no thousands mark."""
    exponent = EXPONENTS[currency]
    if not exponent:
        return str(amount_minor)
    digits = f"{abs(amount_minor):0{exponent + 1}d}"
    return f"{'-' if amount_minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"
