"""What every repository of one unit of work shares: the open transaction, the merchant, and what was touched."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from domain.changes import Changes, Topic
from domain.ids import MerchantId
from domain.payments import PaymentIntent
from domain.refunds import Refund
from storage.session import Session

HUB_CODE: Final = "00"
"""The till code of the hub itself, for what it posts."""


@dataclass(slots=True)
class Scope:
    """The transaction, whose facts they are, and the topics it has touched so far."""

    session: Session
    merchant_id: MerchantId
    touched: defaultdict[Topic, set[str]] = field(default_factory=lambda: defaultdict(set))
    ended: list[PaymentIntent] = field(default_factory=list)
    """The payments that this transaction brought to an end, for whoever tells of them."""
    refunded: list[Refund] = field(default_factory=list)
    """The refunds and charge-backs that this transaction made done, or took back when they were."""

    def touch(self, topic: Topic, subject_id: str) -> None:
        """Note that something changed, for whoever watches the topic after the commit."""
        self.touched[topic].add(subject_id)

    def changes(self) -> Changes:
        """Return what this transaction touched."""
        return Changes({topic: frozenset(ids) for topic, ids in self.touched.items()})
