"""Telling the other side: the one shape of a message about this merchant from this device."""

from domain.ids import Instant, MessageId
from domain.messages import Message, MessageKind
from domain.ports import UnitOfWork


def tell(uow: UnitOfWork, kind: MessageKind, subject_id: str, body: str, at: Instant, *, message_id: MessageId) -> None:
    """Queue a fact of this device in the same commit; `message_id` is the idempotency key."""
    uow.outbox.add(Message(message_id, subject_id, kind, body, uow.shop.merchant_id, uow.device.id), at)
