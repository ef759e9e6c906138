"""What the hub orders of a provider besides money: take what is held, let it go, or take a page off the air."""

from dataclasses import replace
from typing import Final

from domain.bills import Bill
from domain.errors import ErrorCode, FailureCode, NotFound, RuleBroken
from domain.ids import Instant, PaymentId, TransactionId, id_for
from domain.money import positive
from domain.notices import Authorization
from domain.payments import (
    OPEN,
    SOFT_ENDS,
    TRANSACTION_TRANSITIONS,
    Cause,
    PaymentIntent,
    PaymentStatus,
    PaymentTransaction,
    TransactionStatus,
    advance,
)
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.rails import RailResult, RailStatus, route_of
from domain.services.payment_changes import change_facts, sale_id, save_change
from domain.trail import Facts

CAPTURE: Final = "capture"
VOID: Final = "void"
WITHDRAW: Final = "withdraw"
_FIRST: Final = (CAPTURE, VOID, WITHDRAW)


def capture_payment(
    uow: UnitOfWork, actor: Actor, payment_id: PaymentId, amount_minor: int, at: Instant
) -> PaymentIntent:
    """Order `amount_minor` (minor units) of what is held to be taken; what is left of it is let go.

    It is paid, and booked, once the provider says so. A part may be taken of a payment that pays its sale alone: the
    part is the sale then. Raises NotPermitted, NotFound(PAYMENT_UNKNOWN), RuleBroken: AMOUNT_INVALID,
    INVALID_TRANSITION where nothing is held or it was ordered before, CAPTURE_EXCEEDS for more than is held or for a
    part where others pay the sale too.
    """
    require(actor, Action.TAKE_PAYMENT)
    positive(amount_minor)
    intent = uow.payments.get(payment_id)
    if intent is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    if intent.status is not PaymentStatus.AUTHORIZED or intent.capture_minor:
        raise RuleBroken(
            ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=PaymentStatus.PAID
        )
    if amount_minor > intent.held_minor or (amount_minor < intent.amount_minor and not pays_alone(uow, intent)):
        raise RuleBroken(ErrorCode.CAPTURE_EXCEEDS, held=intent.held_minor)
    ordered = _ordered(intent, amount_minor, at)
    save_change(uow, intent, ordered, Cause.PERSON, at)
    uow.audit.add("payment.capture_ordered", intent.id, actor.user_id, at, _facts(ordered, amount_minor))
    return ordered


def order_capture(
    uow: UnitOfWork, actor: Actor, payment_id: PaymentId, amount_minor: int, at: Instant
) -> PaymentIntent:
    """Order held money to be taken, at the hub itself, and have its provider asked; raises as `capture_payment`."""
    ordered = capture_payment(uow, actor, payment_id, amount_minor, at)
    _order(uow, ordered, CAPTURE, amount_minor, at)
    return ordered


def hear_capture(uow: UnitOfWork, standing: PaymentIntent, told: PaymentIntent, at: Instant) -> None:
    """Take at the hub that a till wants held money taken; what is not held any more is told anew."""
    amount = told.capture_minor
    fits = amount == standing.amount_minor or pays_alone(uow, standing)
    waits = standing.status is PaymentStatus.AUTHORIZED and not standing.capture_minor
    if not waits or amount > standing.held_minor or not fits:
        again = replace(standing, updated_at=at, revision=standing.revision + 1)
        save_change(uow, standing, again, Cause.HUB, at)
        return
    ordered = _ordered(standing, amount, at)
    save_change(uow, standing, ordered, Cause.HUB, at)
    _order(uow, ordered, CAPTURE, amount, at)


def pays_alone(uow: UnitOfWork, intent: PaymentIntent) -> bool:
    """Whether a payment pays its sale without any others."""
    return intent.amount_minor == intent.bill.due_minor and len(uow.payments.of_bill(intent.bill.id)) == 1


def as_taken(uow: UnitOfWork, intent: PaymentIntent, amount_minor: int) -> PaymentIntent:
    """Return a payment of which `amount_minor` of the held money was taken: a part becomes all that was to be paid.

    Not beside others that brought money: the sale is what they know it to be.
    """
    is_part = not intent.capture and not intent.received_minor and amount_minor < intent.amount_minor
    is_all = intent.amount_minor == intent.due_minor and not any(
        each.received_minor for each in uow.payments.of_bill(intent.bill.id)
    )
    if not is_part or not is_all:
        return intent
    bill = Bill(intent.bill.id, amount_minor)
    return replace(intent, amount_minor=amount_minor, bill=bill, capture_minor=min(intent.capture_minor, amount_minor))


def with_hold_of(intent: PaymentIntent, told: PaymentIntent) -> PaymentIntent:
    """Return a till's payment with what the hub tells of its held money, and of the part that was taken."""
    return replace(
        intent,
        amount_minor=min(told.amount_minor, intent.amount_minor),
        bill=told.bill,
        capture_minor=told.capture_minor,
        held_minor=told.held_minor,
        held_until=told.held_until,
    )


def unwanted(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """See to it at the hub that a payment, ended or paid otherwise, cannot be paid any more; held money is let go."""
    route = route_of(intent.method, intent.provider)
    if route is None or intent.received_minor or intent.capture_minor:
        return
    if intent.held_minor:
        _order(uow, intent, VOID, intent.held_minor, at)
    elif route.capabilities.withdraw:
        _order(uow, intent, WITHDRAW, intent.amount_minor, at)


def withdraw_others(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """Take the open payments of a sale off the air once the sale has all its money."""
    for other in uow.payments.of_bill(intent.bill.id):
        if other.id != intent.id and other.status in OPEN:
            unwanted(uow, other, at)


def open_order(uow: UnitOfWork, payment_id: PaymentId) -> PaymentTransaction | None:
    """Return what is still to be done about a payment: money is taken before any is let go."""
    orders = {
        each.kind: each for each in uow.payments.transactions_of(payment_id) if TRANSACTION_TRANSITIONS[each.status]
    }
    return next((orders[kind] for kind in _FIRST if kind in orders), None)


def record_order(uow: UnitOfWork, order: PaymentTransaction, result: RailResult, at: Instant) -> bool:
    """Record what a provider answered to an order; True once it is over, False while it is to be asked again.

    A failure that passes is none yet. Money that was taken is told by the result's receipt and is booked apart.
    """
    standing = uow.payments.transaction(order.id)
    intent = uow.payments.get(order.payment_id)
    if standing is None or intent is None or not TRANSACTION_TRANSITIONS[standing.status]:
        return True
    passes = result.failure is not None and result.failure.retried
    if result.status is RailStatus.UNKNOWN or (result.status is RailStatus.FAILED and passes):
        return False
    ends = {RailStatus.SUCCESS: TransactionStatus.SUCCEEDED, RailStatus.FAILED: TransactionStatus.FAILED}
    _finish(uow, standing, ends.get(result.status, TransactionStatus.PENDING), result, at)
    if result.status is RailStatus.PENDING:
        return False
    if result.status is RailStatus.SUCCESS and order.kind != CAPTURE:
        _let_go(uow, intent, at)
    if result.status is RailStatus.FAILED and order.kind == VOID and intent.held_minor and not intent.received_minor:
        why = result.failure or FailureCode.UNEXPECTED_ERROR
        stuck = replace(intent, failure=why, updated_at=at, revision=intent.revision + 1)
        save_change(uow, intent, stuck, Cause.PROVIDER, at)
        why_facts: Facts = {**_facts(stuck, order.amount_minor), "failure": why.value}
        uow.audit.add("payment.void_failed", intent.id, None, at, why_facts, cause=Cause.PROVIDER)
    if result.status is RailStatus.FAILED and order.kind == CAPTURE and not intent.received_minor:
        free = replace(intent, capture_minor=0, updated_at=at, revision=intent.revision + 1)
        save_change(uow, intent, free, Cause.PROVIDER, at)
        facts = _facts(free, order.amount_minor)
        uow.audit.add("payment.capture_failed", intent.id, None, at, facts, cause=Cause.PROVIDER)
    return True


def end_order(uow: UnitOfWork, order: PaymentTransaction, found: RailResult, at: Instant) -> None:
    """End an order that its provider had taken up, by what became of the payment since."""
    paid, gone = found.status is RailStatus.SUCCESS, found.status is RailStatus.FAILED
    if not paid and not gone:
        return
    done = paid if order.kind == CAPTURE else gone
    failure = None if done else FailureCode.INVALID_TRANSITION
    status = RailStatus.SUCCESS if done else RailStatus.FAILED
    record_order(uow, order, replace(found, status=status, failure=failure), at)


def close_orders(uow: UnitOfWork, intent: PaymentIntent, provider_ref: str, at: Instant) -> None:
    """End what was ordered for a payment whose money has come: it was taken, and cannot be kept away any more."""
    for order in _orders(uow, intent):
        if TRANSACTION_TRANSITIONS[order.status]:
            taken = order.kind == CAPTURE
            status = RailStatus.SUCCESS if taken else RailStatus.FAILED
            failure = None if taken else FailureCode.INVALID_TRANSITION
            result = RailResult(status, provider_ref=provider_ref, failure=failure, response=order.response)
            ends = TransactionStatus.SUCCEEDED if taken else TransactionStatus.FAILED
            _finish(uow, order, ends, result, at)


def record_authorization(uow: UnitOfWork, intent: PaymentIntent, notice: Authorization, at: Instant) -> bool:
    """Take that a provider holds money for a payment, or holds it no more; False if that was known."""
    if notice.voided:
        return _released(uow, intent, at)
    return record_hold(uow, intent, notice.amount_minor, notice.held_until, notice.provider_ref, at)


def record_hold(
    uow: UnitOfWork, intent: PaymentIntent, held_minor: int, held_until: Instant | None, provider_ref: str, at: Instant
) -> bool:
    """Keep that money is held, minor units; nothing is booked. For a payment that has ended it is let go again.

    Returns False if that was known.
    """
    if intent.capture or intent.received_minor or intent.status is PaymentStatus.PAID:
        return False
    until = held_until or intent.held_until
    if (intent.held_minor, intent.held_until) == (held_minor, until):
        return False
    if any(each.kind == VOID and not TRANSACTION_TRANSITIONS[each.status] for each in _orders(uow, intent)):
        return False
    held = replace(intent, held_minor=held_minor, held_until=until, updated_at=at, revision=intent.revision + 1)
    if intent.status in OPEN and intent.status is not PaymentStatus.AUTHORIZED:
        held = replace(
            advance(intent, PaymentStatus.AUTHORIZED, Cause.PROVIDER, at), held_minor=held_minor, held_until=until
        )
    save_change(uow, intent, held, Cause.PROVIDER, at)
    note_ref(uow, intent, provider_ref, at)
    if intent.status in SOFT_ENDS:
        unwanted(uow, held, at)
    uow.audit.add("payment.held", intent.id, None, at, change_facts(intent, held), cause=Cause.PROVIDER)
    return True


def note_ref(uow: UnitOfWork, intent: PaymentIntent, provider_ref: str, at: Instant) -> None:
    """Keep the provider's own id of what it made for a payment, as long as the attempt is open."""
    sale = uow.payments.transaction(sale_id(intent.id))
    if sale is not None and provider_ref and TRANSACTION_TRANSITIONS[sale.status]:
        uow.payments.save_transaction(replace(sale, provider_ref=provider_ref, updated_at=at))


def _released(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> bool:
    if intent.received_minor or intent.status is PaymentStatus.PAID:
        return False
    if intent.status in OPEN:
        ended = replace(advance(intent, PaymentStatus.EXPIRED, Cause.PROVIDER, at), held_minor=0, capture_minor=0)
        save_change(uow, intent, ended, Cause.PROVIDER, at)
        uow.audit.add("payment.released", intent.id, None, at, change_facts(intent, ended), cause=Cause.PROVIDER)
        return True
    return _empty(uow, intent, at)


def _let_go(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """Keep that nothing is held any more and nobody can pay; an open payment ends with it."""
    if intent.received_minor:
        return
    if intent.status in OPEN:
        ended = replace(advance(intent, PaymentStatus.CANCELLED, Cause.MACHINE, at), held_minor=0)
        save_change(uow, intent, ended, Cause.MACHINE, at)
        uow.audit.add("payment.withdrawn", intent.id, None, at, change_facts(intent, ended), cause=Cause.MACHINE)
    else:
        _empty(uow, intent, at)


def _empty(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> bool:
    if not intent.held_minor:
        return False
    empty = replace(intent, held_minor=0, updated_at=at, revision=intent.revision + 1)
    save_change(uow, intent, empty, Cause.PROVIDER, at)
    return True


def _ordered(intent: PaymentIntent, amount_minor: int, at: Instant) -> PaymentIntent:
    return replace(intent, capture_minor=amount_minor, updated_at=at, revision=intent.revision + 1)


def _order(uow: UnitOfWork, intent: PaymentIntent, kind: str, amount_minor: int, at: Instant) -> None:
    """Keep an order for the worker; one of the same kind that is open, or did what it was for, is enough."""
    before = [each for each in _orders(uow, intent) if each.kind == kind]
    if any(each.status is not TransactionStatus.FAILED for each in before):
        return
    uow.payments.add_transaction(
        PaymentTransaction(
            id=TransactionId(id_for(kind, intent.id, str(len(before)))),
            merchant_id=intent.merchant_id,
            payment_id=intent.id,
            kind=kind,
            provider=intent.provider,
            reference=intent.reference,
            status=TransactionStatus.PROCESSING,
            amount_minor=amount_minor,
            currency=intent.currency,
            created_at=at,
            updated_at=at,
        )
    )
    uow.receipts.ask_soon(intent.id, at)


def _orders(uow: UnitOfWork, intent: PaymentIntent) -> list[PaymentTransaction]:
    return [each for each in uow.payments.transactions_of(intent.id) if each.kind in _FIRST]


def _finish(
    uow: UnitOfWork, order: PaymentTransaction, status: TransactionStatus, result: RailResult, at: Instant
) -> None:
    if status is order.status or status in TRANSACTION_TRANSITIONS[order.status]:
        ref = result.provider_ref or order.provider_ref
        done = replace(order, status=status, updated_at=at, provider_ref=ref, failure=result.failure)
        uow.payments.save_transaction(replace(done, response=result.response))


def _facts(intent: PaymentIntent, amount_minor: int) -> Facts:
    return {"reference": intent.reference, "amount": amount_minor, "status": intent.status.value}
