"""The counter's use cases: start a payment, take cash, cancel, let a code expire."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.approvals import Approval, Guarded, may_ask
from domain.bills import Bill, arrival, due_by
from domain.bodies import readable, typed
from domain.calendar import business_date, day_start
from domain.changes import Topic
from domain.cheques import Cheque, check_presentable, lives_until
from domain.errors import Conflict, ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import BillId, HolderId, Instant, PaymentId
from domain.matching import payment_reference
from domain.money import positive
from domain.payments import CASHIER, Cause, PaymentIntent, PaymentStatus, advance
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import Places
from domain.qr import VietQr, encode_vietqr
from domain.rails import BY_HAND, Method, Presents, Provider
from domain.refundable import counted
from domain.routing import Wish, find_route
from domain.services.holders import existing_holder
from domain.services.payment_changes import add_payment, add_sale, change_facts, payment_facts, save_change
from domain.services.vouchers import MAX_MEMO, post_event, take_back
from domain.settlement import booked_as
from domain.vouchers import SourceEvent, Voucher

EXPIRY_BATCH: Final = 100
CASH: Final = "cash"
"""The kind of the event that a cash sale's voucher books."""


def start_payment(
    uow: UnitOfWork,
    actor: Actor,
    payment_id: PaymentId,
    method: Method,
    amount_minor: int,
    at: Instant,
    *,
    online: bool,
    bill: Bill | None = None,
    tendered_minor: int | None = None,
    order_ref: str = "",
    customer_name: str = "",
    customer_phone: str = "",
    note: str = "",
    option: str = "",
    capture: bool = True,
    cheque: Cheque | None = None,
    origin: str = CASHIER,
    holder: HolderId | None = None,
) -> PaymentIntent:
    """Start a payment of `amount_minor` (minor units) and queue it; cash is paid and booked at once.

    A VietQR code is made here and needs no network; a provider's code is made by the hub, so that method is refused
    while the hub is out of reach. Pressing twice with the same id returns the payment that stands. `bill` is the sale
    that this payment pays, wholly or in part; without one the payment is the sale. `option` is a payment option of the
    method; with `capture` False the money is only held until somebody takes it. `origin` says who wants the payment.
    Which provider it goes to, `find_route` says. A `cheque`, or what the `note` says of money that is settled
    otherwise, waits for a person who sees it come. Stored value is that of `holder`; the hub says if it is enough.
    Raises NotPermitted, RuleBroken (AMOUNT_INVALID, BILL_COVERED, METHOD_UNAVAILABLE, METHOD_NEEDS_NETWORK,
    CONTRACT_LIMIT, CASH_NOT_ENOUGH, EXPOSURE_*, ACCOUNT_MISSING_FOR_METHOD, QR_INVALID, BY_HAND_INCOMPLETE,
    CHEQUE_DATE), NotFound(HOLDER_UNKNOWN) and Conflict(ID_REUSED).
    """
    require(actor, Action.TAKE_PAYMENT)
    positive(amount_minor)
    if (standing := uow.payments.get(payment_id)) is not None:
        if (standing.method, standing.amount_minor) == (method, amount_minor):
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    today = business_date(at, uow.shop.zone)
    rules = uow.shop.rules.payments
    taken = taken_on(uow, today)
    wish = Wish(method, uow.shop.currency, amount_minor, today, option, capture, online)
    route = find_route(rules, wish, taken)
    by_hand = method in BY_HAND
    if by_hand:
        _check_by_hand(method, cheque, note, today)
    elif route.capabilities.asynchronous and not online:
        _check_exposure(uow, amount_minor, at)
    if (route.provider is Provider.STORED_VALUE) is not (holder is not None):
        raise NotFound(ErrorCode.HOLDER_UNKNOWN)
    owner = None if holder is None else existing_holder(uow, holder)
    sale = bill or Bill(BillId(payment_id), amount_minor)
    sale, known = _still_owed(uow, sale, amount_minor) if bill else (sale, 0)
    number = uow.payments.next_reference_number()
    intent = PaymentIntent(
        id=payment_id,
        merchant_id=uow.shop.merchant_id,
        device_id=uow.device.id,
        actor_id=actor.user_id,
        reference=payment_reference(uow.device.code, uow.device.incarnation, number),
        method=method,
        provider=route.provider,
        amount_minor=amount_minor,
        currency=uow.shop.currency,
        created_at=at,
        expires_at=lives_until(cheque, at, uow.shop.zone)
        if by_hand
        else Instant(at + uow.shop.rules.codes.qr_lifetime_ms),
        status=PaymentStatus.PENDING if by_hand else PaymentStatus.CREATED,
        updated_at=at,
        order_ref=readable(order_ref),
        customer_name=typed(customer_name) if owner is None else owner.name,
        customer_phone=readable(customer_phone) if owner is None else owner.phone,
        note=typed(note),
        origin=origin,
        bill=sale,
        known_minor=known,
        option=option,
        capture=capture,
        cheque=cheque,
        holder_id=holder,
    )
    if method is Method.CASH:
        return _take_cash(uow, actor, intent, tendered_minor, at)
    if route.capabilities.presents is Presents.OWN_CODE:
        intent = replace(intent, status=PaymentStatus.PENDING, qr_text=_vietqr_text(uow, intent))
    add_payment(uow, intent, Cause.PERSON, at)
    add_sale(uow, intent, at)
    uow.audit.add("payment.started", intent.id, actor.user_id, at, payment_facts(intent))
    return intent


def taken_on(uow: UnitOfWork, day: str) -> Mapping[Provider, int]:
    """Return what each provider took on a day (YYYY-MM-DD) of the shop, in minor units, where a contract limits it."""
    if not uow.shop.rules.payments.contracts:
        return {}
    return uow.payments.taken_since(day_start(day, uow.shop.zone))


def cancel_payment(uow: UnitOfWork, actor: Actor, payment_id: PaymentId, at: Instant) -> PaymentIntent:
    """End an open payment because the customer will not pay it; money that still comes is shown as late.

    Money that is held for it is let go. Raises NotPermitted, NotFound(PAYMENT_UNKNOWN) and
    RuleBroken(INVALID_TRANSITION) once it is paid or has ended, or held money was ordered to be taken.
    """
    require(actor, Action.CANCEL_PAYMENT)
    intent = _existing(uow, payment_id)
    if intent.capture_minor and intent.status is PaymentStatus.AUTHORIZED:
        raise RuleBroken(
            ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=PaymentStatus.CANCELLED
        )
    ended = advance(intent, PaymentStatus.CANCELLED, Cause.PERSON, at)
    save_change(uow, intent, ended, Cause.PERSON, at)
    uow.audit.add("payment.cancelled", intent.id, actor.user_id, at, change_facts(intent, ended))
    return ended


def void_sale(
    uow: UnitOfWork,
    actor: Actor,
    payment_id: PaymentId,
    at: Instant,
    *,
    reason: str,
    approval: Approval | None = None,
) -> Voucher:
    """Take back a cash sale of today at the till that took it: its voucher is reversed, the cash is handed back.

    The payment stays as it was, for the money did come; that it was taken back follows from the reversal. A cashier
    needs an approval for each, a manager above the shop's limit. Raises what `require_approved` raises,
    NotFound(PAYMENT_UNKNOWN), RuleBroken: SALE_NOT_VOIDABLE for money that came otherwise, on another day or at another
    till, for a part of a sale, or that was given back, VOUCHER_VOIDED for a second time, DRAFT_INCOMPLETE without a
    reason.
    """
    if not may_ask(actor.role, Guarded.VOID):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    intent = _existing(uow, payment_id)
    sold = uow.vouchers.of_source(SourceEvent(CASH, payment_id))
    zone = uow.shop.zone
    here = intent.device_id == uow.device.id and business_date(intent.created_at, zone) == business_date(at, zone)
    is_given_back = any(refund.stands for refund in uow.refunds.of_payment(payment_id))
    if sold is None or not here or is_given_back or _is_part(uow, intent):
        raise RuleBroken(ErrorCode.SALE_NOT_VOIDABLE, reference=intent.reference)
    if uow.vouchers.reversal_of(sold.id) is not None:
        raise RuleBroken(ErrorCode.VOUCHER_VOIDED, number=sold.number)
    memo = typed(reason)[:MAX_MEMO]
    if not memo:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    reversal = take_back(uow, actor, sold, at, memo, approval)
    uow.touch(Topic.PAYMENTS, payment_id)
    return reversal


def expire_payments(uow: UnitOfWork, at: Instant) -> int:
    """End the open payments whose time is over; a soft end, the provider is asked on. Returns how many there were."""
    due = uow.payments.due(at, EXPIRY_BATCH)
    for intent in due:
        ended = advance(intent, PaymentStatus.EXPIRED, Cause.CLOCK, at)
        save_change(uow, intent, ended, Cause.CLOCK, at)
        uow.audit.add("payment.expired", intent.id, None, at, change_facts(intent, ended), cause=Cause.CLOCK)
    return len(due)


def _still_owed(uow: UnitOfWork, bill: Bill, amount_minor: int) -> tuple[Bill, int]:
    """Return a bill as its payments that brought money know it, and what is known to have come for it.

    Raises RuleBroken(BILL_COVERED) if the amount is more than is missing, Conflict(ID_REUSED) for another sum of it.
    """
    paying = uow.payments.of_bill(bill.id)
    if paying and all(payment.bill != bill for payment in paying):
        raise Conflict(ErrorCode.ID_REUSED)
    due = due_by(paying, bill.due_minor)
    known = counted(paying, uow.refunds.of_bill(bill.id))
    # What was ordered to be taken of held money is the sale, and comes: a part of it makes the bill smaller.
    is_ordered = any(each.capture_minor and each.status is PaymentStatus.AUTHORIZED for each in paying)
    missing = 0 if is_ordered else max(due - known, 0)
    if amount_minor > missing:
        raise RuleBroken(ErrorCode.BILL_COVERED, missing=missing)
    return Bill(bill.id, due), known


def _is_part(uow: UnitOfWork, intent: PaymentIntent) -> bool:
    """Whether a payment does not pay its sale alone: taking it back alone would leave the others' money without it."""
    if intent.amount_minor != intent.bill.due_minor:
        return True
    others = (each for each in uow.payments.of_bill(intent.bill.id) if each.id != intent.id)
    return any(other.received_minor for other in others)


def _take_cash(
    uow: UnitOfWork, actor: Actor, intent: PaymentIntent, tendered_minor: int | None, at: Instant
) -> PaymentIntent:
    tendered = intent.amount_minor if tendered_minor is None else positive(tendered_minor)
    if tendered < intent.amount_minor:
        raise RuleBroken(ErrorCode.CASH_NOT_ENOUGH, missing=intent.amount_minor - tendered)
    wallet = uow.accounts.wallet_for(Method.CASH)
    if wallet is None:
        raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD, method=Method.CASH.value)
    paid = replace(
        advance(intent, PaymentStatus.PAID, Cause.PERSON, at),
        received_minor=intent.amount_minor,
        tendered_minor=tendered,
        revision=1,
    )
    add_payment(uow, paid, Cause.PERSON, at)
    add_sale(uow, paid, at)
    moved = arrival(paid.bill.due_minor, paid.known_minor, paid.amount_minor)
    post_event(
        uow,
        SourceEvent(CASH, paid.id),
        booked_as(paid.bill, paid.known_minor, paid.amount_minor),
        Places(wallet.id),
        at,
        {
            "amount": paid.amount_minor,
            "held": max(-moved.suspense_minor, 0),
            "parked": max(moved.suspense_minor, 0),
            "due": paid.bill.due_minor,
        },
        memo=paid.reference,
        actor_id=actor.user_id,
        payment_id=paid.id,
    )
    uow.audit.add("payment.cash", paid.id, actor.user_id, at, payment_facts(paid))
    return paid


def _vietqr_text(uow: UnitOfWork, intent: PaymentIntent) -> str:
    wallet = uow.accounts.wallet_for(intent.method)
    if wallet is None or not wallet.bank_account:
        raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD, method=intent.method.value)
    return encode_vietqr(
        VietQr(
            bank_bin=wallet.bank_bin,
            account=wallet.bank_account,
            amount_minor=intent.amount_minor,
            purpose=intent.reference,
        )
    )


def _check_by_hand(method: Method, cheque: Cheque | None, note: str, today: str) -> None:
    """Refuse what nobody could settle later: a cheque that is not read, or too old, or money that nobody owes."""
    if method is Method.CHEQUE and cheque is not None:
        check_presentable(cheque, today)
    elif method is Method.CHEQUE or not typed(note):
        raise RuleBroken(ErrorCode.BY_HAND_INCOMPLETE, fields="cheque" if method is Method.CHEQUE else "note")


def _check_exposure(uow: UnitOfWork, amount_minor: int, at: Instant) -> None:
    """Refuse a code beyond the shop's caps while nobody can confirm it (per bill, per till, per day)."""
    limits = uow.shop.rules.codes
    if amount_minor > limits.exposure_bill_minor:
        raise RuleBroken(ErrorCode.EXPOSURE_BILL, limit=limits.exposure_bill_minor)
    today, in_all = uow.payments.exposure(day_start(business_date(at, uow.shop.zone), uow.shop.zone))
    if in_all + amount_minor > limits.exposure_till_minor:
        raise RuleBroken(ErrorCode.EXPOSURE_TILL, limit=limits.exposure_till_minor)
    if today + amount_minor > limits.exposure_day_minor:
        raise RuleBroken(ErrorCode.EXPOSURE_DAY, limit=limits.exposure_day_minor)


def _existing(uow: UnitOfWork, payment_id: PaymentId) -> PaymentIntent:
    intent = uow.payments.get(payment_id)
    if intent is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    return intent
