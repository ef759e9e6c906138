"""Amounts of money in words, as a voucher states them: "Một triệu hai trăm nghìn đồng." and "One million dong."."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.money import EXPONENTS, Language, whole


class ZeroTens(StrEnum):
    """How Vietnamese says a zero before the last digit: the first in the north, the second in the south."""

    LINH = "linh"
    LE = "lẻ"


class Thousand(StrEnum):
    """How Vietnamese says a thousand: the first in the north and in law, the second in the south."""

    NGHIN = "nghìn"
    NGAN = "ngàn"


@dataclass(frozen=True, slots=True)
class WordStyle:
    """A shop's choice among the accepted ways; `even` closes an amount without cents with "chẵn" or "only"."""

    zero_tens: ZeroTens = ZeroTens.LINH
    thousand: Thousand = Thousand.NGHIN
    even: bool = False


PLAIN: Final = WordStyle()
"""What schools and forms of the state write: linh, nghìn, nothing after the currency."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What one and many of a currency's units are called in a language."""

    one: str
    many: str


def _same(name: str) -> _Unit:
    return _Unit(name, name)


_XU: Final = _same("xu")
_CENT: Final = _Unit("cent", "cents")

_MAJOR: Final = {
    Language.VI: {
        "VND": _same("đồng"),
        "AUD": _same("đô la Úc"),
        "USD": _same("đô la Mỹ"),
        "EUR": _same("euro"),
        "SGD": _same("đô la Singapore"),
        "JPY": _same("yên Nhật"),
        "SAR": _same("riyal Ả Rập Xê Út"),
        "AED": _same("dirham UAE"),
    },
    Language.EN: {
        "VND": _same("dong"),
        "AUD": _Unit("Australian dollar", "Australian dollars"),
        "USD": _Unit("US dollar", "US dollars"),
        "EUR": _Unit("euro", "euros"),
        "SGD": _Unit("Singapore dollar", "Singapore dollars"),
        "JPY": _same("yen"),
        "SAR": _Unit("Saudi riyal", "Saudi riyals"),
        "AED": _Unit("UAE dirham", "UAE dirhams"),
    },
}

_MINOR: Final = {
    Language.VI: {
        **dict.fromkeys(("AUD", "USD", "EUR", "SGD"), _XU),
        "SAR": _same("halala"),
        "AED": _same("fils"),
    },
    Language.EN: {
        **dict.fromkeys(("AUD", "USD", "EUR", "SGD"), _CENT),
        "SAR": _Unit("halala", "halalas"),
        "AED": _same("fils"),
    },
}
"""Hundredths, for the currencies that have them."""

_MINUS: Final = {Language.VI: "âm", Language.EN: "minus"}
_AND: Final = {Language.VI: "và", Language.EN: "and"}
_EVEN: Final = {Language.VI: "chẵn", Language.EN: "only"}


def amount_in_words(amount_minor: int, currency: str, language: Language, style: WordStyle = PLAIN) -> str:
    """Return an amount of minor units of `currency` as a sentence, with its capital and its full stop.

    `style` chooses among Vietnamese ways; English knows one, without "and" inside a number. A negative amount begins
    with "Âm" or "Minus". Raises RuleBroken(AMOUNT_INVALID) for what is no amount, (CURRENCY_MISMATCH) for a currency
    in which no books are kept.
    """
    whole(amount_minor)
    if currency not in EXPONENTS:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=currency)
    major, minor = divmod(abs(amount_minor), 10 ** EXPONENTS[currency])
    parts = []
    if major or not minor:
        parts.append(_counted(major, _MAJOR[language][currency], language, style))
    if minor:
        parts.append(_counted(minor, _MINOR[language][currency], language, style))
    words = f" {_AND[language]} ".join(parts)
    if amount_minor < 0:
        words = f"{_MINUS[language]} {words}"
    if style.even and not minor:
        words = f"{words} {_EVEN[language]}"
    return f"{words[0].upper()}{words[1:]}."


def _counted(count: int, unit: _Unit, language: Language, style: WordStyle) -> str:
    number = " ".join(_vietnamese(count, style) if language is Language.VI else _english(count))
    return f"{number} {unit.one if count == 1 else unit.many}"


_DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_BILLION: Final = 10**9


def _vietnamese(number: int, style: WordStyle) -> Iterator[str]:
    """Yield the words of a number from zero on; above 10⁹ it counts in tỷ, so 10¹⁵ is "một triệu tỷ"."""
    if number == 0:
        yield _DIGITS[0]
    elif number < _BILLION:
        yield from _below_a_billion(number, style, inner=False)
    else:
        billions, rest = divmod(number, _BILLION)
        yield from _vietnamese(billions, style)
        yield "tỷ"
        yield from _below_a_billion(rest, style, inner=True)


def _below_a_billion(number: int, style: WordStyle, inner: bool) -> Iterator[str]:
    """Yield the words of up to three groups of three digits; `inner` says that something larger was said before."""
    for power, name in ((1_000_000, "triệu"), (1_000, style.thousand.value), (1, "")):
        group = number // power % 1000
        if group:
            yield from _group(group, style, inner)
            inner = True
            if name:
                yield name


def _group(group: int, style: WordStyle, inner: bool) -> Iterator[str]:
    """Yield the words of 1 to 999; inside a number its zero hundreds and zero tens are said as well."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    if hundreds or inner:
        yield from (_DIGITS[hundreds], "trăm")
    if tens == 0:
        if ones:
            yield from (style.zero_tens.value, _DIGITS[ones]) if hundreds or inner else (_DIGITS[ones],)
        return
    yield from ("mười",) if tens == 1 else (_DIGITS[tens], "mươi")
    if ones == 1 and tens > 1:
        yield "mốt"
    elif ones == 5:
        yield "lăm"
    elif ones:
        yield _DIGITS[ones]


_TEENS: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_POWERS: Final = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
    (100, "hundred"),
)


def _english(number: int) -> Iterator[str]:
    """Yield the words of a number from zero on, in the short scale: 10⁹ is a billion."""
    for power, name in _POWERS:
        if number >= power:
            count, rest = divmod(number, power)
            yield from _english(count)
            yield name
            if rest:
                yield from _english(rest)
            return
    if number < len(_TEENS):
        yield _TEENS[number]
    else:
        tens, ones = divmod(number, 10)
        yield f"{_TENS[tens]}-{_TEENS[ones]}" if ones else _TENS[tens]
