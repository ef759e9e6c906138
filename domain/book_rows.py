"""What screens and reports read of the books: vouchers in lists and whole, turnovers of accounts and categories."""

from dataclasses import dataclass
from enum import StrEnum

from domain.accounts import AccountType, Control
from domain.ids import AccountId, CategoryId, Instant, PaymentId, VoucherId
from domain.vouchers import Party, Side, VoucherType


class VoucherMark(StrEnum):
    """What is to be known of a voucher at a glance; the first that fits, in this order.

    REVERSAL takes another one back, VOIDED was taken back, MOVED counts on the first open day because the hub met it
    after its own period was closed (RELIABILITY 4.13).
    """

    REVERSAL = "reversal"
    VOIDED = "voided"
    MOVED = "moved"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class VoucherFilter:
    """What a list of vouchers shows; empty fields let everything through.

    `text` finds numbers, memos, counterparties and amounts; `since` and `until` are the first and last day
    (`YYYY-MM-DD`) on which a voucher counts; `category_id` takes in what hangs below it.
    """

    text: str = ""
    type: VoucherType | None = None
    since: str = ""
    until: str = ""
    account_id: AccountId | None = None
    category_id: CategoryId | None = None
    mark: VoucherMark | None = None


@dataclass(frozen=True, slots=True)
class VoucherItem:
    """An issued voucher in a list; the total is in minor units, `unsent` waits for the hub, `refused` needs a person.

    `business_date` is its own day, `booked_on` the one it counts on; both are the same unless it is MOVED.
    """

    id: VoucherId
    number: str
    book_no: int | None
    type: VoucherType
    business_date: str
    booked_on: str
    created_at: Instant
    source_kind: str
    memo: str
    counterparty: str
    category_id: CategoryId | None
    total_minor: int
    currency: str
    mark: VoucherMark
    unsent: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A line of a voucher: an amount above zero in minor units on one side of an account; `code` is the regime's."""

    account_id: AccountId
    type: AccountType
    control: Control | None
    code: str
    name: str
    side: Side
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LinkedVoucher:
    """The other half of a void."""

    id: VoucherId
    number: str


@dataclass(frozen=True, slots=True)
class VoucherDetail:
    """One voucher with its lines, what it books, and what it is linked with.

    `payment_reference` is that of its payment and `actor` the name of who issued it; both empty where there is none.
    """

    item: VoucherItem
    lines: tuple[VoucherLine, ...]
    source_id: str
    occurred_on: str
    party: Party
    attachments: int
    payment_id: PaymentId | None
    payment_reference: str
    actor: str
    reverses: LinkedVoucher | None
    reversed_by: LinkedVoucher | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """What moved on an account in a period, in minor units; `opening_minor` is its balance before, debit positive."""

    account_id: AccountId
    opening_minor: int
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class CategoryTurnover:
    """What moved on an account under one category (None: under none) in a period, in minor units."""

    account_id: AccountId
    category_id: CategoryId | None
    debit_minor: int
    credit_minor: int
