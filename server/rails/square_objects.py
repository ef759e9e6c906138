"""Square's payments, refunds and disputes as the one form in which notifications and queries report."""

from collections.abc import Mapping
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.money import EXPONENTS, MAX_MINOR
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import require_refund
from server.rails.internet_time import internet_instant
from server.rails.square_calls import kept
from server.rails.square_codes import CODES, DISPUTES, HELD, PAYMENTS, REFUNDS
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of

REASON_MARK: Final = ": "
"""What stands between a refund's reference and its reason: Square has no other field that keeps the reference."""

MAX_REASON: Final = 192

_MAX_TEXT: Final = 600
_MAX_HINT: Final = 40


def payment_result(payment: Mapping[str, object]) -> RailResult:
    """Return what became of a payment; money that is held is PENDING with `authorized_minor`. Raises Unreadable."""
    payment_id, word = _id(payment), text_of(payment, "status")
    status, failure = PAYMENTS.get(word, (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR))
    response, hint = kept(payment), _hint(payment)
    if status is RailStatus.SUCCESS:
        receipt = payment_receipt(payment)
        return RailResult(
            status,
            provider_ref=payment_id,
            hint=hint,
            received_minor=receipt.amount_minor,
            paid_at=receipt.paid_at,
            response=response,
            receipts=(receipt,),
        )
    held = word == HELD
    return RailResult(
        status,
        provider_ref=payment_id,
        authorized_minor=_charged(payment)[0] if held else 0,
        held_until=_held_until(payment) if held else None,
        hint=hint,
        failure=_why(payment) if word == "FAILED" else failure,
        response=response,
    )


def payment_receipt(payment: Mapping[str, object], declined: bool = False) -> Receipt:
    """Return the money of a payment with its tip, minor units; raises Unreadable."""
    payment_id = _id(payment)
    amount_minor, currency = _charged(payment)
    return Receipt(
        provider=Provider.SQUARE,
        dedupe_key=receipt_key(payment_id) + (":declined" if declined else ""),
        text=reference_text(payment),
        amount_minor=amount_minor,
        currency=currency,
        paid_at=_at(payment, "created_at"),
        provider_ref=payment_id,
        declined=declined,
    )


def receipt_key(payment_id: str) -> str:
    """Return the dedupe key of a payment, the same from its notification and from its query."""
    return f"square:{payment_id}"


def reference_text(payment: Mapping[str, object]) -> str:
    """Return where our reference stands: a link's payments repeat it in their note, all others in `reference_id`."""
    return f"{text_of(payment, 'reference_id')} {text_of(payment, 'note')}".strip()[:_MAX_TEXT]


def authorization_notice(payment: Mapping[str, object], voided: bool) -> Authorization:
    """Return money that is held, or held no more; raises Unreadable."""
    payment_id = _id(payment)
    amount_minor, currency = _charged(payment)
    return Authorization(
        provider=Provider.SQUARE,
        dedupe_key=f"{receipt_key(payment_id)}:{'voided' if voided else 'held'}",
        text=reference_text(payment),
        amount_minor=amount_minor,
        currency=currency,
        at=_at(payment, "updated_at" if voided else "created_at"),
        provider_ref=payment_id,
        held_until=_held_until(payment),
        voided=voided,
    )


def refund_result(refund: Mapping[str, object], order: RefundOrder) -> RailResult:
    """Return what became of a refund that was asked for; raises Unreadable, also for another one than was ordered."""
    status, failure = REFUNDS.get(text_of(refund, "status"), (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR))
    amount_minor, currency = _amount(refund, "amount_money")
    require_refund(order, text_of(refund, "payment_id"), amount_minor, currency)
    return RailResult(
        status, provider_ref=_id(refund), received_minor=amount_minor, failure=failure, response=kept(refund)
    )


def refund_notice(refund: Mapping[str, object]) -> RefundNotice:
    """Return what became of a refund; raises Unreadable."""
    refund_id, word = _id(refund), text_of(refund, "status")
    if word not in REFUNDS:
        raise Unreadable("status")
    status, failure = REFUNDS[word]
    amount_minor, currency = _amount(refund, "amount_money")
    return RefundNotice(
        provider=Provider.SQUARE,
        dedupe_key=f"{receipt_key(refund_id)}:{word.lower()}",
        reference=refund_reference(refund),
        amount_minor=amount_minor,
        currency=currency,
        at=_at(refund, "updated_at"),
        provider_ref=refund_id,
        payment_provider_ref=text_of(refund, "payment_id"),
        status=status,
        failure=failure,
    )


def refund_reason(reference: str, reason: str) -> str:
    """Return the reason under which a refund stands at Square: its reference first."""
    return f"{reference}{REASON_MARK}{reason}"[:MAX_REASON].strip()


def refund_reference(refund: Mapping[str, object]) -> str:
    """Return the reference in a refund's reason, empty for a reason of somebody else's; raises Unreadable."""
    reference, mark, _ = text_of(refund, "reason").partition(REASON_MARK.rstrip())
    return reference if mark else ""


def charge_back(dispute: Mapping[str, object]) -> ChargeBack | None:
    """Return the charge-back of a dispute, None while it only asks; raises Unreadable."""
    stage = DISPUTES.get(text_of(dispute, "state"))
    if stage is None:
        return None
    dispute_id = text_of(dispute, "dispute_id") or _id(dispute)
    amount_minor, currency = _amount(dispute, "amount_money")
    return ChargeBack(
        provider=Provider.SQUARE,
        dedupe_key=f"{receipt_key(dispute_id)}:{stage.value}",
        text="",
        amount_minor=amount_minor,
        currency=currency,
        at=_at(dispute, "created_at" if stage is DisputeStage.OPENED else "updated_at"),
        provider_ref=dispute_id,
        payment_provider_ref=text_of(part_of(dispute, "disputed_payment"), "payment_id"),
        stage=stage,
    )


def _why(payment: Mapping[str, object]) -> FailureCode:
    errors = parts_of(part_of(payment, "card_details"), "errors")
    return CODES.get(text_of(errors[0], "code"), FailureCode.DECLINED) if errors else FailureCode.DECLINED


def _id(thing: Mapping[str, object]) -> str:
    found = text_of(thing, "id")
    if not found or len(found) > _MAX_TEXT:
        raise Unreadable("id")
    return found


def _charged(payment: Mapping[str, object]) -> tuple[int, str]:
    return _amount(payment, "total_money" if part_of(payment, "total_money") else "amount_money")


def _amount(thing: Mapping[str, object], name: str) -> tuple[int, str]:
    money = part_of(thing, name)
    amount, currency = money.get("amount"), text_of(money, "currency")
    if type(amount) is not int or not 0 < amount <= MAX_MINOR or currency not in EXPONENTS:
        raise Unreadable(name)
    return amount, currency


def _at(thing: Mapping[str, object], name: str) -> Instant:
    return internet_instant(text_of(thing, name) or text_of(thing, "created_at"))


def _held_until(payment: Mapping[str, object]) -> Instant | None:
    text = text_of(payment, "delayed_until")
    return internet_instant(text) if text else None


def _hint(payment: Mapping[str, object]) -> str:
    card = part_of(part_of(payment, "card_details"), "card")
    digits = text_of(card, "last_4")
    return f"{text_of(card, 'card_brand')} •••• {digits[-4:]}".strip()[:_MAX_HINT] if digits else ""
