"""How dates, times, durations, phones and short amounts are written; full amounts are written by domain.money."""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from domain.ids import Instant
from domain.money import EXPONENTS, Language

DEFAULT_ZONE: Final = "Asia/Ho_Chi_Minh"
"""The shop's zone unless its settings say otherwise."""

MASK: Final = "***"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def plain_letters(text: str) -> str:
    """Return a text in small letters without Vietnamese marks, as people type to find something."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).strip()


def local_time(at: Instant, zone: str = DEFAULT_ZONE) -> datetime:
    """Return the moment `at` (UTC milliseconds) as the wall clock of `zone` shows it."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(zone))


def date_text(at: Instant, zone: str = DEFAULT_ZONE) -> str:
    """Write the day of `at` as dd/MM/yyyy."""
    return local_time(at, zone).strftime("%d/%m/%Y")


def day_text(day: date) -> str:
    """Write a calendar day as dd/MM/yyyy."""
    return day.strftime("%d/%m/%Y")


def time_text(at: Instant, zone: str = DEFAULT_ZONE) -> str:
    """Write the time of `at` as HH:mm, on 24 hours."""
    return local_time(at, zone).strftime("%H:%M")


def date_time_text(at: Instant, zone: str = DEFAULT_ZONE) -> str:
    """Write `at` as dd/MM/yyyy HH:mm."""
    return local_time(at, zone).strftime("%d/%m/%Y %H:%M")


def recent_text(at: Instant, now: Instant, zone: str = DEFAULT_ZONE) -> str:
    """Write `at` as HH:mm when it is the same day as `now`, as dd/MM HH:mm in the same year, else in full."""
    then, today = local_time(at, zone), local_time(now, zone)
    if then.date() == today.date():
        return then.strftime("%H:%M")
    return then.strftime("%d/%m %H:%M" if then.year == today.year else "%d/%m/%Y %H:%M")


def duration_text(left_ms: int) -> str:
    """Write a duration in milliseconds as mm:ss (h:mm:ss from one hour), never below 00:00.

    A started second counts, so that a countdown shows 00:00 only when nothing is left.
    """
    seconds = max(0, -(-left_ms // 1000))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def short_money(amount_minor: int, currency: str, language: Language) -> str:
    """Write an amount for a narrow place: `1,24tr`, `125k` in Vietnamese, `1.24M`, `125k` in English.

    The largest unit that says it exactly in two decimals is taken; where none does, digits are cut, never rounded up.
    """
    point = "," if language is Language.VI else "."
    units = (("tỷ" if language is Language.VI else "B", 9), ("tr" if language is Language.VI else "M", 6), ("k", 3))
    major = abs(amount_minor) // 10 ** EXPONENTS[currency]
    sign = "-" if amount_minor < 0 else ""
    fitting = [(unit, power) for unit, power in units if major >= 10**power]
    exact = [(unit, power) for unit, power in fitting if major % 10 ** (power - 2) == 0]
    for unit, power in exact[:1] or fitting[:1]:
        whole, hundredths = divmod(major * 100 // 10**power, 100)
        decimals = f"{hundredths:02}".rstrip("0")
        return f"{sign}{whole}{point + decimals if decimals else ''}{unit}"
    return f"{sign}{major}"


def normal_phone(text: str) -> str:
    """Return a Vietnamese phone number as digits from 0: `+84 903 111 218` and `0903111218` are one number."""
    digits = re.sub(r"\D", "", text)
    return "0" + digits[2:] if digits.startswith("84") and len(digits) >= 11 else digits


def masked_phone(text: str) -> str:
    """Write a phone number without its middle: `0903 *** 218`; fewer than eight digits are masked whole."""
    digits = normal_phone(text)
    return f"{digits[:4]} {MASK} {digits[-3:]}" if len(digits) >= 8 else MASK


def masked_account(text: str) -> str:
    """Write a bank account number by its last four digits: `*** 5678`."""
    digits = re.sub(r"\s", "", text)
    return f"{MASK} {digits[-4:]}" if len(digits) > 4 else MASK
