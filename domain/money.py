"""Amounts of money: whole minor units of one currency, how they are written and how they are read."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import ErrorCode, RuleBroken

EXPONENTS: Final = {"VND": 0, "AUD": 2, "USD": 2, "EUR": 2, "SGD": 2, "JPY": 0, "SAR": 2, "AED": 2}
"""Decimal places by ISO 4217 code; a merchant keeps its books in one of these."""

SYMBOLS: Final = {
    "VND": "₫",
    "AUD": "A$",
    "USD": "US$",
    "EUR": "€",
    "SGD": "S$",
    "JPY": "¥",
    "SAR": "SAR",
    "AED": "AED",
}

MAX_MINOR: Final = 9_000_000_000_000_000
"""The largest amount that the books hold; it stays exact in every database and in JSON readers that use doubles."""


class Language(StrEnum):
    """The languages in which every text and number exists."""

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency; may be negative where a balance is meant."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        whole(self.amount_minor)
        if self.currency not in EXPONENTS:
            raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=other.currency)
        return other.amount_minor


def whole(amount_minor: object) -> int:
    """Return `amount_minor` if it is a whole number within ±MAX_MINOR; floats, booleans and text are refused."""
    if type(amount_minor) is not int:
        raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=str(amount_minor)[:40])
    if abs(amount_minor) > MAX_MINOR:
        # Not written out: Python refuses to write a number of thousands of digits.
        raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=f"> {MAX_MINOR}")
    return amount_minor


def positive(amount_minor: object) -> int:
    """Return `amount_minor` if it is a whole number above zero; raises RuleBroken(AMOUNT_INVALID) otherwise."""
    value = whole(amount_minor)
    if value <= 0:
        raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=value)
    return value


def format_minor(amount_minor: int, currency: str, language: Language, symbol: bool = True) -> str:
    """Write an amount as people do: `1.234.567 ₫` in Vietnamese, `1,234,567 ₫` in English, cents where they exist."""
    exponent = EXPONENTS[currency]
    group, point = (".", ",") if language is Language.VI else (",", ".")
    major, minor = divmod(abs(amount_minor), 10**exponent)
    text = f"{major:,}".replace(",", group)
    if exponent:
        text += f"{point}{minor:0{exponent}d}"
    if symbol:
        text += f"\u00a0{SYMBOLS[currency]}"
    return f"-{text}" if amount_minor < 0 else text


_MARKS: Final = {
    currency: sorted({SYMBOLS[currency].lower(), currency.lower(), *extra}, key=len, reverse=True)
    for currency, extra in {
        **dict.fromkeys(EXPONENTS, ()),
        "VND": ("đ", "vnđ"),
        **dict.fromkeys(("AUD", "USD", "SGD"), ("$",)),
    }.items()
}
"""How people mark each currency, lower case, the longest first."""

_SHORTHAND: Final = re.compile(r"(\d{1,10})(?:tr|m)(\d{0,3})|(\d{1,13})(k|n|nghin|ngan|tr|m)")
_PLAIN: Final = re.compile(r"\d{1,16}")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}([., ])\d{3}(?:\1\d{3}){0,4}")
_CENTS: Final = re.compile(r"(.*\d)([.,])(\d+)")


def parse_amount(text: str, currency: str) -> int:
    """Read an amount a person typed or pasted: `1.234.567`, `1,234,567 đ`, `125k`, `1tr2`; cents by the last mark.

    Returns minor units above zero; raises RuleBroken(AMOUNT_INVALID) for another currency's mark and for anything that
    could be read in two ways.
    """
    cleaned = _without_mark(text.strip().lower().replace("\u00a0", " "), currency)
    exponent = EXPONENTS[currency]
    cents = _CENTS.fullmatch(cleaned) if exponent else None
    if cents and len(cents[3]) == exponent:
        return positive(_digits(cents[1], text, other_than=cents[2]) * 10**exponent + int(cents[3]))
    if not exponent and (short := _SHORTHAND.fullmatch(cleaned)):
        return positive(_shorthand(short))
    return positive(_digits(cleaned, text) * 10**exponent)


def _without_mark(text: str, currency: str) -> str:
    for mark in _MARKS[currency]:
        if text.endswith(mark):
            return text.removesuffix(mark).rstrip(" ")
        if text.startswith(mark):
            return text.removeprefix(mark).lstrip(" ")
    return text


def _shorthand(match: re.Match[str]) -> int:
    if match[1]:
        return int(match[1]) * 1_000_000 + (int(match[2].ljust(3, "0")) * 1_000 if match[2] else 0)
    return int(match[3]) * (1_000_000 if match[4] in ("tr", "m") else 1_000)


def _digits(text: str, original: str, other_than: str = "") -> int:
    grouped = _GROUPED.fullmatch(text)
    if _PLAIN.fullmatch(text) or (grouped and grouped[1] != other_than):
        return int(re.sub(r"\D", "", text))
    raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=original[:40])
