"""Stripe's sessions, intents, refunds and disputes as the one form in which notifications and queries report."""

from collections.abc import Mapping
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.money import MAX_MINOR
from domain.notices import Authorization, ChargeBack, RefundNotice
from domain.rails import Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import require_refund
from server.rails.strict_json import Unreadable, part_of, text_of
from server.rails.stripe_calls import kept
from server.rails.stripe_codes import CANCELLATIONS, DECLINES, DISPUTES, ERRORS, REFUND_FAILURES, REFUNDS

CURRENCIES: Final = frozenset({"AED", "AUD", "EUR", "JPY", "SAR", "SGD", "USD", "VND"})
"""The currencies of the books; Stripe's smallest unit of each is the same as ours (VND and JPY have no decimals)."""

REFERENCE: Final = "reference"
"""The key of our reference in `metadata`."""

_MAX_TEXT: Final = 600
_MAX_HINT: Final = 40
_MAX_SECONDS: Final = 10**11


def session_result(session: Mapping[str, object]) -> RailResult:
    """Return what became of a Checkout Session whose intent is expanded; raises Unreadable.

    An open page on which a card was declined is PENDING with the decline as `failure`: the customer may try another.
    """
    name, status = identity(session), text_of(session, "status")
    intent = part_of(session, "payment_intent")
    found = intent_result(intent) if intent else None
    if found is not None and (found.status is RailStatus.SUCCESS or found.authorized_minor):
        return found
    if status == "expired":
        return RailResult(RailStatus.FAILED, provider_ref=name, failure=FailureCode.EXPIRED, response=kept(session))
    if status == "open" or (status == "complete" and found is not None and found.status is RailStatus.PENDING):
        failure = None if found is None else found.failure
        return RailResult(RailStatus.PENDING, provider_ref=name, failure=failure, response=kept(session))
    if status == "complete" and found is not None:
        return found
    raise Unreadable("status")


def intent_result(intent: Mapping[str, object]) -> RailResult:
    """Return what became of a PaymentIntent; money held is PENDING with `authorized_minor`. Raises Unreadable."""
    name, status = identity(intent), text_of(intent, "status")
    charge = part_of(intent, "latest_charge") if isinstance(intent.get("latest_charge"), dict) else {}
    hint, response = _hint(charge), kept(intent)
    if status == "succeeded":
        receipt = intent_receipt(intent, instant_of(charge or intent, "created"))
        return RailResult(
            RailStatus.SUCCESS,
            provider_ref=name,
            hint=hint,
            received_minor=receipt.amount_minor,
            paid_at=receipt.paid_at,
            response=response,
            receipts=(receipt,),
        )
    if status == "requires_capture":
        return RailResult(
            RailStatus.PENDING,
            provider_ref=name,
            authorized_minor=_amount(intent, "amount_capturable"),
            held_until=_held_until(charge),
            hint=hint,
            response=response,
        )
    if status == "canceled":
        failure = CANCELLATIONS.get(text_of(intent, "cancellation_reason"), FailureCode.EXPIRED)
        return RailResult(RailStatus.FAILED, provider_ref=name, failure=failure, response=response)
    if status == "processing" or status.startswith("requires_"):
        return RailResult(RailStatus.PENDING, provider_ref=name, failure=decline_of(intent), response=response)
    raise Unreadable("status")


def intent_receipt(intent: Mapping[str, object], paid_at: Instant) -> Receipt:
    """Return the money of a succeeded intent, minor units as they were received; raises Unreadable."""
    name = identity(intent)
    return Receipt(
        provider=Provider.STRIPE,
        dedupe_key=receipt_key(name),
        text=reference_text(intent),
        amount_minor=_amount(intent, "amount_received" if "amount_received" in intent else "amount"),
        currency=currency_of(intent),
        paid_at=paid_at,
        provider_ref=name,
    )


def receipt_key(name: str) -> str:
    """Return the dedupe key of an intent's money, the same from its notification and from its query."""
    return f"stripe:{name}"


def reference_text(thing: Mapping[str, object]) -> str:
    """Return where our reference stands: the metadata, else the description."""
    return (text_of(part_of(thing, "metadata"), REFERENCE) or text_of(thing, "description"))[:_MAX_TEXT]


def decline_of(intent: Mapping[str, object]) -> FailureCode | None:
    """Return why the last card was declined, None if none was; raises Unreadable."""
    error = part_of(intent, "last_payment_error")
    if not error:
        return None
    code = text_of(error, "code")
    return (
        DECLINES.get(text_of(error, "decline_code")) or DECLINES.get(code) or ERRORS.get(code) or FailureCode.DECLINED
    )


def authorization_notice(intent: Mapping[str, object], at: Instant, voided: bool) -> Authorization:
    """Return money that is held, or held no more; raises Unreadable."""
    name = identity(intent)
    return Authorization(
        provider=Provider.STRIPE,
        dedupe_key=f"{receipt_key(name)}:{'voided' if voided else 'held'}",
        text=reference_text(intent),
        amount_minor=_amount(intent, "amount" if voided else "amount_capturable"),
        currency=currency_of(intent),
        at=at,
        provider_ref=name,
        voided=voided,
    )


def refund_result(refund: Mapping[str, object], order: RefundOrder) -> RailResult:
    """Return what became of a refund that was asked for; raises Unreadable, also for another one than was ordered."""
    status, failure = _refund_state(refund)
    amount_minor = _amount(refund, "amount")
    kind = "charge" if order.payment_provider_ref.startswith("ch_") else "payment_intent"
    require_refund(order, text_of(refund, kind), amount_minor, currency_of(refund))
    return RailResult(
        status,
        provider_ref=identity(refund),
        received_minor=amount_minor,
        failure=failure,
        response=kept(refund),
    )


def refund_notice(refund: Mapping[str, object], at: Instant) -> RefundNotice:
    """Return what became of a refund, ours or one of Stripe's own desk; raises Unreadable."""
    name, (status, failure) = identity(refund), _refund_state(refund)
    return RefundNotice(
        provider=Provider.STRIPE,
        dedupe_key=f"{receipt_key(name)}:{text_of(refund, 'status')}",
        reference=refund_reference(refund),
        amount_minor=_amount(refund, "amount"),
        currency=currency_of(refund),
        at=at,
        provider_ref=name,
        payment_provider_ref=text_of(refund, "payment_intent") or text_of(refund, "charge"),
        status=status,
        failure=failure,
    )


def refund_reference(refund: Mapping[str, object]) -> str:
    """Return our reference of a refund, empty for one that we did not ask for; raises Unreadable."""
    return text_of(part_of(refund, "metadata"), REFERENCE)[:_MAX_TEXT]


def charge_back(dispute: Mapping[str, object], at: Instant) -> ChargeBack | None:
    """Return the charge-back of a dispute, None while it only asks; raises Unreadable."""
    stage = DISPUTES.get(text_of(dispute, "status"))
    if stage is None:
        return None
    name = identity(dispute)
    return ChargeBack(
        provider=Provider.STRIPE,
        dedupe_key=f"{receipt_key(name)}:{stage.value}",
        text=reference_text(dispute),
        amount_minor=_amount(dispute, "amount"),
        currency=currency_of(dispute),
        at=at,
        provider_ref=name,
        payment_provider_ref=text_of(dispute, "payment_intent") or text_of(dispute, "charge"),
        stage=stage,
    )


def identity(thing: Mapping[str, object]) -> str:
    """Return an object's id; raises Unreadable."""
    found = text_of(thing, "id")
    if not found or len(found) > _MAX_TEXT:
        raise Unreadable("id")
    return found


def currency_of(thing: Mapping[str, object]) -> str:
    """Return an object's currency (ISO 4217); raises Unreadable for one that the books cannot hold."""
    currency = text_of(thing, "currency").upper()
    if currency not in CURRENCIES:
        raise Unreadable("currency")
    return currency


def instant_of(thing: Mapping[str, object], name: str) -> Instant:
    """Return the moment of a field of whole seconds since 1970; raises Unreadable."""
    value = thing.get(name)
    if type(value) is not int or not 0 < value < _MAX_SECONDS:
        raise Unreadable(name)
    return Instant(value * 1000)


def _amount(thing: Mapping[str, object], name: str) -> int:
    value = thing.get(name)
    if type(value) is not int or not 0 < value <= MAX_MINOR:
        raise Unreadable(name)
    return value


def _refund_state(refund: Mapping[str, object]) -> tuple[RailStatus, FailureCode | None]:
    status = REFUNDS.get(text_of(refund, "status"))
    if status is None:
        raise Unreadable("status")
    failed = status is RailStatus.FAILED
    return status, REFUND_FAILURES.get(text_of(refund, "failure_reason"), FailureCode.DECLINED) if failed else None


def _card(charge: Mapping[str, object]) -> dict[str, object]:
    return part_of(part_of(charge, "payment_method_details"), "card")


def _held_until(charge: Mapping[str, object]) -> Instant | None:
    card = _card(charge)
    return instant_of(card, "capture_before") if card.get("capture_before") is not None else None


def _hint(charge: Mapping[str, object]) -> str:
    card = _card(charge)
    digits = text_of(card, "last4")
    return f"{text_of(card, 'brand').upper()} •••• {digits[-4:]}".strip()[:_MAX_HINT] if digits else ""
