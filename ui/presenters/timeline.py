"""A payment's life as a list of steps: what happened, what was booked, and whether the hub knows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.display import CounterStatus, counter_status
from domain.ids import Instant
from domain.payments import Cause
from domain.rows import PaymentDetail, PaymentEventRow, VoucherRow
from domain.vouchers import REVERSAL
from ui.presenters.presenter import Mood, Words


class StepKind(StrEnum):
    """What a step is about; the view has an icon for each."""

    STATUS = "status"
    BOOKED = "booked"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Step:
    """A step with what it means; `cause` is who brought it about, `at` is None for what only stands so now.

    `status` is what the payment became by it.
    """

    kind: StepKind
    mood: Mood
    words: Words
    at: Instant | None = None
    cause: Cause | None = None
    status: CounterStatus | None = None


MOODS: Final = {
    CounterStatus.PREPARING: Mood.NEUTRAL,
    CounterStatus.PENDING: Mood.WARN,
    CounterStatus.UNKNOWN: Mood.WARN,
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


def timeline(detail: PaymentDetail) -> tuple[Step, ...]:
    """Return a payment's steps in order: its events and vouchers by time, then what the hub knows."""
    dated = [
        Step(StepKind.STATUS, Mood.NEUTRAL, Words.of("payment.event.created"), detail.row.created_at, Cause.PERSON),
        *(_event(event) for event in detail.events),
        *(_booked(voucher) for voucher in detail.vouchers),
    ]
    dated.sort(key=lambda step: step.at or 0)
    return (*dated, _sync(detail))


def _event(event: PaymentEventRow) -> Step:
    status = counter_status(event.to_status, event.exception)
    words = Words.of(f"payment.step.{status.value}", received=event.received_minor)
    return Step(StepKind.STATUS, MOODS[status], words, event.at, event.cause, status)


def _booked(voucher: VoucherRow) -> Step:
    """A voucher that books the payment, or takes it back."""
    if voucher.source_kind == REVERSAL:
        words = Words.of("payment.step.voided", number=voucher.number, reason=voucher.memo)
        return Step(StepKind.STATUS, Mood.NEUTRAL, words, voucher.created_at, Cause.PERSON, CounterStatus.VOIDED)
    words = Words.of("payment.event.posted", number=voucher.number)
    return Step(StepKind.BOOKED, Mood.OK, words, voucher.created_at)


def _sync(detail: PaymentDetail) -> Step:
    if detail.row.refused:
        return Step(StepKind.SYNC, Mood.ERR, Words.of("payment.event.refused"))
    if detail.row.unsent:
        return Step(StepKind.SYNC, Mood.WARN, Words.of("payment.event.unsent"))
    return Step(StepKind.SYNC, Mood.OK, Words.of("payment.event.synced"))
