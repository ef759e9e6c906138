"""What other systems are told became of payments: written into the outbox in the commit that changed them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.display import checkout_word, entity_word
from domain.ids import CheckoutId, Instant, id_for
from domain.payments import PaymentIntent, PaymentStatus
from domain.refundable import counted
from domain.refunds import WAITING, Refund, RefundOrigin, RefundStatus, RefundWay
from storage.hub import HubUnitOfWork
from storage.hub_hooks import News, add_news, forget_news, hooks_of

REFUNDED: Final = "payment.refunded"
CHARGED_BACK: Final = "payment.charged_back"
_ENDS: Final = {
    PaymentStatus.PAID: "payment.paid",
    PaymentStatus.FAILED: "payment.failed",
    PaymentStatus.EXPIRED: "payment.expired",
    PaymentStatus.CANCELLED: "payment.cancelled",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def note_news(uow: HubUnitOfWork, at: Instant) -> None:
    """Put what came of payments in this unit of work into the outbox, for each system that wants to hear of it.

    A change is told to a key's system under one id, however often it is delivered.
    """
    scope = uow.scope
    if not scope.ended and not scope.refunded:
        return
    hooks = [hook for hook in hooks_of(uow.session, scope.merchant_id) if hook.off_at is None]
    if not hooks:
        return
    forget_news(uow.session, scope.merchant_id, at)
    for payment, kind, which in _happened(uow):
        told = _told(uow, payment, kind, at)
        for hook in hooks:
            if kind in hook.events and (hook.all_payments or told["data"]["checkout_id"] is not None):
                news_id = f"msg_{id_for('hook-news', hook.key_id, payment.id, kind, which)}"
                body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
                add_news(uow.session, scope.merchant_id, hook.key_id, payment.id, News(news_id, kind, body, 0, at))


def _happened(uow: HubUnitOfWork) -> list[tuple[PaymentIntent, str, str]]:
    """Return the payments, what came of each, and by which change of it or of a refund."""
    found = [(intent, _ENDS[intent.status], str(intent.revision)) for intent in uow.scope.ended]
    for refund in uow.scope.refunded:
        payment = uow.payments.get(refund.payment_id)
        if payment is not None and refund.way is not RefundWay.WRITE_OFF:  # what is written off went to nobody
            kind = CHARGED_BACK if refund.origin is RefundOrigin.CHARGE_BACK else REFUNDED
            found.append((payment, kind, f"{refund.id} {refund.revision}"))
    return found


def _told(uow: HubUnitOfWork, payment: PaymentIntent, kind: str, at: Instant) -> dict[str, Any]:
    """Return the body: ids, words and amounts, nothing of a person and nothing that opens anything."""
    checkout = uow.checkouts.get(CheckoutId(payment.bill.id))
    refunds = [each for each in uow.refunds.of_payment(payment.id) if each.way is not RefundWay.WRITE_OFF]
    done = [refund for refund in refunds if refund.status is RefundStatus.DONE]
    refunded = sum(refund.amount_minor for refund in done)
    charged_back = any(refund.origin is RefundOrigin.CHARGE_BACK for refund in done)
    captured = counted([payment], refunds)
    return {
        "type": kind,
        "timestamp": iso_time(at),
        "data": {
            "payment_id": payment.id,
            "reference": payment.reference,
            "checkout_id": None if checkout is None else checkout.id,
            "order_ref": None if checkout is None else checkout.request.order_ref,
            "order_type": None if checkout is None else checkout.request.order_type,
            "method": payment.method.value,
            "status": checkout_word(payment.status),
            "entity_status": entity_word(payment.status, refunded, captured, charged_back),
            "amount_minor": payment.amount_minor,
            "received_minor": payment.received_minor,
            "refunded_minor": refunded,
            "currency": payment.currency,
            "failure": payment.failure.value if payment.failure else None,
            "exception": None if payment.exception.value == "none" else payment.exception.value,
            "refunds": _refunds(refunds),
        },
    }


def _refunds(refunds: Sequence[Refund]) -> list[dict[str, Any]]:
    return [
        {"id": refund.id, "amount_minor": refund.amount_minor, "status": _refund_word(refund)} for refund in refunds
    ]


def _refund_word(refund: Refund) -> str:
    if refund.status is RefundStatus.DONE:
        return "charged_back" if refund.origin is RefundOrigin.CHARGE_BACK else "completed"
    return "pending" if refund.status in WAITING else "failed"


def iso_time(at: Instant) -> str:
    """Return a moment as messages tell it: ISO 8601 in UTC."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
