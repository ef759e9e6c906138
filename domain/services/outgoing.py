"""Telling the other side: the one shape of a message about this merchant from this device."""

from domain.ids import Instant, MessageId, UserId
from domain.messages import Message, MessageKind, acted_by
from domain.ports import UnitOfWork


def tell(
    uow: UnitOfWork,
    kind: MessageKind,
    subject_id: str,
    body: str,
    at: Instant,
    *,
    message_id: MessageId,
    by: UserId | None = None,
) -> None:
    """Queue a fact of this device in the same commit; `message_id` is the idempotency key, `by` made it."""
    told = body if by is None else acted_by(body, by, at)
    uow.outbox.add(Message(message_id, subject_id, kind, told, uow.shop.merchant_id, uow.device.id), at)
