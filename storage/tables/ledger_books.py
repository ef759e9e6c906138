"""The books: accounts, categories, vouchers with their lines, and the numbers and sums kept of them; on both sides."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from domain.accounts import AccountType
from domain.categories import CategoryKind
from domain.vouchers import Side, VoucherStatus, VoucherType
from storage.tables.columns import big, ledger, one_of, small, text

accounts = Table(
    "accounts",
    ledger,
    text("merchant_id"),
    text("id"),
    text("type"),
    text("code"),
    text("name"),
    text("currency"),
    text("control", null=True),
    small("is_default", default="0"),
    text("bank_bin"),
    text("bank_account"),
    big("created_at"),
    big("archived_at", null=True),
    big("balance_minor", default="0"),
    big("entries", default="0"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "name"),
    CheckConstraint(one_of("type", AccountType)),
    CheckConstraint("(type = 'CONTROL') = (control IS NOT NULL)"),
    sqlite_strict=True,
)
Index(
    "one_default_account",
    accounts.c.merchant_id,
    unique=True,
    sqlite_where=accounts.c.is_default == 1,
    postgresql_where=accounts.c.is_default == 1,
)

categories = Table(
    "categories",
    ledger,
    text("merchant_id"),
    text("id"),
    text("kind"),
    text("name_vi"),
    text("name_en"),
    text("system_key"),
    text("parent_id", null=True),
    big("archived_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(one_of("kind", CategoryKind)),
    sqlite_strict=True,
)

series = Table(
    "series",
    ledger,
    text("merchant_id"),
    text("device_id"),
    text("type"),
    text("incarnation"),
    text("year"),
    big("last_seq"),
    PrimaryKeyConstraint("merchant_id", "device_id", "type", "incarnation", "year"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

vouchers = Table(
    "vouchers",
    ledger,
    text("merchant_id"),
    text("id"),
    text("device_id"),
    text("type"),
    text("status"),
    text("number", null=True),
    text("currency"),
    text("business_date"),
    big("created_at"),
    text("source_kind"),
    text("source_id"),
    big("total_minor"),
    text("memo"),
    text("category_id", null=True),
    text("payment_id", null=True),
    text("actor_id", null=True),
    text("reverses", null=True),
    big("chain_seq", null=True),
    text("prev_hash", null=True),
    text("hash", null=True),
    text("party_name", default="''"),
    text("party_address", default="''"),
    small("attachments", default="0"),
    text("occurred_on", default="''"),
    small("second", default="0"),
    text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "device_id", "chain_seq"),
    UniqueConstraint("merchant_id", "number"),
    CheckConstraint(one_of("type", VoucherType)),
    CheckConstraint(one_of("status", VoucherStatus)),
    CheckConstraint("total_minor > 0"),
    sqlite_strict=True,
)
Index(
    "one_voucher_per_event",
    vouchers.c.merchant_id,
    vouchers.c.source_kind,
    vouchers.c.source_id,
    unique=True,
    sqlite_where=vouchers.c.second == 0,
    postgresql_where=vouchers.c.second == 0,
)
Index(
    "one_reversal",
    vouchers.c.merchant_id,
    vouchers.c.reverses,
    unique=True,
    sqlite_where=vouchers.c.reverses.isnot(None) & (vouchers.c.second == 0),
    postgresql_where=vouchers.c.reverses.isnot(None) & (vouchers.c.second == 0),
)
Index("vouchers_by_day", vouchers.c.merchant_id, vouchers.c.business_date, vouchers.c.created_at, vouchers.c.id)
Index(
    "vouchers_by_payment",
    vouchers.c.merchant_id,
    vouchers.c.payment_id,
    sqlite_where=vouchers.c.payment_id.isnot(None),
    postgresql_where=vouchers.c.payment_id.isnot(None),
)
Index(
    "vouchers_of_holder",
    vouchers.c.merchant_id,
    vouchers.c.holder_id,
    vouchers.c.created_at,
    sqlite_where=vouchers.c.holder_id.isnot(None),
    postgresql_where=vouchers.c.holder_id.isnot(None),
)

postings = Table(
    "postings",
    ledger,
    text("merchant_id"),
    text("voucher_id"),
    small("line_no"),
    text("account_id"),
    text("side"),
    big("amount_minor"),
    big("entry_no"),
    big("balance_after"),
    PrimaryKeyConstraint("merchant_id", "voucher_id", "line_no"),
    UniqueConstraint("merchant_id", "account_id", "entry_no"),
    ForeignKeyConstraint(["merchant_id", "voucher_id"], ["vouchers.merchant_id", "vouchers.id"]),
    ForeignKeyConstraint(["merchant_id", "account_id"], ["accounts.merchant_id", "accounts.id"]),
    CheckConstraint(one_of("side", Side)),
    CheckConstraint("amount_minor > 0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

day_totals = Table(
    "day_totals",
    ledger,
    text("merchant_id"),
    text("account_id"),
    text("day"),
    text("category_id"),
    big("debit_minor"),
    big("credit_minor"),
    PrimaryKeyConstraint("merchant_id", "account_id", "day", "category_id"),
    CheckConstraint("debit_minor >= 0 AND credit_minor >= 0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

book_numbers = Table(
    "book_numbers",
    ledger,
    text("merchant_id"),
    text("voucher_id"),
    text("type"),
    text("year"),
    big("book_no"),
    text("booked_on", null=True),
    PrimaryKeyConstraint("merchant_id", "voucher_id"),
    UniqueConstraint("merchant_id", "type", "year", "book_no"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index(
    "moved_vouchers",
    book_numbers.c.merchant_id,
    book_numbers.c.booked_on,
    sqlite_where=book_numbers.c.booked_on.isnot(None),
    postgresql_where=book_numbers.c.booked_on.isnot(None),
)
