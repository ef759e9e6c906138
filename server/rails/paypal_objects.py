"""PayPal's orders, captures, authorizations and refunds as the one form in which notifications and queries report."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import Authorization, RefundNotice
from domain.rails import Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import of_all, require_refund
from server.rails.decimals import minor_of
from server.rails.internet_time import internet_instant
from server.rails.paypal_calls import kept
from server.rails.paypal_codes import AUTHORIZATIONS, CAPTURES, HELD, ORDERS, PAYER_ACTS, PROCESSORS, REFUNDS
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of

WITHDRAWN: Final = "withdrawn "
"""What stands before the reference in `custom_id` once a payment is not wanted any more.

PayPal cannot cancel an order that nobody has paid; this mark keeps `check` from completing it.
"""

_DOUBT: Final = (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR)
_BEST_FIRST: Final = (RailStatus.SUCCESS, RailStatus.PENDING, RailStatus.FAILED)
_MAX_TEXT: Final = 300
_MAX_HINT: Final = 40


def receipt_key(capture_id: str) -> str:
    """Return the dedupe key of captured money, the same from its notification and from the order's query."""
    return f"paypal:{capture_id}"


def unit_of(order: Mapping[str, object]) -> dict[str, object]:
    """Return the one purchase unit of an order; raises Unreadable for none and for several."""
    units = parts_of(order, "purchase_units")
    if len(units) != 1:
        raise Unreadable("purchase_units")
    return units[0]


def is_withdrawn(order: Mapping[str, object]) -> bool:
    """Tell whether a payment was marked as not wanted any more; raises Unreadable."""
    return text_of(unit_of(order), "custom_id").startswith(WITHDRAWN)


def captures_of(order: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the captures of an order, the one that counts first; raises Unreadable."""
    captures = parts_of(part_of(unit_of(order), "payments"), "captures")
    return sorted(captures, key=lambda capture: _BEST_FIRST.index(_status(capture)))


def authorization_of(order: Mapping[str, object]) -> dict[str, object] | None:
    """Return the newest authorization of an order, None if there is none; raises Unreadable."""
    authorizations = parts_of(part_of(unit_of(order), "payments"), "authorizations")
    return authorizations[-1] if authorizations else None


def order_result(order: Mapping[str, object], reference: str) -> RailResult:
    """Return what became of a payment as its order tells; raises Unreadable for another payment's order.

    Money that is held is PENDING with `authorized_minor`.
    """
    if text_of(unit_of(order), "reference_id") != reference:
        raise Unreadable("another payment")
    order_id, hint = text_of(order, "id"), _hint(order)
    if captures := captures_of(order):
        return captures_result(captures, order_id, hint)
    if (authorization := authorization_of(order)) is not None:
        return _authorization_result(authorization, order_id, hint)
    status, failure = ORDERS.get(text_of(order, "status"), _DOUBT)
    link = _link(order, "approve", "payer-action") if text_of(order, "status") in PAYER_ACTS else ""
    return RailResult(status, link=link, provider_ref=order_id, failure=failure, response=kept(order))


def captures_result(captures: Sequence[Mapping[str, object]], order_id: str, hint: str = "") -> RailResult:
    """Return what became of an order's captures, the one that counts first; raises Unreadable."""
    paid = [capture_result(each, order_id, hint) for each in captures if _status(each) is RailStatus.SUCCESS]
    return of_all(paid) if paid else capture_result(captures[0], order_id, hint)


def capture_result(capture: Mapping[str, object], order_id: str, hint: str = "") -> RailResult:
    """Return what became of a capture; raises Unreadable."""
    status = _status(capture)
    if status is not RailStatus.SUCCESS:
        failure = _why(capture) if status is RailStatus.FAILED else None
        return RailResult(status, provider_ref=order_id, hint=hint, failure=failure, response=kept(capture))
    receipt = capture_receipt(capture)
    return RailResult(
        status,
        provider_ref=receipt.provider_ref,
        hint=hint,
        received_minor=receipt.amount_minor,
        paid_at=receipt.paid_at,
        response=kept(capture),
        receipts=(receipt,),
    )


def capture_receipt(capture: Mapping[str, object], told_at: str = "", declined: bool = False) -> Receipt:
    """Return the money of a capture, minor units; `told_at` stands in for a missing time. Raises Unreadable."""
    capture_id = _id(capture)
    amount_minor, currency = _amount(part_of(capture, "amount"))
    return Receipt(
        provider=Provider.PAYPAL,
        dedupe_key=receipt_key(capture_id) + (":declined" if declined else ""),
        text=_reference_text(capture),
        amount_minor=amount_minor,
        currency=currency,
        paid_at=_at(capture, told_at),
        provider_ref=capture_id,
        declined=declined,
    )


def authorization_notice(authorization: Mapping[str, object], told_at: str, voided: bool) -> Authorization:
    """Return money that is held, or held no more; `provider_ref` is the order's id where PayPal repeats it.

    Raises Unreadable.
    """
    authorization_id = _id(authorization)
    amount_minor, currency = _amount(part_of(authorization, "amount"))
    related = part_of(part_of(authorization, "supplementary_data"), "related_ids")
    return Authorization(
        provider=Provider.PAYPAL,
        dedupe_key=receipt_key(authorization_id) + (":voided" if voided else ""),
        text=_reference_text(authorization),
        amount_minor=amount_minor,
        currency=currency,
        at=_at(authorization, told_at),
        provider_ref=text_of(related, "order_id") or authorization_id,
        held_until=_expiry(authorization),
        voided=voided,
    )


def refund_notice(refund: Mapping[str, object], told_at: str) -> RefundNotice:
    """Return what became of a refund; raises Unreadable."""
    refund_id, word = _id(refund), text_of(refund, "status")
    if word not in REFUNDS:
        raise Unreadable("status")
    status, failure = REFUNDS[word]
    amount_minor, currency = _amount(part_of(refund, "amount"))
    return RefundNotice(
        provider=Provider.PAYPAL,
        dedupe_key=f"{receipt_key(refund_id)}:{word.lower()}",
        reference=text_of(refund, "custom_id")[:_MAX_TEXT],
        amount_minor=amount_minor,
        currency=currency,
        at=_at(refund, told_at),
        provider_ref=refund_id,
        payment_provider_ref=payment_of(refund),
        status=status,
        failure=failure,
    )


def refund_result(refund: Mapping[str, object], order: RefundOrder) -> RailResult:
    """Return what became of a refund that was asked for; raises Unreadable, also for another one than was ordered."""
    status, failure = REFUNDS.get(text_of(refund, "status"), _DOUBT)
    amount_minor, currency = _amount(part_of(refund, "amount"))
    require_refund(order, payment_of(refund), amount_minor, currency)
    return RailResult(
        status, provider_ref=_id(refund), received_minor=amount_minor, failure=failure, response=kept(refund)
    )


def payment_of(refund: Mapping[str, object]) -> str:
    """Return the id of the capture that a refund or a reversal belongs to, empty where PayPal does not link it."""
    parts = urlsplit(_link(refund, "up")).path.split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == "captures" else ""


def amount_of(fields: Mapping[str, object], name: str) -> tuple[int, str]:
    """Return the minor units and the currency of a money object; raises Unreadable."""
    return _amount(part_of(fields, name))


def _authorization_result(authorization: Mapping[str, object], order_id: str, hint: str) -> RailResult:
    word = text_of(authorization, "status")
    status, failure = AUTHORIZATIONS.get(word, _DOUBT)
    held = word == HELD
    return RailResult(
        status,
        provider_ref=order_id,
        authorized_minor=_amount(part_of(authorization, "amount"))[0] if held else 0,
        held_until=_expiry(authorization) if held else None,
        hint=hint,
        failure=failure,
        response=kept(authorization),
    )


def _status(capture: Mapping[str, object]) -> RailStatus:
    word = text_of(capture, "status")
    if word not in CAPTURES:
        raise Unreadable("status")
    return CAPTURES[word]


def _why(capture: Mapping[str, object]) -> FailureCode:
    return PROCESSORS.get(text_of(part_of(capture, "processor_response"), "response_code"), FailureCode.DECLINED)


def _id(thing: Mapping[str, object]) -> str:
    found = text_of(thing, "id")
    if not found or len(found) > _MAX_TEXT:
        raise Unreadable("id")
    return found


def _amount(money: Mapping[str, object]) -> tuple[int, str]:
    currency = text_of(money, "currency_code")
    amount_minor = minor_of(text_of(money, "value"), currency)
    if amount_minor <= 0:
        raise Unreadable("amount")
    return amount_minor, currency


def _reference_text(thing: Mapping[str, object]) -> str:
    return (text_of(thing, "custom_id") or text_of(thing, "invoice_id"))[:_MAX_TEXT]


def _at(thing: Mapping[str, object], told_at: str) -> Instant:
    return internet_instant(text_of(thing, "create_time") or told_at)


def _expiry(authorization: Mapping[str, object]) -> Instant | None:
    text = text_of(authorization, "expiration_time")
    return internet_instant(text) if text else None


def _link(thing: Mapping[str, object], *relations: str) -> str:
    links = parts_of(thing, "links")
    return next((text_of(link, "href") for link in links if text_of(link, "rel") in relations), "")


def _hint(order: Mapping[str, object]) -> str:
    source = part_of(order, "payment_source")
    card = part_of(source, "card")
    if digits := text_of(card, "last_digits"):
        return f"{text_of(card, 'brand')} •••• {digits[-4:]}".strip()[:_MAX_HINT]
    return "PayPal" if "paypal" in source else ""
