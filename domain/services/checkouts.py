"""What ordering systems ask of the hub: have an order paid, let go of that, take the money that is held for it."""

from collections.abc import Sequence
from typing import Final

from domain.calendar import business_date
from domain.checkouts import (
    MAX_OPEN,
    MAX_TRIES,
    TRIES_MS,
    Checkout,
    CheckoutRequest,
    Checkouts,
    checkout_id,
    same_order,
    standing_payment,
)
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.ids import CheckoutId, Instant
from domain.payments import OPEN, PaymentIntent, PaymentStatus
from domain.policy import Actor
from domain.ports import Shop, UnitOfWork
from domain.rails import Method, Presents, routes_of
from domain.refundable import counted
from domain.routing import Wish, find_route
from domain.services.orders import order_capture, unwanted
from domain.services.payments import cancel_payment, start_payment, taken_on
from domain.trail import Facts
from domain.vat import tax_added

REMOTE: Final = frozenset({Presents.OWN_CODE, Presents.CODE, Presents.LINK})
"""What a customer can pay by who does not stand at the counter."""

_OPEN_AGAIN_S: Final = 60
"""When to ask again for whom too many payments are open; they end by themselves within a quarter of an hour."""


def open_checkout(
    uow: UnitOfWork, checkouts: Checkouts, actor: Actor, request: CheckoutRequest, at: Instant, *, key_id: str
) -> tuple[Checkout, bool]:
    """Have an order paid; return how it is kept, and whether a payment was begun.

    An order is known by its type and reference. Asked for again while its payment is open, held or paid, it stands as
    it is; wished in another way, its open payment is given up for a new one; after a failed or expired one, a new one
    is begun for what is missing. The hub presents it like a till's. Raises RuleBroken: CURRENCY_MISMATCH, ORDER_TAX
    where the shop's books would not find that tax in the total, METHOD_UNAVAILABLE for what needs the counter, and what
    `start_payment` raises, CHECKOUTS_OPEN and ORDER_TRIED (after how many `seconds` to ask again) for a key or an order
    that begins too many payments; Conflict: ORDER_CHANGED for other money than asked before, PERIOD_CHARGED for a
    period of a subscription that another order charges.
    """
    if request.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=request.currency)
    checkout = _kept(uow, checkouts, request, at, key_id)
    payments = uow.payments.of_bill(checkout.bill.id)
    received = counted(payments, uow.refunds.of_bill(checkout.bill.id))
    standing = standing_payment(payments)
    if standing is not None and (received >= standing.bill.due_minor or standing.status is PaymentStatus.AUTHORIZED):
        return checkout, False
    waiting = [payment for payment in payments if payment.status in OPEN]
    if any(_as_wished(payment, request) for payment in waiting):
        return checkout, False
    for payment in waiting:
        _give_up(uow, actor, payment, at)
    method = request.method or _first_method(uow, request, request.total_minor - received, at)
    if not _is_remote(method):
        raise RuleBroken(ErrorCode.METHOD_UNAVAILABLE, method=method.value)
    _check_flood(checkouts, payments, at, key_id)
    intent = start_payment(
        uow,
        actor,
        checkout.payment_id(len(payments)),
        method,
        request.total_minor - received,
        at,
        online=True,
        bill=checkout.bill,
        order_ref=request.order_ref,
        customer_name=request.customer_name,
        customer_phone=request.customer_phone,
        option=request.option,
        capture=request.capture,
        origin=request.origin.value,
    )
    uow.receipts.expect(intent, at)
    return checkout, True


def cancel_checkout(uow: UnitOfWork, checkouts: Checkouts, actor: Actor, wanted: CheckoutId, at: Instant) -> Checkout:
    """Give up the open payment of an order, and let held money go; one that is given up already stays so.

    Raises NotFound(CHECKOUT_UNKNOWN) and RuleBroken(INVALID_TRANSITION) for one that is paid or has ended otherwise.
    """
    checkout = known_checkout(checkouts, wanted)
    payments = uow.payments.of_bill(checkout.bill.id)
    waiting = [payment for payment in payments if payment.status in OPEN]
    standing = standing_payment(payments)
    if standing is None or (not waiting and standing.status is PaymentStatus.CANCELLED):
        return checkout
    for payment in waiting or [standing]:
        _give_up(uow, actor, payment, at)
    return checkout


def capture_checkout(
    uow: UnitOfWork,
    checkouts: Checkouts,
    actor: Actor,
    wanted: CheckoutId,
    at: Instant,
    *,
    amount_minor: int | None = None,
) -> Checkout:
    """Order the money that is held for an order to be taken: all of it, or `amount_minor` (minor units).

    Ordered again with the same amount, it stands as it is. Raises NotFound(CHECKOUT_UNKNOWN) and what
    `capture_payment` raises.
    """
    checkout = known_checkout(checkouts, wanted)
    standing = standing_payment(uow.payments.of_bill(checkout.bill.id))
    if standing is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    amount = standing.held_minor or standing.amount_minor
    amount = amount if amount_minor is None else amount_minor
    if standing.status is not PaymentStatus.AUTHORIZED or standing.capture_minor != amount:
        order_capture(uow, actor, standing.id, amount, at)
    return checkout


def known_checkout(checkouts: Checkouts, wanted: CheckoutId) -> Checkout:
    """Return a checkout request of the merchant; raises NotFound(CHECKOUT_UNKNOWN)."""
    checkout = checkouts.get(wanted)
    if checkout is None:
        raise NotFound(ErrorCode.CHECKOUT_UNKNOWN)
    return checkout


def _kept(uow: UnitOfWork, checkouts: Checkouts, request: CheckoutRequest, at: Instant, key_id: str) -> Checkout:
    """Return the order as it stands, or keep it for the first time."""
    wanted = checkout_id(uow.shop.merchant_id, request)
    standing = checkouts.get(wanted)
    if standing is not None:
        if not same_order(standing.request, request):
            raise Conflict(ErrorCode.ORDER_CHANGED, order=request.order_ref)
        return standing
    _check_tax(uow.shop, request, at)
    if request.subscription_id:
        charged = checkouts.of_period(request.subscription_id, request.period)
        if charged is not None:
            raise Conflict(ErrorCode.PERIOD_CHARGED, order=charged.request.order_ref, period=request.period)
    checkout = Checkout(wanted, uow.shop.merchant_id, request, key_id, at)
    checkouts.add(checkout)
    facts: Facts = {"order": request.order_ref, "amount": request.total_minor, "via": f"api key {key_id}"}
    uow.audit.add("checkout.asked", wanted, None, at, facts)
    return checkout


def _check_flood(checkouts: Checkouts, payments: Sequence[PaymentIntent], at: Instant, key_id: str) -> None:
    """Refuse one payment more than an order, or all orders of a key together, may have: providers are not flooded."""
    begun = sorted(payment.created_at for payment in payments if payment.created_at > at - TRIES_MS)
    if len(begun) >= MAX_TRIES:
        seconds = -(-(begun[-MAX_TRIES] + TRIES_MS - at) // 1000)
        raise RuleBroken(ErrorCode.ORDER_TRIED, most=MAX_TRIES, seconds=seconds)
    if checkouts.open_of(key_id) >= MAX_OPEN:
        raise RuleBroken(ErrorCode.CHECKOUTS_OPEN, most=MAX_OPEN, seconds=_OPEN_AGAIN_S)


def _check_tax(shop: Shop, request: CheckoutRequest, at: Instant) -> None:
    """Refuse a tax that is not the rate's, or that the books, which go by the shop's rates, would book otherwise."""
    booked = shop.rules.tax_on(request.total_minor, business_date(at, shop.zone))
    if request.tax_minor != tax_added(request.subtotal_minor, request.tax_percent) or request.tax_minor != booked:
        raise RuleBroken(ErrorCode.ORDER_TAX, tax=booked)


def _as_wished(payment: PaymentIntent, request: CheckoutRequest) -> bool:
    """Whether an open payment is one that the customer can still pay as the order wants it, whole."""
    same = request.method is None or (payment.method, payment.option) == (request.method, request.option)
    return same and payment.received_minor == 0


def _first_method(uow: UnitOfWork, request: CheckoutRequest, amount_minor: int, at: Instant) -> Method:
    """Return the shop's first method that takes the amount from a customer who does not stand at the counter.

    Raises RuleBroken: METHOD_UNAVAILABLE, CONTRACT_LIMIT where a contract alone stands against one.
    """
    today = business_date(at, uow.shop.zone)
    taken, refusal = taken_on(uow, today), RuleBroken(ErrorCode.METHOD_UNAVAILABLE)
    for method in Method:
        wish = Wish(method, request.currency, amount_minor, today, request.option, request.capture)
        try:
            route = find_route(uow.shop.rules.payments, wish, taken)
        except RuleBroken as refused:
            if refused.code is ErrorCode.CONTRACT_LIMIT and _is_remote(method):
                refusal = refused
            continue
        wallet = uow.accounts.wallet_for(method, route.provider)
        own_code = route.capabilities.presents is Presents.OWN_CODE
        if route.capabilities.presents in REMOTE and wallet is not None and (wallet.bank_account or not own_code):
            return method
    raise refusal


def _is_remote(method: Method) -> bool:
    """Whether a customer elsewhere can pay by a method."""
    return any(route.capabilities.presents in REMOTE for route in routes_of(method))


def _give_up(uow: UnitOfWork, actor: Actor, payment: PaymentIntent, at: Instant) -> None:
    unwanted(uow, cancel_payment(uow, actor, payment.id, at), at)
