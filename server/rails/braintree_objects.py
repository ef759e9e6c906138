"""Braintree's transactions and disputes as the one form in which notifications and queries report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.rails import Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import of_all, require_refund
from server.rails.braintree_calls import kept
from server.rails.braintree_codes import DISPUTES, DUPLICATE, HELD, PROCESSOR, REJECTIONS, STATUSES, VOIDABLE
from server.rails.decimals import minor_of
from server.rails.internet_time import internet_instant
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of

CURRENCIES: Final = frozenset({"AED", "AUD", "EUR", "JPY", "SAR", "SGD", "USD"})
"""The currencies of the books but the dong: Braintree serves no shop in Viet Nam."""

SALE: Final = "sale"
CREDIT: Final = "credit"
_SUBMITTED: Final = "submitted_for_settlement"
_CHARGE_BACK: Final = "chargeback"
_MAX_TEXT: Final = 255
_MAX_HINT: Final = 40


@dataclass(frozen=True, slots=True)
class Transaction:
    """A sale or a refund, minor units; `refunded` is the sale that a refund gives back."""

    id: str
    kind: str
    word: str
    status: RailStatus
    failure: FailureCode | None
    amount_minor: int
    currency: str
    reference: str
    refunded: str
    at: Instant
    held_until: Instant | None
    hint: str
    response: str

    @property
    def voidable(self) -> bool:
        """Whether it can still be undone as if it had never been."""
        return self.word in VOIDABLE


def transaction_of(thing: Mapping[str, object], told_at: Instant | None = None) -> Transaction:
    """Return a transaction; raises Unreadable. `told_at` stands for times that it does not say."""
    word = text_of(thing, "status")
    status, failure = _state(thing, word)
    currency = text_of(thing, "currency_iso_code")
    if currency not in CURRENCIES:
        raise Unreadable("currency")
    until = text_of(thing, "authorization_expires_at")
    return Transaction(
        id=identity(thing),
        kind=text_of(thing, "type"),
        word=word,
        status=status,
        failure=failure,
        amount_minor=minor_of(text_of(thing, "amount"), currency),
        currency=currency,
        reference=text_of(thing, "order_id")[:_MAX_TEXT],
        refunded=text_of(thing, "refunded_transaction_id")[:_MAX_TEXT],
        at=_taken_at(thing, told_at),
        held_until=internet_instant(until) if until and word == HELD else None,
        hint=_hint(part_of(thing, "credit_card")),
        response=kept(thing),
    )


def receipt_of(sale: Transaction) -> Receipt:
    """Return the money of a sale; raises Unreadable."""
    if sale.amount_minor == 0:
        raise Unreadable("amount")
    return Receipt(
        provider=Provider.BRAINTREE,
        dedupe_key=key_of(sale.id),
        text=sale.reference,
        amount_minor=sale.amount_minor,
        currency=sale.currency,
        paid_at=sale.at,
        provider_ref=sale.id,
    )


def outcome_of(sales: Iterable[Transaction]) -> RailResult | None:
    """Return what the sales of a payment come to, None where there is none; raises Unreadable.

    Money that is there settles it, then money that is held or under way; of failures the first one of the list, which
    is the newest, counts.
    """
    made = [sale for sale in sales if sale.kind == SALE]
    if paid := [sale_result(sale) for sale in made if sale.status is RailStatus.SUCCESS]:
        return of_all(paid)
    for wanted in (RailStatus.PENDING, RailStatus.UNKNOWN, RailStatus.FAILED):
        for sale in made:
            if sale.status is wanted:
                return sale_result(sale)
    return None


def sale_result(sale: Transaction) -> RailResult:
    """Return what became of a sale; money held is PENDING with `authorized_minor`. Raises Unreadable."""
    receipt = receipt_of(sale) if sale.status is RailStatus.SUCCESS else None
    return RailResult(
        sale.status,
        provider_ref=sale.id,
        authorized_minor=sale.amount_minor if sale.word == HELD else 0,
        held_until=sale.held_until,
        hint=sale.hint,
        received_minor=0 if receipt is None else receipt.amount_minor,
        paid_at=None if receipt is None else receipt.paid_at,
        failure=sale.failure,
        response=sale.response,
        receipts=() if receipt is None else (receipt,),
    )


def refund_result(refund: Transaction, order: RefundOrder) -> RailResult:
    """Return what became of a refund that was asked for; raises Unreadable for another one than was ordered."""
    require_refund(order, refund.refunded, refund.amount_minor, refund.currency)
    return RailResult(
        refund.status,
        provider_ref=refund.id,
        received_minor=refund.amount_minor,
        failure=refund.failure,
        response=refund.response,
    )


def refund_notice(refund: Transaction, at: Instant) -> RefundNotice:
    """Return what became of a refund."""
    return RefundNotice(
        provider=Provider.BRAINTREE,
        dedupe_key=f"{key_of(refund.id)}:{refund.status.value}",
        reference=refund.reference,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        at=at,
        provider_ref=refund.id,
        payment_provider_ref=refund.refunded,
        status=refund.status,
        failure=refund.failure,
    )


def not_settled(sale: Transaction, at: Instant) -> ChargeBack:
    """Return money of a sale that was told as received and that the bank does not hand over after all."""
    return ChargeBack(
        provider=Provider.BRAINTREE,
        dedupe_key=f"{key_of(sale.id)}:not_settled",
        text=sale.reference,
        amount_minor=sale.amount_minor,
        currency=sale.currency,
        at=at,
        provider_ref=sale.id,
        payment_provider_ref=sale.id,
        stage=DisputeStage.OPENED,
    )


def charge_back_of(dispute: Mapping[str, object], at: Instant) -> ChargeBack | None:
    """Return the charge-back of a dispute, None for one that moves no money; raises Unreadable."""
    stage = DISPUTES.get(text_of(dispute, "status"))
    currency, name = text_of(dispute, "currency_iso_code"), identity(dispute)
    if stage is None or text_of(dispute, "kind") != _CHARGE_BACK or currency not in CURRENCIES:
        return None
    about = part_of(dispute, "transaction")
    amount = minor_of(text_of(dispute, "amount_disputed") or text_of(dispute, "amount"), currency)
    if amount == 0:
        raise Unreadable("amount")
    return ChargeBack(
        provider=Provider.BRAINTREE,
        dedupe_key=f"{key_of(name)}:{stage.value}",
        text=text_of(about, "order_id")[:_MAX_TEXT],
        amount_minor=amount,
        currency=currency,
        at=at,
        provider_ref=name,
        payment_provider_ref=text_of(about, "id")[:_MAX_TEXT],
        stage=stage,
    )


def key_of(name: str) -> str:
    """Return the dedupe key of a transaction's money, the same from its notification and from its query."""
    return f"braintree:{name}"


def identity(thing: Mapping[str, object]) -> str:
    """Return an object's id; raises Unreadable."""
    found = text_of(thing, "id")
    if not found or len(found) > _MAX_TEXT:
        raise Unreadable("id")
    return found


def _state(thing: Mapping[str, object], word: str) -> tuple[RailStatus, FailureCode | None]:
    if word == "processor_declined":
        return RailStatus.FAILED, PROCESSOR.get(text_of(thing, "processor_response_code"), FailureCode.DECLINED)
    if word == "gateway_rejected":
        reason = text_of(thing, "gateway_rejection_reason")
        if reason == DUPLICATE:
            return RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION
        return RailStatus.FAILED, REJECTIONS.get(reason, FailureCode.DECLINED)
    return STATUSES.get(word, (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR))


def _taken_at(thing: Mapping[str, object], told_at: Instant | None) -> Instant:
    """Return when the money was taken: submitted for settlement, else begun; raises Unreadable."""
    for event in parts_of(thing, "status_history"):
        if text_of(event, "status") == _SUBMITTED:
            return internet_instant(text_of(event, "timestamp"))
    begun = text_of(thing, "created_at")
    if not begun and told_at is not None:
        return told_at
    return internet_instant(begun)


def _hint(card: Mapping[str, object]) -> str:
    digits = text_of(card, "last_4")
    return f"{text_of(card, 'card_type').upper()} •••• {digits[-4:]}".strip()[:_MAX_HINT] if digits else ""
