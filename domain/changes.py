"""What a commit changed: kinds of thing and ids, so that whoever watches them looks again."""

from dataclasses import dataclass, field
from enum import StrEnum


class Topic(StrEnum):
    """The kinds of thing that screens and the sync engine watch."""

    PAYMENTS = "payments"
    VOUCHERS = "vouchers"
    ACCOUNTS = "accounts"
    OUTBOX = "outbox"
    PEOPLE = "people"
    SETTINGS = "settings"
    CATEGORIES = "categories"
    DRAFTS = "drafts"
    HOLDERS = "holders"


@dataclass(frozen=True, slots=True)
class Changes:
    """The topics a commit touched and the ids under each."""

    touched: dict[Topic, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.touched)

    def meets(self, watched: frozenset[Topic]) -> bool:
        """Whether any watched topic was touched."""
        return not watched.isdisjoint(self.touched)
