"""Moments as RFC 3339 writes them, with their offset, as PayPal and Square do (`2026-11-21T03:00:01.250Z`)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.ids import Instant
from server.rails.strict_json import Unreadable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|z|[+-][0-9]{2}:[0-9]{2})"
)


def internet_instant(text: str) -> Instant:
    """Return the moment of an RFC 3339 text, cut to the millisecond; raises Unreadable for anything else."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise Unreadable("time")
    offset = "+00:00" if match[4] in "Zz" else match[4]
    try:
        read = datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}")
    except ValueError as problem:
        raise Unreadable("time") from problem
    return Instant((read - _EPOCH) // timedelta(milliseconds=1) + int((match[3] or "0").ljust(3, "0")[:3]))
