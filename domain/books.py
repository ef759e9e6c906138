"""The books as reports, exports and prints read them: the chart of accounts, entries, and tables of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.accounts import AccountType, Control
from domain.categories import CategoryKind
from domain.ids import AccountId, CategoryId, Instant, PaymentId, VoucherId
from domain.money import Language
from domain.vouchers import Side, VoucherType


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of the chart; `code` is the one of the shop's regime, `balance_minor` debit positive."""

    id: AccountId
    type: AccountType
    control: Control | None
    code: str
    name: str
    currency: str
    opened_on: str
    archived: bool
    balance_minor: int


@dataclass(frozen=True, slots=True)
class ChartCategory:
    """A category with its place in the tree; `path_*` names it from the root, parts divided by " › "."""

    id: CategoryId
    kind: CategoryKind
    name_vi: str
    name_en: str
    path_vi: str
    path_en: str
    parent_id: CategoryId | None
    system_key: str
    archived: bool

    def name(self, language: Language) -> str:
        """Return the name in a language."""
        return self.name_vi if language is Language.VI else self.name_en

    def path(self, language: Language) -> str:
        """Return the path in a language."""
        return self.path_vi if language is Language.VI else self.path_en


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of an entry: an amount above zero in minor units, on one side of an account."""

    account_id: AccountId
    side: Side
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An issued voucher as the journal tells it.

    `booked_on` is the day it counts on: its own date, or the first open day if its own was closed when the hub took
    it. `occurred_on` is the day of what it books where that is another one, else empty. Dates are `YYYY-MM-DD`.
    """

    id: VoucherId
    number: str
    book_no: int | None
    type: VoucherType
    currency: str
    business_date: str
    booked_on: str
    occurred_on: str
    created_at: Instant
    source_kind: str
    source_id: str
    memo: str
    counterparty: str
    counterparty_address: str
    attachments: int
    category_id: CategoryId | None
    payment_id: PaymentId | None
    reverses: VoucherId | None
    reversed_by: VoucherId | None
    total_minor: int
    hash: str
    lines: tuple[EntryLine, ...]


class Kind(StrEnum):
    """How a column of a report is written: MONEY in minor units, DATE as `YYYY-MM-DD`, NUMBER as a whole number."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: the key of its heading in the text catalogue, and how its cells are written."""

    heading: str
    kind: Kind


Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report; `level` indents the first text, `strong` marks headings and sums.

    `voucher_id` names the voucher that the row tells of, so that a screen can open it.
    """

    cells: tuple[Cell, ...]
    level: int = 0
    strong: bool = False
    voucher_id: VoucherId | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A table of figures about the books of one shop in one currency, ready to be shown, printed or written to a file.

    `title` and the columns' headings are keys of the text catalogue; `since` and `until` are its first and last day.
    """

    title: str
    shop: str
    currency: str
    since: str
    until: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    subtitle: str = ""
