"""Settlement: what an amount that came in does to a payment and in the books of its bill."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.bills import Bill, arrival
from domain.ids import Instant
from domain.money import positive
from domain.payments import SOFT_ENDS, Cause, PaymentException, PaymentIntent, PaymentStatus, advance


class ReceiptKind(StrEnum):
    """What an incoming amount does to a payment; each has its posting rule."""

    FULL = "receipt.full"
    SHORT = "receipt.short"
    AGAIN = "receipt.again"
    CONFIRMED = "receipt.confirmed"
    UNMATCHED = "receipt.unmatched"


@dataclass(frozen=True, slots=True)
class Settlement:
    """The payment after an amount arrived, and the parts the posting rule needs of its bill (minor units).

    `held` was received earlier and waits in suspense, `parked` goes there now; `excess` is more than was owed;
    `confirmed` is not new: a person had confirmed it by hand.
    """

    intent: PaymentIntent
    kind: ReceiptKind
    amount_minor: int
    held_minor: int = 0
    parked_minor: int = 0
    excess_minor: int = 0
    confirmed_minor: int = 0


def settle(
    intent: PaymentIntent,
    amount_minor: int,
    paid_at: Instant,
    at: Instant,
    counted_minor: int | None = None,
    bill: Bill | None = None,
    *,
    matched: bool = False,
    as_of: Instant | None = None,
) -> Settlement:
    """Say what `amount_minor`, proven by the provider, does to a payment and in the books of its bill.

    `counted_minor` is what all payments of the bill have brought so far; None if this payment is its only one. `bill`
    is what they come to, where it is not what the payment says. Money that a person `matched` is never too late: they
    say whose it is. `as_of` is when the payment must not have been closed, where that is not now. The final balances
    do not depend on the order of several amounts. An amount below what is owed never pays; money for a payment that
    was paid already, or ended too long ago, changes no status.
    """
    positive(amount_minor)
    if intent.closed(at if as_of is None else as_of) and not matched:
        return Settlement(intent, ReceiptKind.UNMATCHED, amount_minor)
    counted = intent.received_minor if counted_minor is None else counted_minor
    confirmed = min(amount_minor, intent.confirmed_minor)
    new = amount_minor - confirmed
    if confirmed:
        intent = replace(intent, confirmed_minor=intent.confirmed_minor - confirmed)
    if new == 0:
        return Settlement(_proven(intent, paid_at, at), ReceiptKind.CONFIRMED, amount_minor, confirmed_minor=confirmed)
    paying = bill or intent.bill
    kind = booked_as(paying, counted, new)
    moved = arrival(paying.due_minor, counted, new)
    return Settlement(
        _received(intent, new, paid_at, at, covered=kind is ReceiptKind.AGAIN, matched=matched),
        kind,
        amount_minor,
        held_minor=max(-moved.suspense_minor, 0),
        parked_minor=max(moved.suspense_minor, 0),
        excess_minor=moved.overpayment_minor,
        confirmed_minor=confirmed,
    )


def booked_as(bill: Bill, counted_minor: int, amount_minor: int) -> ReceiptKind:
    """Return how `amount_minor` is booked for a bill for which `counted_minor` came before."""
    if counted_minor >= bill.due_minor:
        return ReceiptKind.AGAIN
    return ReceiptKind.FULL if counted_minor + amount_minor >= bill.due_minor else ReceiptKind.SHORT


def _proven(intent: PaymentIntent, paid_at: Instant, at: Instant) -> PaymentIntent:
    """Return a payment of which a provider has proven what a person had confirmed by hand."""
    late = paid_at > intent.expires_at
    proven = PaymentException.PAID_LATE if late else PaymentException.NONE
    is_whole = intent.confirmed_minor == 0 and intent.exception is PaymentException.CONFIRMED_BY_HAND
    return replace(
        intent,
        exception=proven if is_whole else intent.exception,
        paid_at=paid_at if is_whole else intent.paid_at,
        updated_at=at,
        revision=intent.revision + 1,
    )


def _received(
    intent: PaymentIntent, amount_minor: int, paid_at: Instant, at: Instant, *, covered: bool, matched: bool
) -> PaymentIntent:
    """Return the payment with more money; `covered` says that its bill did not need it any more."""
    received = intent.received_minor + amount_minor
    if intent.status is PaymentStatus.PAID or received < intent.amount_minor:
        is_paid = intent.status is PaymentStatus.PAID
        return replace(
            intent,
            received_minor=received,
            exception=PaymentException.PAID_TWICE if is_paid else PaymentException.PAID_SHORT,
            updated_at=at,
            revision=intent.revision + 1,
        )
    # Money that was held in time is taken when the shop wants it, which is never late.
    late = not matched and (intent.status in SOFT_ENDS or (intent.capture and paid_at > intent.expires_at))
    if covered:
        exception = PaymentException.PAID_TWICE
    elif received > intent.amount_minor:
        exception = PaymentException.PAID_OVER
    else:
        exception = PaymentException.PAID_LATE if late else PaymentException.NONE
    paid = advance(intent, PaymentStatus.PAID, Cause.PROVIDER, at, exception)
    return replace(paid, received_minor=received, paid_at=paid_at)
