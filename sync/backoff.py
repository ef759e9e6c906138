"""How long to wait before the next try: longer after each silence, never in step with other tills."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_MS: Final = 1_000
LONGEST_MS: Final = 5 * 60 * 1_000
RETRY_AFTER_LONGEST_MS: Final = 15 * 60 * 1_000
"""A hub that asks for more is not believed: it must not be able to silence a till for a day."""

_SPREAD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting times of 1 s, doubled per try, up to 5 min; `random` gives numbers from 0 up to 1."""

    random: Callable[[], float]

    def delay_ms(self, tries: int, longest_ms: int = LONGEST_MS) -> int:
        """Return how long to wait after `tries` (from 1) tries in a row without an answer, at most `longest_ms`.

        Up to half of it more is added by chance, so that the tills of a shop do not come back in one moment.
        """
        top = max(FIRST_MS, int(longest_ms / (1 + _SPREAD)))
        plain = FIRST_MS
        for _ in range(tries - 1):
            if plain >= top:
                break
            plain *= 2
        return int(min(plain, top) * (1 + _SPREAD * self.random()))


def retry_after_ms(header: str | None, date: str | None) -> int | None:
    """Read `Retry-After` (RFC 9110 10.2.3: seconds or a date), capped at 15 min; None if it says nothing usable.

    A date is compared with the answer's own `Date`, because the till's clock may be wrong.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        # Nine digits are thirty years: a longer number is not worth reading.
        return min(int(text[:9]) * 1_000, RETRY_AFTER_LONGEST_MS)
    until, since = _moment(text), _moment(date or "")
    if until is None or since is None:
        return None
    return max(0, min(int((until - since).total_seconds() * 1_000), RETRY_AFTER_LONGEST_MS))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
