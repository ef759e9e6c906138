"""The shop's calendar: which business day a moment belongs to."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeGuard
from zoneinfo import ZoneInfo

from domain.ids import Instant


def business_date(at: Instant, zone: str) -> str:
    """Return the day (`YYYY-MM-DD`) of a moment in the shop's zone, an IANA name such as `Asia/Ho_Chi_Minh`."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date().isoformat()


def day_start(date: str, zone: str) -> Instant:
    """Return the first moment of a business day in the shop's zone."""
    return Instant(int(datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000))


def is_date(value: object) -> TypeGuard[str]:
    """Whether a value is a day of the calendar written as `YYYY-MM-DD`."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def day_after(day: str) -> str:
    """Return the next day; both as `YYYY-MM-DD`."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def days_between(first: str, last: str) -> int:
    """Return how many days lie from a first day to a last one, both as `YYYY-MM-DD`; less than zero if it is later."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def iso_utc(at: Instant) -> str:
    """Write a moment as ISO 8601 in UTC, for logs and for other programs."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
