"""The life of a sale as a list of steps: what happened to its payments, what was booked, and whether the hub knows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.approvals import Guarded
from domain.decision_rows import DecisionRow
from domain.display import CounterStatus, counter_status
from domain.ids import Instant, VoucherId
from domain.payment_rows import ApprovalRow, PaymentDetail, PaymentEventRow, RefundRow, SaleRow, TenderRow
from domain.payments import Cause, PaymentException
from domain.rails import Method, Provider
from domain.refunds import RefundOrigin, RefundStatus, RefundWay, Word, word
from domain.resolutions import Act, ResolutionStatus
from domain.rows import VoucherRow
from domain.stamps import Stamp, stamp_of
from domain.vouchers import HAND_CONFIRMED, REVERSAL, SETTLED
from ui.presenters.presenter import Mood, Words

_BY_STATEMENT: Final = f"prov:{Provider.STATEMENT.value}"
"""The kind of the event that a bank's statement confirmed the payment, as the hub books it."""


class StepKind(StrEnum):
    """What a step is about; the view has an icon for each."""

    STATUS = "status"
    BOOKED = "booked"
    APPROVED = "approved"
    REFUND = "refund"
    DECIDED = "decided"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Step:
    """A step with what it means; `cause` is who brought it about, `at` is None for what only stands so now.

    `stamp` says whether it came about by itself, `by` names who did it, `voucher` books it.

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
    stamp: Stamp | None = None
    by: str = ""
    voucher: VoucherId | None = None


MOODS: Final = {
    CounterStatus.PREPARING: Mood.NEUTRAL,
    CounterStatus.PENDING: Mood.WARN,
    CounterStatus.UNKNOWN: Mood.WARN,
    CounterStatus.NOTED: Mood.WARN,
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

_STAYS: Final = {RefundWay.WRITE_OFF: "written_off", RefundWay.CREDIT: "kept"}
"""What is said of a refund that is done and left nobody's hands."""

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
    manual = stamp_of(Cause.PERSON)
    yield Step(StepKind.STATUS, Mood.NEUTRAL, created, tender.row.created_at, Cause.PERSON, tender=name, stamp=manual)
    voided = any(approval.action is Guarded.VOID for approval in tender.approvals)
    for step in (
        *(_event(event, tender.row.method) for event in tender.events),
        *(_booked(voucher, voided) for voucher in tender.vouchers),
        *(_approved(approval) for approval in tender.approvals),
        *(step for refund in tender.refunds for step in _refunded(refund)),
        *(_decided(decision) for decision in tender.decisions),
    ):
        yield replace(step, tender=name)


def _event(event: PaymentEventRow, method: Method) -> Step:
    status = counter_status(event.to_status, event.exception, method=method)
    words = Words.of(f"payment.step.{status.value}", received=event.received_minor)
    stamp = stamp_of(event.cause, exception=event.exception)
    return Step(StepKind.STATUS, MOODS[status], words, event.at, event.cause, status, stamp=stamp, by=event.by)


def _booked(voucher: VoucherRow, void_approved: bool) -> Step:
    """A voucher that books the payment, or takes it back; that of a confirmation by hand says what was seen."""
    if voucher.source_kind == REVERSAL:
        words = Words.of("payment.step.voided", number=voucher.number, reason=voucher.memo)
        step = Step(StepKind.STATUS, Mood.NEUTRAL, words, voucher.created_at, Cause.PERSON, CounterStatus.VOIDED)
        return replace(step, stamp=stamp_of(Cause.PERSON, approved=void_approved), voucher=voucher.id)
    if voucher.source_kind == SETTLED:
        words = Words.of("payment.event.settled", number=voucher.number, evidence=voucher.memo)
        came = Step(StepKind.BOOKED, Mood.OK, words, voucher.created_at, Cause.PERSON)
        return replace(came, stamp=stamp_of(Cause.PERSON), voucher=voucher.id)
    if voucher.source_kind == HAND_CONFIRMED:
        words = Words.of("payment.event.evidence", number=voucher.number, evidence=voucher.memo)
        forced = stamp_of(Cause.PERSON, exception=PaymentException.CONFIRMED_BY_HAND)
        seen = Step(StepKind.BOOKED, Mood.WARN, words, voucher.created_at, Cause.PERSON)
        return replace(seen, stamp=forced, voucher=voucher.id)
    if voucher.source_kind == _BY_STATEMENT:
        words = Words.of("payment.event.by_statement", number=voucher.number)
        read = Step(StepKind.BOOKED, Mood.OK, words, voucher.created_at, Cause.PROVIDER)
        return replace(read, stamp=stamp_of(Cause.PROVIDER), voucher=voucher.id)
    words = Words.of("payment.event.posted", number=voucher.number)
    return Step(StepKind.BOOKED, Mood.OK, words, voucher.created_at, voucher=voucher.id)


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
        if done:
            told = _STAYS.get(refund.way, told)
        words = Words.of(f"refund.step.{told}", amount=refund.amount_minor, reason=refund.reason)
        begun = step.to_status is row.steps[0].to_status
        stamp = stamp_of(step.cause, approved=begun and refund.approved_by is not None)
        by = row.asked_by if begun else ""
        yield Step(StepKind.REFUND, REFUND_MOODS[became], words, step.at, step.cause, refund=became, stamp=stamp, by=by)


def _decided(row: DecisionRow) -> Step:
    """What a person said of money: that it is this payment's, or that they saw it."""
    told = row.resolution
    words = Words.of(
        f"payment.decided.{told.act.value}", number=row.number, amount=told.amount_minor, reason=told.reason
    )
    is_match = told.act is Act.MATCH
    return Step(
        StepKind.DECIDED,
        Mood.OK if told.status is ResolutionStatus.DONE else Mood.WARN,
        words,
        told.requested_at,
        Cause.PERSON,
        stamp=row.stamp,
        by=row.by,
        voucher=VoucherId(told.subject_id) if is_match else None,
    )


def _sync(sale: SaleRow) -> Step:
    if any(row.refused for row in sale.payments):
        return Step(StepKind.SYNC, Mood.ERR, Words.of("payment.event.refused"))
    if any(row.unsent for row in sale.payments):
        return Step(StepKind.SYNC, Mood.WARN, Words.of("payment.event.unsent"))
    return Step(StepKind.SYNC, Mood.OK, Words.of("payment.event.synced"))
