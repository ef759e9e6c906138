"""What screens read of payments: flat rows of payments, their sales and refunds, and of what needs a person's eye."""

from dataclasses import dataclass
from enum import StrEnum

from domain.approvals import Guarded
from domain.bills import Bill
from domain.cheques import Cheque
from domain.decision_rows import DecisionRow
from domain.errors import FailureCode
from domain.ids import BillId, Instant, PaymentId, VoucherId
from domain.payments import CASHIER, RECONCILE_WINDOW_MS, SOFT_ENDS, Cause, PaymentException, PaymentStatus
from domain.rails import BY_HAND, Method, Provider
from domain.refundable import NOTHING, GivenBack, Refundable, back_of, refundable
from domain.refunds import Refund, RefundStatus
from domain.resolutions import Resolution
from domain.rows import VoucherRow


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in a list; amounts are minor units. `unsent` waits for the hub, `refused` needs a person.

    `voided` says that the sale was taken back: its voucher was reversed. `bill_id` is the sale it pays, which comes to
    `due_minor`; `confirmed_minor` is what a person confirmed by hand and nobody has proven, `returned_minor` what was
    given back without having been the sale's. `given_minor` is all that was given back or `charged_back` by a bank.
    `held_minor` is what its provider holds until `held_until` without the shop having it, `capture_minor` what of that
    was ordered to be taken. `origin` is who wanted it: the cashier, or another system. `seen` says that somebody has
    said so of its being late.
    """

    id: PaymentId
    reference: str
    method: Method
    status: PaymentStatus
    exception: PaymentException
    amount_minor: int
    received_minor: int
    currency: str
    created_at: Instant
    expires_at: Instant
    paid_at: Instant | None
    customer_name: str
    customer_phone: str
    failure: FailureCode | None
    unsent: bool
    refused: bool
    bill_id: BillId
    due_minor: int
    confirmed_minor: int
    returned_minor: int = 0
    voided: bool = False
    given_minor: int = 0
    charged_back: bool = False
    held_minor: int = 0
    held_until: Instant | None = None
    capture_minor: int = 0
    origin: str = CASHIER
    seen: bool = False

    @property
    def given_back(self) -> GivenBack:
        """What of its money was given back; what is under way was not."""
        return back_of(self.received_minor, self.given_minor, charged_back=self.charged_back)

    @property
    def awaited(self) -> bool:
        """Whether it is a cheque, or other money that is settled by hand, that has not come yet."""
        return self.method in BY_HAND and self.status is PaymentStatus.PENDING

    def closed(self, at: Instant) -> bool:
        """Whether it ended without money so long ago that later money no longer settles it."""
        return self.status in SOFT_ENDS and at > self.expires_at + RECONCILE_WINDOW_MS


@dataclass(frozen=True, slots=True)
class PaymentEventRow:
    """A step in a payment's life; `by` names the person where one took it here."""

    from_status: PaymentStatus
    to_status: PaymentStatus
    exception: PaymentException
    cause: Cause
    at: Instant
    received_minor: int
    by: str = ""


class Matter(StrEnum):
    """What about money needs a person's eye: the sections of the list of exceptions (requirement PAY-10)."""

    SHORT = "short"
    TWICE = "twice"
    OVER = "over"
    BY_HAND = "by_hand"
    LATE = "late"
    OVERDUE = "overdue"
    HELD = "held"
    UNMATCHED = "unmatched"
    LOST = "lost"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale with all the payments that pay it, the first first; amounts are minor units.

    What was taken back counts no more.
    """

    id: BillId
    due_minor: int
    payments: tuple[PaymentRow, ...]

    @property
    def received_minor(self) -> int:
        """What all its payments brought and was not given back."""
        return sum(row.received_minor - row.returned_minor for row in self.payments if not row.voided)

    @property
    def confirmed_minor(self) -> int:
        """What of it only a person has seen so far."""
        return sum(row.confirmed_minor for row in self.payments if not row.voided)

    @property
    def missing_minor(self) -> int:
        """What is still to come."""
        return max(self.due_minor - self.received_minor, 0)

    @property
    def excess_minor(self) -> int:
        """What came beyond what is due."""
        return max(self.received_minor - self.due_minor, 0)

    @property
    def open_minor(self) -> int:
        """What is missing and nothing was given for yet, not even a cheque that waits to be cleared."""
        noted = sum(row.amount_minor for row in self.payments if row.awaited)
        return max(self.missing_minor - noted, 0)

    @property
    def unfinished(self) -> bool:
        """Whether money came or was noted for it, and both together do not cover the sale."""
        begun = self.received_minor > 0 or any(row.awaited for row in self.payments)
        return begun and self.open_minor > 0

    @property
    def matter(self) -> Matter | None:
        """What about it needs a person's eye, the gravest first."""
        exceptions = {row.exception for row in self.payments if not row.voided and not row.seen}
        if self.unfinished:
            return Matter.SHORT
        if self.excess_minor:
            return Matter.TWICE if PaymentException.PAID_TWICE in exceptions else Matter.OVER
        if self.confirmed_minor:
            return Matter.BY_HAND
        return Matter.LATE if PaymentException.PAID_LATE in exceptions else None

    @property
    def at_stake_minor(self) -> int:
        """What the matter is about: what is missing, too much, not proven or late."""
        if self.matter is Matter.LATE:
            late = (row for row in self.payments if row.exception is PaymentException.PAID_LATE)
            return sum(row.received_minor for row in late if not row.voided and not row.seen)
        if self.matter is Matter.BY_HAND:
            return self.confirmed_minor
        return self.missing_minor or self.excess_minor


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval that was used for something of a payment: who asked whom, why, and by what it was used."""

    action: Guarded
    requester: str
    approver: str
    reason: str
    amount_minor: int
    used_at: Instant


@dataclass(frozen=True, slots=True)
class RefundStep:
    """A step in a refund's life."""

    to_status: RefundStatus
    cause: Cause
    at: Instant
    beyond: bool


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund or a charge-back with its steps (oldest first) and the vouchers that book it, or take it back.

    The names are those of who asked and who approved, empty where nobody did.
    """

    refund: Refund
    asked_by: str
    approved_by: str
    steps: tuple[RefundStep, ...]
    vouchers: tuple[VoucherRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TenderRow:
    """One of a sale's payments with its steps, the vouchers that book it or take it back, and their approvals."""

    row: PaymentRow
    tendered_minor: int
    change_minor: int
    events: tuple[PaymentEventRow, ...]
    vouchers: tuple[VoucherRow, ...]
    approvals: tuple[ApprovalRow, ...] = ()
    refunds: tuple[RefundRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A sale, or money without one, that needs a person's eye, or had one; amounts are minor units.

    `at_stake_minor` is what is missing, too much, not proven, late, overdue, held or without a payment. Money that
    names no payment has neither `payment_id` nor a due; `name` is the payment's reference, or what the money's voucher
    says. `decision` is the last that was decided about it; `settled` says that the row tells of that decision alone.
    `notice` is what a provider did that somebody should see. `currency` is empty where it is the shop's.
    """

    kind: Matter
    at: Instant
    name: str
    customer: str
    due_minor: int
    received_minor: int
    at_stake_minor: int
    payment_id: PaymentId | None = None
    voucher_id: VoucherId | None = None
    decision: DecisionRow | None = None
    settled: bool = False
    notice: Resolution | None = None
    currency: str = ""

    @property
    def key(self) -> str:
        """What tells it from the others."""
        if self.settled and self.decision is not None:
            return self.decision.resolution.id
        if self.notice is not None:
            return self.notice.id
        return self.payment_id or self.voucher_id or ""


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """One payment with its code, its steps (oldest first) and the vouchers that book it, or take it back.

    `is_own` says that this till took it. `tenders` are all payments of its sale, the first first, it among them.
    `provider` is who took its money, by the payment `option` that was asked for; with `capture` False it is only to be
    held.
    """

    row: PaymentRow
    qr_text: str
    tendered_minor: int
    change_minor: int
    note: str
    order_ref: str
    events: tuple[PaymentEventRow, ...]
    vouchers: tuple[VoucherRow, ...]
    is_own: bool = False
    tenders: tuple[TenderRow, ...] = ()
    cheque: Cheque | None = None
    provider: Provider = Provider.NONE
    capture: bool = True
    option: str = ""

    @property
    def refunds(self) -> tuple[RefundRow, ...]:
        """The refunds and charge-backs of all payments of its sale, those of each payment in order."""
        return tuple(refund for tender in self.tenders for refund in tender.refunds)

    @property
    def left(self) -> Refundable:
        """What of it may still be given back, by what this till knows."""
        if self.row.voided:
            return NOTHING
        given = [each.refund for each in self.refunds]
        return refundable(Bill(self.row.bill_id, self.row.due_minor), self.sale.payments, given, self.row.id)

    @property
    def is_held(self) -> bool:
        """Whether its provider holds money that the shop may take, and has not ordered to be taken."""
        return self.row.status is PaymentStatus.AUTHORIZED and self.row.held_minor > 0 and not self.row.capture_minor

    @property
    def pays_alone(self) -> bool:
        """Whether it pays its sale without any others."""
        return self.row.amount_minor == self.row.due_minor and len(self.sale.payments) == 1

    @property
    def sale(self) -> SaleRow:
        """The sale that it pays, wholly or in part."""
        rows = tuple(tender.row for tender in self.tenders) or (self.row,)
        return SaleRow(self.row.bill_id, self.row.due_minor, rows)


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list of payments shows: text finds amounts, references, names and phones; dates are Instants.

    `voided` leaves out sales that were taken back, or all others.
    """

    text: str = ""
    status: PaymentStatus | None = None
    method: Method | None = None
    since: Instant | None = None
    until: Instant | None = None
    voided: bool | None = None


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What a day's verified money amounts to, in minor units, and how many payments it came in.

    A sale that was taken back does not count.
    """

    amount_minor: int
    count: int
    needs_review: int
