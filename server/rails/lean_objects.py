"""Lean's payment links, attempts and payments as the one form in which queries and notifications report them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt
from server.rails.base import CallFailed, of_all
from server.rails.decimals import decimal_text, minor_of
from server.rails.exact_json import Digits
from server.rails.internet_time import internet_instant
from server.rails.lean_calls import LINKS, PAYMENTS, RECONCILIATIONS, LeanRefused, Session, kept
from server.rails.lean_codes import ACCEPTED, DECLINES, FAILED, GIVEN_UP, LINK_OVER, RECEIVED
from server.rails.strict_json import Unreadable, part_of, text_of

CURRENCIES: Final = frozenset({"AED", "SAR"})
MAX_ATTEMPTS: Final = 50

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_FOUND: Final = 404
_MAX_TEXT: Final = 200


def amount_number(amount_minor: int, currency: str) -> Digits:
    """Return an amount as the JSON number that Lean takes, written without a float."""
    return Digits(decimal_text(amount_minor, currency))


def moment_text(at: Instant) -> str:
    """Write a moment in UTC as Lean takes it."""
    return (_EPOCH + timedelta(milliseconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def require_ours(link: Mapping[str, object], context: PaymentContext) -> None:
    """Raise Unreadable unless a link bears this payment's reference, amount and currency."""
    details = part_of(link, "payment_details")
    same = text_of(details, "reference") == context.reference and text_of(details, "currency") == context.currency
    if not same or minor_of(text_of(details, "amount"), context.currency) != context.amount_minor:
        raise Unreadable("another payment")


def link_result(session: Session, link: Mapping[str, object], context: PaymentContext) -> RailResult:
    """Return what became of a link and of every attempt to pay it; raises CallFailed and Unreadable.

    An open link after a failed attempt is PENDING with the decline as `failure`: the customer may try another bank.
    Money that is there settles it, whatever other attempt was begun and left at a bank.
    """
    require_ours(link, context)
    name, status = identity(link), text_of(link, "status")
    context = replace(context, provider_ref=name)
    attempts, _ = session.page(LINKS, 0, name, "usages")
    found: RailResult | None = None
    under_way: RailResult | None = None
    paid: list[RailResult] = []
    waiting = False
    for attempt in attempts[:MAX_ATTEMPTS]:
        payment = text_of(attempt, "payment_id")
        if not payment:
            waiting = waiting or text_of(attempt, "usage_status") not in GIVEN_UP
            continue
        try:
            found = payment_result(session, session.get(PAYMENTS, payment), context)
        except (CallFailed, Unreadable):
            if paid:  # an attempt that cannot be read hides no money
                break
            raise
        if found.status is RailStatus.SUCCESS:
            paid.append(found)
        elif found.status is not RailStatus.FAILED:
            under_way = under_way or found
    if paid:
        return of_all(paid)
    if under_way is not None:
        return under_way
    if waiting or status == "ACTIVE":
        failure = None if found is None or waiting else found.failure
        return RailResult(RailStatus.PENDING, provider_ref=name, failure=failure, response=kept(link))
    if status in LINK_OVER or (status == "USED" and found is not None):
        failure = LINK_OVER.get(status) if found is None else found.failure
        return RailResult(RailStatus.FAILED, provider_ref=name, failure=failure, response=kept(link))
    raise Unreadable("status")


def payment_result(session: Session, payment: Mapping[str, object], context: PaymentContext) -> RailResult:
    """Return what became of a payment; raises CallFailed and Unreadable.

    `provider_ref` stays the link's, from which every question starts; the receipt names the payment. One that the
    payer's bank has accepted while the shop waits for the money is PENDING with the status as `hint`.
    """
    status, name = text_of(payment, "status"), identity(payment)
    response, link = kept(payment), context.provider_ref
    if status in FAILED:
        return RailResult(RailStatus.FAILED, provider_ref=link, failure=decline_of(payment), response=response)
    if status not in ACCEPTED:
        return RailResult(RailStatus.PENDING, provider_ref=link, response=response)
    money = payment_receipt(payment, context.reference)
    if session.settings["paid_when"] != "accepted":
        received = _received(session, name, money)
        if received is None:
            return RailResult(RailStatus.PENDING, provider_ref=link, hint=status, response=response)
        money = received
    return RailResult(
        RailStatus.SUCCESS,
        provider_ref=link,
        received_minor=money.amount_minor,
        paid_at=money.paid_at,
        response=response,
        receipts=(money,),
    )


def payment_receipt(payment: Mapping[str, object], reference: str) -> Receipt:
    """Return an accepted payment as money; raises Unreadable."""
    currency, name = text_of(payment, "currency"), identity(payment)
    return Receipt(
        provider=Provider.LEAN,
        dedupe_key=f"lean:{name}",
        text=reference,
        amount_minor=_positive(text_of(payment, "amount"), currency),
        currency=currency,
        paid_at=internet_instant(text_of(payment, "initiation_timestamp") or text_of(payment, "submission_timestamp")),
        provider_ref=name,
    )


def decline_of(payment: Mapping[str, object]) -> FailureCode:
    """Return why a payment failed; where Lean writes the word is not published, so all its places are looked at."""
    detail = payment.get("status_detail")
    words = [text_of(payment, name) for name in ("sub_status", "failure_code", "code")]
    if isinstance(detail, dict):
        words.insert(0, text_of(detail, "granular_status_code"))
    return next((DECLINES[word] for word in words if word in DECLINES), FailureCode.DECLINED)


def identity(thing: Mapping[str, object]) -> str:
    """Return an object's id; raises Unreadable."""
    found = text_of(thing, "id")
    if not found or len(found) > _MAX_TEXT:
        raise Unreadable("id")
    return found


def _received(session: Session, name: str, money: Receipt) -> Receipt | None:
    """Return the money as it was found in the shop's account, None while it was not; raises CallFailed, Unreadable."""
    try:
        told = part_of(session.get(RECONCILIATIONS, name), "reconciliation")
    except LeanRefused as refusal:
        if refusal.status == _NOT_FOUND:
            return None
        raise
    if text_of(told, "status") != RECEIVED:
        return None
    at = text_of(part_of(told, "deposit"), "timestamp") or text_of(told, "status_update_timestamp")
    currency = text_of(told, "currency_code")
    return Receipt(
        provider=money.provider,
        dedupe_key=money.dedupe_key,
        text=money.text,
        amount_minor=_positive(text_of(told, "amount"), currency),
        currency=currency,
        paid_at=internet_instant(at),
        provider_ref=money.provider_ref,
    )


def _positive(text: str, currency: str) -> int:
    amount = minor_of(text, currency)
    if amount <= 0 or currency not in CURRENCIES:
        raise Unreadable("amount")
    return amount
