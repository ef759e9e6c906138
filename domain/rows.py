"""What screens read: flat rows of payments, wallets, statements, people and the queue."""

from dataclasses import dataclass

from domain.accounts import AccountType, Control
from domain.errors import ErrorCode, FailureCode
from domain.ids import AccountId, DeviceId, Instant, MerchantId, MessageId, PaymentId, UserId, VoucherId
from domain.payments import Cause, PaymentException, PaymentStatus
from domain.policy import Role
from domain.rails import Method


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in a list; amounts are minor units. `unsent` waits for the hub, `refused` needs a person.

    `voided` says that the sale was taken back: its voucher was reversed.
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
    voided: bool = False


@dataclass(frozen=True, slots=True)
class PaymentEventRow:
    """A step in a payment's life."""

    from_status: PaymentStatus
    to_status: PaymentStatus
    exception: PaymentException
    cause: Cause
    at: Instant
    received_minor: int


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher in a list; the total is in minor units, `book_no` is the hub's register number once it is known."""

    id: VoucherId
    number: str
    business_date: str
    created_at: Instant
    source_kind: str
    memo: str
    total_minor: int
    currency: str
    book_no: int | None


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """One payment with its code, its steps (oldest first) and the vouchers that book it, or take it back.

    `is_own` says that this till took it.
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
class WalletRow:
    """An account with its running balance, debit positive, in minor units.

    `waiting_minor` is the part of it that is not at the hub yet; None while too much waits to be summed.
    """

    id: AccountId
    type: AccountType
    control: Control | None
    code: str
    name: str
    currency: str
    balance_minor: int
    waiting_minor: int | None
    is_default: bool
    bank_account: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A line of an account's statement with the balance after it (minor units, debit positive)."""

    entry_no: int
    voucher_id: VoucherId
    number: str
    business_date: str
    created_at: Instant
    source_kind: str
    memo: str
    debit_minor: int
    credit_minor: int
    balance_after_minor: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits on this till and how fresh it is; times are None before the first success."""

    waiting: int
    refused: int
    oldest_waiting_at: Instant | None
    last_sent_at: Instant | None
    last_pulled_at: Instant | None


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """How many messages of a kind wait on this till, and how many of it the hub refused."""

    kind: str
    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A message the hub refused, with the reason's code."""

    message_id: MessageId
    subject_id: str
    kind: str
    code: ErrorCode
    attempts: int
    queued_at: Instant


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person of the shop; who is disabled may not sign in."""

    id: UserId
    name: str
    role: Role
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class ShopRow:
    """The shop and this till."""

    merchant_id: MerchantId
    device_id: DeviceId
    till_code: str
    name: str
    currency: str
    zone: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What a day's verified money amounts to, in minor units, and how many payments it came in.

    A sale that was taken back does not count.
    """

    amount_minor: int
    count: int
    needs_review: int
