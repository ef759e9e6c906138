"""What another system may do with its key, and what it may be told became of payments."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """A part of the hub that a key opens; whoever may have orders paid is answered how those stand, too."""

    CHECKOUTS_WRITE = "checkouts:write"
    CHECKOUTS_READ = "checkouts:read"
    EVENTS_WRITE = "events:write"


EVERY_SCOPE: Final = tuple(Scope)
"""What keys opened before they had scopes."""

HOOK_EVENTS: Final = (
    "payment.paid",
    "payment.failed",
    "payment.expired",
    "payment.cancelled",
    "payment.refunded",
    "payment.charged_back",
)
"""Every kind of news about a payment."""

HOOK_TEST: Final = "webhook.test"
"""The kind of news that tells of nothing: an owner tries whether an address hears."""


def scopes_of(told: Iterable[str]) -> tuple[Scope, ...] | None:
    """Return the scopes of some words, each once and in the order of the enum; None for a word that is no scope."""
    words = set(told)
    return tuple(scope for scope in Scope if scope in words) if words <= set(Scope) else None
