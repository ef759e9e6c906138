"""HyperPay's payments as the one form in which notifications and queries report."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import find_reference
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import of_all, require_refund
from server.rails.decimals import minor_of
from server.rails.hyperpay_calls import kept, result_code, safe
from server.rails.hyperpay_codes import TEST_SUCCESS, Meaning, failure_of, meaning_of
from server.rails.strict_json import Unreadable, part_of, text_of

CURRENCIES: Final = frozenset({"AED", "EUR", "SAR", "USD"})
"""Of the currencies of the books those with two decimals in HyperPay's region; how dong are written is not said."""

DEBIT: Final = "DB"
HOLD: Final = "PA"
CAPTURE: Final = "CP"
REFUND: Final = "RF"
REVERSAL: Final = "RV"
CHARGE_BACK: Final = "CB"
CHARGE_BACK_UNDONE: Final = "CR"
"""Kinds of payments (`paymentType`)."""

PAID: Final = frozenset({Meaning.PAID, Meaning.PAID_REVIEW})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3}))?([+-][0-9]{4})")
_MAX_TEXT: Final = 255
_MAX_HINT: Final = 40


@dataclass(frozen=True, slots=True)
class Payment:
    """One transaction and, in `referenced`, what it acts on; `amount_minor` is 0 if unsaid or in another currency."""

    id: str
    kind: str
    code: str
    meaning: Meaning
    reference: str
    referenced: str
    amount_minor: int
    currency: str
    at: Instant
    hint: str
    response: str

    @property
    def paid(self) -> bool:
        """Whether it succeeded."""
        return self.meaning in PAID

    @property
    def failure(self) -> FailureCode:
        """Why it did not succeed."""
        return failure_of(self.code)

    @property
    def text(self) -> str:
        """Our reference, with a word for the books where HyperPay wants a person to look at a success."""
        return f"{self.reference} [review {self.code}]" if self.meaning is Meaning.PAID_REVIEW else self.reference


def payment_of(thing: Mapping[str, object], *, live: bool) -> Payment:
    """Return a transaction; raises Unreadable. On a live host a success of test mode is doubt."""
    code = result_code(thing)
    meaning = Meaning.DOUBT if live and code in TEST_SUCCESS else meaning_of(code)
    currency, amount = text_of(thing, "currency"), text_of(thing, "amount")
    # A rejected one may leave its amount out, and the places of a currency that is not ours are not known.
    said = currency in CURRENCIES and (amount or meaning is not Meaning.REJECTED)
    return Payment(
        id=safe(text_of(thing, "id")),
        kind=text_of(thing, "paymentType"),
        code=code,
        meaning=meaning,
        reference=text_of(thing, "merchantTransactionId")[:_MAX_TEXT],
        referenced=text_of(thing, "referencedId")[:_MAX_TEXT],
        amount_minor=minor_of(amount, currency) if said else 0,
        currency=currency,
        at=_instant(text_of(thing, "timestamp")),
        hint=_hint(thing),
        response=kept(thing),
    )


def receipt_of(payment: Payment, *, declined: bool = False) -> Receipt:
    """Return the money of a debit or a capture, minor units, or the attempt that was declined; raises Unreadable."""
    if payment.currency not in CURRENCIES or (payment.amount_minor == 0 and not declined):
        raise Unreadable("amount")
    return Receipt(
        provider=Provider.HYPERPAY,
        dedupe_key=_key(payment, "declined" if declined else ""),
        text=payment.text,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        paid_at=payment.at,
        provider_ref=payment.id,
        declined=declined,
    )


def authorization_of(payment: Payment, *, voided: bool) -> Authorization:
    """Return money that is held, or held no more; raises Unreadable."""
    if payment.currency not in CURRENCIES or payment.amount_minor == 0:
        raise Unreadable("amount")
    return Authorization(
        provider=Provider.HYPERPAY,
        dedupe_key=_key(payment, "voided" if voided else "held"),
        text=payment.text,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at=payment.at,
        provider_ref=payment.referenced if voided and payment.referenced else payment.id,
        voided=voided,
    )


def refund_of(payment: Payment) -> RefundNotice:
    """Return what became of a refund, ours or one of HyperPay's own desk; raises Unreadable."""
    status = _refund_status(payment)
    if payment.currency not in CURRENCIES or payment.amount_minor == 0:
        raise Unreadable("amount")
    return RefundNotice(
        provider=Provider.HYPERPAY,
        dedupe_key=_key(payment, status.value),
        # At the desk a refund may be given the payment's own reference, which is none of a refund.
        reference="" if find_reference(payment.reference) else payment.reference,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at=payment.at,
        provider_ref=payment.id,
        payment_provider_ref=payment.referenced,
        status=status,
        failure=payment.failure if status is RailStatus.FAILED else None,
    )


def charge_back_of(payment: Payment) -> ChargeBack:
    """Return money that a customer's bank takes back, or gives to the shop again; raises Unreadable."""
    stage = DisputeStage.OPENED if payment.kind == CHARGE_BACK else DisputeStage.WON
    if payment.currency not in CURRENCIES or payment.amount_minor == 0:
        raise Unreadable("amount")
    return ChargeBack(
        provider=Provider.HYPERPAY,
        dedupe_key=_key(payment, stage.value),
        text=payment.text,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at=payment.at,
        provider_ref=payment.id,
        payment_provider_ref=payment.referenced,
        stage=stage,
    )


def outcome_of(payments: Iterable[Payment]) -> RailResult | None:
    """Return what a payment's transactions come to, None where there is none; raises Unreadable.

    Money that is there settles it, then money that is held; a later failure undoes neither. Money held is PENDING with
    `authorized_minor`.
    """
    made = list(payments)
    if paid := [_paid(payment) for payment in made if payment.paid and payment.kind in (DEBIT, CAPTURE)]:
        return of_all(paid)
    released = {payment.referenced for payment in made if payment.paid and payment.kind == REVERSAL}
    attempts = [payment for payment in made if payment.kind in (DEBIT, HOLD)]
    for payment in attempts:
        if payment.paid and payment.id not in released:
            return RailResult(
                RailStatus.PENDING,
                provider_ref=payment.id,
                authorized_minor=payment.amount_minor,
                hint=payment.hint,
                response=payment.response,
            )
    for payment in attempts:
        if payment.meaning is Meaning.PENDING:
            return RailResult(RailStatus.PENDING, provider_ref=payment.id, response=payment.response)
    for payment in attempts:
        if payment.meaning in (Meaning.DOUBT, Meaning.CHARGED_BACK):
            return _not_paid(payment, RailStatus.UNKNOWN, payment.failure)
    for payment in attempts:
        failure = FailureCode.PAYER_CANCELLED if payment.paid else payment.failure
        return _not_paid(payment, RailStatus.FAILED, failure)
    return None


def refund_result(payment: Payment, order: RefundOrder) -> RailResult:
    """Return what became of a refund that was asked for; raises Unreadable for another one than was ordered.

    A rejected one, which gives nothing back, need not say what it would have been.
    """
    status = _refund_status(payment)
    if status is not RailStatus.FAILED:
        require_refund(order, payment.referenced, payment.amount_minor, payment.currency)
    failed = status in (RailStatus.FAILED, RailStatus.UNKNOWN)
    return RailResult(
        status,
        provider_ref=payment.id,
        received_minor=payment.amount_minor,
        failure=payment.failure if failed else None,
        response=payment.response,
    )


def _paid(payment: Payment) -> RailResult:
    receipt = receipt_of(payment)
    return RailResult(
        RailStatus.SUCCESS,
        provider_ref=payment.id,
        hint=payment.hint,
        received_minor=receipt.amount_minor,
        paid_at=receipt.paid_at,
        response=payment.response,
        receipts=(receipt,),
    )


def _not_paid(payment: Payment, status: RailStatus, failure: FailureCode) -> RailResult:
    return RailResult(status, provider_ref=payment.id, failure=failure, hint=payment.hint, response=payment.response)


def _refund_status(payment: Payment) -> RailStatus:
    if payment.paid:
        return RailStatus.SUCCESS
    if payment.meaning is Meaning.PENDING:
        return RailStatus.PENDING
    return RailStatus.FAILED if payment.meaning is Meaning.REJECTED else RailStatus.UNKNOWN


def _key(payment: Payment, what: str) -> str:
    return ":".join(("hyperpay", payment.id, *([what] if what else [])))


def _instant(text: str) -> Instant:
    """Return the moment of `2026-04-17 08:45:03+0000`, with or without milliseconds; raises Unreadable."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise Unreadable("timestamp")
    try:
        read = datetime.strptime(match[1] + match[3], "%Y-%m-%d %H:%M:%S%z")
    except ValueError as problem:
        raise Unreadable("timestamp") from problem
    return Instant((read - _EPOCH) // timedelta(milliseconds=1) + int((match[2] or "0").ljust(3, "0")))


def _hint(thing: Mapping[str, object]) -> str:
    digits = text_of(part_of(thing, "card"), "last4Digits")
    brand = text_of(thing, "paymentBrand").upper()
    return f"{brand} •••• {digits[-4:]}".strip()[:_MAX_HINT] if digits else ""
