"""Identities: time-ordered ids made by whoever creates a thing, and derived ids for facts that may be met twice."""

from typing import Final, NewType
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

Instant = NewType("Instant", int)
"""A moment: milliseconds since 1970-01-01T00:00:00Z. Shown in the shop's zone, stored and sent in UTC."""

MerchantId = NewType("MerchantId", str)
DeviceId = NewType("DeviceId", str)
AccountId = NewType("AccountId", str)
CategoryId = NewType("CategoryId", str)
VoucherId = NewType("VoucherId", str)
DraftId = NewType("DraftId", str)
PaymentId = NewType("PaymentId", str)
BillId = NewType("BillId", str)
CheckoutId = NewType("CheckoutId", str)
HolderId = NewType("HolderId", str)
RefundId = NewType("RefundId", str)
ResolutionId = NewType("ResolutionId", str)
TransactionId = NewType("TransactionId", str)
MessageId = NewType("MessageId", str)
UserId = NewType("UserId", str)
ApprovalId = NewType("ApprovalId", str)

_NAMESPACE: Final = UUID("6f2d0c5e-52a5-5f0c-9b42-6f6a1a7be001")


def new_id() -> str:
    """Return a fresh time-ordered id (UUIDv7, RFC 9562); called once, where a person or an event starts something."""
    return str(uuid7())


def id_for(kind: str, *parts: str) -> str:
    """Return the one id of a fact named by `kind` and `parts` (UUIDv5), the same on every till and on the hub."""
    return str(uuid5(_NAMESPACE, "\x1f".join((kind, *parts))))
