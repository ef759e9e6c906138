"""The life of a sale as a list of steps: what happened to its payments, what was booked, and whether the hub knows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.display import CounterStatus, counter_status
from domain.ids import Instant
from domain.payments import Cause
from domain.refunds import RefundOrigin, RefundStatus, Word, word
from domain.rows import ApprovalRow, PaymentDetail, PaymentEventRow, RefundRow, SaleRow, TenderRow, VoucherRow
from domain.vouchers import HAND_CONFIRMED, REVERSAL
from ui.presenters.presenter import Mood, Words


class StepKind(StrEnum):
    """What a step is about; the view has an icon for each."""

    STATUS = "status"
    BOOKED = "booked"
    APPROVED = "approved"
    REFUND = "refund"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Step:
    """A step with what it means; `cause` is who brought it about, `at` is None for what only stands so now.

    `status` is what the payment became by it, `refund` what a refund of it became; `tender` names the payment where a
    sale has several.
    """

    kind: StepKind
    mood: Mood
    words: Words
    at: Instant | None = None
    cause: Cause | None = None
    status: CounterStatus | None = None
    refund: Word | None = None
    tender: Words | None = None


MOODS: Final = {
    CounterStatus.PREPARING: Mood.NEUTRAL,
    CounterStatus.PENDING: Mood.WARN,
    CounterStatus.UNKNOWN: Mood.WARN,
    CounterStatus.HELD: Mood.WARN,
    CounterStatus.PAID: Mood.OK,
    CounterStatus.BY_HAND: Mood.WARN,
    CounterStatus.SHORT: Mood.ERR,
    CounterStatus.LATE: Mood.WARN,
    CounterStatus.OVER: Mood.WARN,
    CounterStatus.FAILED: Mood.ERR,
    CounterStatus.EXPIRED: Mood.NEUTRAL,
    CounterStatus.CANCELLED: Mood.NEUTRAL,
    CounterStatus.VOIDED: Mood.NEUTRAL,
}
"""What each of the counter's words means to the person who reads it."""

REFUND_MOODS: Final = {
    Word.NOT_SENT: Mood.WARN,
    Word.SENT: Mood.WARN,
    Word.OVERDUE: Mood.ERR,
    Word.DONE: Mood.OK,
    Word.FAILED: Mood.ERR,
    Word.CANCELLED: Mood.NEUTRAL,
    Word.RETURNED: Mood.WARN,
}
"""What each word for a refund means to the person who reads it."""


def timeline(detail: PaymentDetail) -> tuple[Step, ...]:
    """Return the steps of all payments of a payment's sale by time, then what the hub knows."""
    several = len(detail.tenders) > 1
    dated = [step for tender in detail.tenders for step in _steps(tender, several)]
    dated.sort(key=lambda step: step.at or 0)
    return (*dated, _sync(detail.sale))


def _steps(tender: TenderRow, several: bool) -> Iterator[Step]:
    name = None
    if several:
        name = Words.of("sale.part", method=tender.row.method.value, amount=tender.row.amount_minor)
    created = Words.of("payment.event.created")
    yield Step(StepKind.STATUS, Mood.NEUTRAL, created, tender.row.created_at, Cause.PERSON, tender=name)
    for step in (
        *(_event(event) for event in tender.events),
        *(_booked(voucher) for voucher in tender.vouchers),
        *(_approved(approval) for approval in tender.approvals),
        *(step for refund in tender.refunds for step in _refunded(refund)),
    ):
        yield replace(step, tender=name)


def _event(event: PaymentEventRow) -> Step:
    status = counter_status(event.to_status, event.exception)
    words = Words.of(f"payment.step.{status.value}", received=event.received_minor)
    return Step(StepKind.STATUS, MOODS[status], words, event.at, event.cause, status)


def _booked(voucher: VoucherRow) -> Step:
    """A voucher that books the payment, or takes it back; that of a confirmation by hand says what was seen."""
    if voucher.source_kind == REVERSAL:
        words = Words.of("payment.step.voided", number=voucher.number, reason=voucher.memo)
        return Step(StepKind.STATUS, Mood.NEUTRAL, words, voucher.created_at, Cause.PERSON, CounterStatus.VOIDED)
    if voucher.source_kind == HAND_CONFIRMED:
        words = Words.of("payment.event.evidence", number=voucher.number, evidence=voucher.memo)
        return Step(StepKind.BOOKED, Mood.WARN, words, voucher.created_at, Cause.PERSON)
    words = Words.of("payment.event.posted", number=voucher.number)
    return Step(StepKind.BOOKED, Mood.OK, words, voucher.created_at)


def _approved(approval: ApprovalRow) -> Step:
    words = Words.of(
        "payment.event.approved",
        approver=approval.approver,
        requester=approval.requester,
        reason=approval.reason,
    )
    return Step(StepKind.APPROVED, Mood.OK, words, approval.used_at)


def _refunded(row: RefundRow) -> Iterator[Step]:
    """The steps of a refund; one that a bank or the provider's own desk began says so when it is done."""
    refund = row.refund
    for step in row.steps:
        became = word(replace(refund, status=step.to_status), step.at)
        done = step.to_status is RefundStatus.DONE
        told = refund.origin.value if done and refund.origin is not RefundOrigin.PERSON else step.to_status.value
        words = Words.of(f"refund.step.{told}", amount=refund.amount_minor, reason=refund.reason)
        yield Step(StepKind.REFUND, REFUND_MOODS[became], words, step.at, step.cause, refund=became)


def _sync(sale: SaleRow) -> Step:
    if any(row.refused for row in sale.payments):
        return Step(StepKind.SYNC, Mood.ERR, Words.of("payment.event.refused"))
    if any(row.unsent for row in sale.payments):
        return Step(StepKind.SYNC, Mood.WARN, Words.of("payment.event.unsent"))
    return Step(StepKind.SYNC, Mood.OK, Words.of("payment.event.synced"))
