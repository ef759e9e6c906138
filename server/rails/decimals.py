"""Amounts as the decimal texts of providers (`10.00` US dollars, `1000` yen), read and written without floats."""

import re
from typing import Final

from domain.money import EXPONENTS, MAX_MINOR
from server.rails.strict_json import Unreadable

_DECIMAL: Final = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,8}))?")


def decimal_text(amount_minor: int, currency: str) -> str:
    """Write minor units with exactly the decimal places of a currency of the books (ISO 4217)."""
    exponent = EXPONENTS[currency]
    major, minor = divmod(amount_minor, 10**exponent)
    return f"{major}.{minor:0{exponent}d}" if exponent else str(major)


def minor_of(text: str, currency: str) -> int:
    """Return the minor units of an unsigned decimal text; raises Unreadable for anything else.

    Zeros beyond the currency's places are taken (`1000.00` yen), anything finer than a minor unit is not.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None or currency not in EXPONENTS:
        raise Unreadable("amount")
    exponent, places = EXPONENTS[currency], match[2] or ""
    if places[exponent:].strip("0"):
        raise Unreadable("finer than a minor unit")
    amount = int(match[1] + places[:exponent].ljust(exponent, "0"))
    if amount > MAX_MINOR:
        raise Unreadable("amount")
    return amount
