"""How a payment's beginning and each change of it is kept, told to the other side and put on the trail."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.approvals import Approval
from domain.bodies import payment_body
from domain.changes import Topic
from domain.ids import Instant, MessageId, PaymentId, TransactionId, UserId, id_for
from domain.messages import MessageKind
from domain.payments import (
    TRANSACTION_TRANSITIONS,
    Cause,
    PaymentEvent,
    PaymentIntent,
    PaymentStatus,
    PaymentTransaction,
    TransactionStatus,
)
from domain.ports import UnitOfWork
from domain.services.outgoing import tell

_SALE_BEGINS: Final = {
    PaymentStatus.CREATED: TransactionStatus.PROCESSING,
    PaymentStatus.PAID: TransactionStatus.SUCCEEDED,
}


def save_change(
    uow: UnitOfWork,
    before: PaymentIntent,
    after: PaymentIntent,
    cause: Cause,
    at: Instant,
    *,
    by: UserId | None = None,
    approval: Approval | None = None,
    detail: str = "{}",
) -> None:
    """Keep a payment's next revision with the event that explains it, and queue it for the other side.

    Who made it, and what allowed it, travel with it where the hub must know them.
    """
    keep_change(uow, before, after, cause, at, detail)
    message_id = _message_id(uow, after)
    tell(uow, MessageKind.PAYMENT, after.id, payment_body(after, cause, approval), at, message_id=message_id, by=by)


def add_heard(uow: UnitOfWork, intent: PaymentIntent, cause: Cause, at: Instant) -> None:
    """Keep a payment that another device started, as it was told."""
    uow.payments.add(intent, _event(uow, PaymentStatus.CREATED, intent, cause, at))
    add_sale(uow, intent, at)
    uow.touch(Topic.PAYMENTS, intent.id)


def keep_change(
    uow: UnitOfWork, before: PaymentIntent, after: PaymentIntent, cause: Cause, at: Instant, detail: str = "{}"
) -> None:
    """Keep a payment's next revision with the event that explains it."""
    uow.payments.save(after, replace(_event(uow, before.status, after, cause, at), detail=detail))
    uow.touch(Topic.PAYMENTS, after.id)


def _message_id(uow: UnitOfWork, intent: PaymentIntent) -> MessageId:
    """Return the id of the message that tells a payment as it stands: one for each revision of each device."""
    return MessageId(id_for("payment-message", intent.id, uow.device.id, str(intent.revision)))


def sale_id(payment_id: PaymentId) -> TransactionId:
    """Return the id of a payment's sale attempt, the same on the till and on the hub."""
    return TransactionId(id_for("sale", payment_id))


def add_payment(uow: UnitOfWork, intent: PaymentIntent, cause: Cause, at: Instant) -> None:
    """Keep a payment that begins here with the event that explains it, and queue it for the other side."""
    uow.payments.add(intent, _event(uow, PaymentStatus.CREATED, intent, cause, at))
    body = payment_body(intent, cause)
    tell(uow, MessageKind.PAYMENT, intent.id, body, at, message_id=_message_id(uow, intent))
    uow.touch(Topic.PAYMENTS, intent.id)


def follow_sale(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """End a payment's attempt as the payment has ended: succeeded or failed."""
    ends = {PaymentStatus.PAID: TransactionStatus.SUCCEEDED, PaymentStatus.FAILED: TransactionStatus.FAILED}
    sale = uow.payments.transaction(sale_id(intent.id))
    end = ends.get(intent.status)
    if sale is not None and end is not None and end in TRANSACTION_TRANSITIONS[sale.status]:
        uow.payments.save_transaction(replace(sale, status=end, updated_at=at, failure=intent.failure))


def add_sale(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """Keep a payment's attempt at its provider, as the payment begins."""
    uow.payments.add_transaction(
        PaymentTransaction(
            id=sale_id(intent.id),
            merchant_id=intent.merchant_id,
            payment_id=intent.id,
            kind="sale",
            provider=intent.provider,
            reference=intent.reference,
            status=_SALE_BEGINS.get(intent.status, TransactionStatus.PENDING),
            amount_minor=intent.amount_minor,
            currency=intent.currency,
            created_at=at,
            updated_at=at,
        )
    )


def _event(uow: UnitOfWork, before: PaymentStatus, after: PaymentIntent, cause: Cause, at: Instant) -> PaymentEvent:
    return PaymentEvent(
        payment_id=after.id,
        revision=after.revision,
        from_status=before,
        to_status=after.status,
        exception=after.exception,
        cause=cause,
        actor_id=after.actor_id if cause is Cause.PERSON else None,
        device_id=uow.device.id,
        at=at,
        received_minor=after.received_minor,
    )


def change_facts(before: PaymentIntent, after: PaymentIntent) -> dict[str, trail.Value]:
    """Return what the trail tells of a payment's change: which one it is, and how it stood before and after."""
    return {**payment_facts(after), **trail.changed(standing_facts(before), standing_facts(after))}


def standing_facts(intent: PaymentIntent) -> trail.Facts:
    """Return what the trail tells of how a payment stands; amounts are minor units."""
    return {
        "status": intent.status.value,
        "exception": intent.exception.value,
        "received": intent.received_minor,
        "failure": intent.failure.value if intent.failure else "",
    }


def payment_facts(intent: PaymentIntent) -> dict[str, trail.Value]:
    """Return what the trail tells of a payment whenever it speaks of it; amounts are minor units."""
    cheque = {"cheque": f"{intent.cheque.number} · {intent.cheque.bank}"} if intent.cheque else {}
    return {
        **cheque,
        "reference": intent.reference,
        "method": intent.method.value,
        "amount": intent.amount_minor,
        "status": intent.status.value,
    }
