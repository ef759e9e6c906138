"""The values that bodies of messages are made of, read strictly: whatever is not exactly one raises."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from domain.calendar import is_date
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import EXPONENTS

T = TypeVar("T")

LONGEST_TEXT: Final = 2000
"""Characters; what a till writes is kept below, so that the hub can read it."""

_LAST_INSTANT: Final = 253_402_300_799_999  # the end of the year 9999, the last that calendars can write
_LAST_COUNT: Final = 2**53 - 1


@contextmanager
def reading(part: str) -> Iterator[None]:
    """Refuse what is not exactly as it should be as RuleBroken(MESSAGE_MALFORMED) of a `part`."""
    try:
        yield
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part=part) from error


def fields_of(body: str) -> dict[str, Any]:
    """Return the fields of a body; raises RuleBroken(MESSAGE_MALFORMED) for what is no object of JSON."""
    with reading("json"):
        if not isinstance(fields := json.loads(body), dict):
            raise TypeError("an object was expected")
        return fields


def a_text(value: object) -> str:
    """Return a text that every database can keep: no NUL (PostgreSQL has none), no half of a surrogate pair."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError("a text was expected")
    value.encode()
    return value


def a_name(value: object) -> str:
    """Return a text that is not empty."""
    if not (name := a_text(value)):
        raise ValueError("a name was expected")
    return name


def a_whole(value: object) -> int:
    """Return a whole number of 64 bits."""
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError("a whole number was expected")
    return value


def a_count(value: object) -> int:
    """Return a number from one on."""
    if not 1 <= (count := a_whole(value)) <= _LAST_COUNT:
        raise ValueError("a number from one on was expected")
    return count


def a_bool(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise TypeError("true or false was expected")
    return value


def an_instant(value: object) -> Instant:
    """Return a moment that a calendar can show."""
    if not 0 <= (moment := a_whole(value)) <= _LAST_INSTANT:
        raise ValueError("a moment that a calendar can show was expected")
    return Instant(moment)


def a_date(value: object) -> str:
    """Return a day as YYYY-MM-DD."""
    if not is_date(value):
        raise ValueError("a date as YYYY-MM-DD was expected")
    return value


def maybe_date(value: object) -> str:
    """Return a day as YYYY-MM-DD, or nothing."""
    return "" if value == "" else a_date(value)


def a_currency(value: object) -> str:
    """Return a currency of the books (ISO 4217)."""
    if (currency := a_text(value)) not in EXPONENTS:
        raise ValueError("a currency of the books was expected")
    return currency


def a_list(value: object) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def a_list_of(length: int, value: object) -> list[Any]:
    """Return a list of a length."""
    if len(found := a_list(value)) != length:
        raise ValueError("a list of another length was expected")
    return found


def maybe(read: Callable[[object], T], value: object) -> T | None:
    """Return what `read` reads, or None."""
    return None if value is None else read(value)


def maybe_id(kind: Callable[[str], T], value: object) -> T | None:
    """Return an id, or None."""
    return None if value is None else kind(a_text(value))
