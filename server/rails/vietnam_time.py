"""Vietnamese wall-clock texts of providers (UTC+7, no summer time, never an offset) and the moments they mean."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from domain.ids import Instant

VIETNAM: Final = timezone(timedelta(hours=7))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def vietnam_text(at: Instant, pattern: str) -> str:
    """Write a moment as Vietnamese wall-clock time in a `strftime` pattern; what the pattern leaves out is cut off."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(VIETNAM).strftime(pattern)


def vietnam_instant(text: str, pattern: str) -> Instant:
    """Return the moment that a Vietnamese wall-clock text means; raises ValueError unless it fits `pattern` exactly."""
    read = datetime.strptime(text, pattern).replace(tzinfo=VIETNAM)
    if read.strftime(pattern) != text:  # strptime also takes blanks and missing zeros
        raise ValueError(text)
    return Instant((read - _EPOCH) // timedelta(milliseconds=1))
