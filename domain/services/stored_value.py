"""Paying with stored value, decided by the hub alone: it reserves or takes under the shop's lock, or lets go."""

from typing import Final

from domain.errors import FailureCode
from domain.holders import Holder
from domain.ids import Instant, PaymentId
from domain.payments import PaymentIntent, PaymentStatus
from domain.ports import UnitOfWork
from domain.rails import Provider, RailResult, RailStatus, Receipt
from domain.services.bills import counted_for
from domain.services.holders import existing_holder
from domain.services.orders import CAPTURE, open_order, record_order, unwanted
from domain.services.receipts import record_presented, record_receipt

HOLD_MS: Final = 24 * 3_600_000
"""How long reserved value is kept for a payment that nobody takes."""


def decide_stored(uow: UnitOfWork, payment_id: PaymentId, at: Instant) -> None:
    """Do at the hub what is to be done about a payment with stored value; done again it changes nothing.

    A new one is paid at once, or reserved where it is to be taken later; it fails with INSUFFICIENT_FUNDS where more
    is asked for than the holder has free. What was ordered since (take it, let it go) is carried out.
    """
    intent = uow.payments.get(payment_id)
    if intent is None or intent.provider is not Provider.STORED_VALUE:
        return
    if intent.status is PaymentStatus.CREATED and open_order(uow, payment_id) is None:
        _begin(uow, intent, at)
    while (order := open_order(uow, payment_id)) is not None:
        if order.kind == CAPTURE:
            _take(uow, intent, order.amount_minor, at)
        record_order(uow, order, RailResult(RailStatus.SUCCESS, provider_ref=intent.reference), at)


def free_minor(uow: UnitOfWork, holder: Holder) -> int:
    """Return what a holder can spend, in minor units: what they have stored less what is reserved of it."""
    return uow.holders.balance(holder.id) - uow.holders.reserved(holder.id)


def _begin(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    holder = existing_holder(uow, intent.holder_id)
    if counted_for(uow, intent.bill) >= intent.bill.due_minor:
        unwanted(uow, intent, at)
    elif intent.amount_minor > free_minor(uow, holder):
        refused = RailResult(RailStatus.FAILED, failure=FailureCode.INSUFFICIENT_FUNDS)
        record_presented(uow, intent.id, refused, at)
    elif intent.capture:
        _take(uow, intent, intent.amount_minor, at)
    else:
        held = RailResult(
            RailStatus.PENDING,
            provider_ref=intent.reference,
            authorized_minor=intent.amount_minor,
            held_until=Instant(at + HOLD_MS),
        )
        record_presented(uow, intent.id, held, at)


def _take(uow: UnitOfWork, intent: PaymentIntent, amount_minor: int, at: Instant) -> None:
    """Book that stored value pays, once: the payment's reference tells it from every other."""
    receipt = Receipt(
        provider=Provider.STORED_VALUE,
        dedupe_key=intent.reference,
        text=intent.reference,
        amount_minor=amount_minor,
        currency=intent.currency,
        paid_at=at,
        provider_ref=intent.reference,
    )
    record_receipt(uow, receipt, at, may_park=False)
