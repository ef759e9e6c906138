"""What screens read beside payments: flat rows of vouchers, wallets, statements, people and the queue."""

from dataclasses import dataclass

from domain.accounts import AccountType, Control
from domain.errors import ErrorCode
from domain.ids import AccountId, DeviceId, Instant, MerchantId, MessageId, UserId, VoucherId
from domain.policy import Role


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
