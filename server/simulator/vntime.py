"""Vietnam time as the providers write it: no offset, UTC+7 all year."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7))

SECONDS_FORMAT: Final = "%Y%m%d%H%M%S"
SLASH_DAY_FORMAT: Final = "%d/%m/%Y"
SLASH_SECONDS_FORMAT: Final = "%d/%m/%Y %H:%M:%S"
DASH_SECONDS_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
EXPIRY_FORMAT: Final = "%y%m%d%H%M"


def system_now() -> int:
    """Return the present instant in UTC milliseconds since 1970."""
    return int(datetime.now(UTC).timestamp() * 1000)


def written(at_ms: int, pattern: str) -> str:
    """Return the instant as Vietnam time in the given strftime pattern."""
    return datetime.fromtimestamp(at_ms / 1000, VIETNAM).strftime(pattern)


def read(text: str, pattern: str) -> int:
    """Return the instant (UTC ms) that `text` names in Vietnam time; raises ValueError for another format."""
    moment = datetime.strptime(text, pattern).replace(tzinfo=VIETNAM)
    # strptime also takes "1/2/2026" for "%d/%m/%Y"; the providers write every digit.
    if moment.strftime(pattern) != text:
        raise ValueError(f"{text!r} is not written as {pattern}")
    return int(moment.timestamp() * 1000)
