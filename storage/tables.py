"""The tables of till and hub: one description for SQLite and PostgreSQL, the merchant leading every key."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from domain.accounts import AccountType
from domain.categories import CategoryKind
from domain.payments import PaymentException, PaymentStatus, TransactionStatus
from domain.policy import Role
from domain.refunds import RefundOf, RefundOrigin, RefundStatus, RefundWay
from domain.resolutions import Act, ResolutionStatus
from domain.vouchers import Side, VoucherStatus, VoucherType

Big: Final = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit whole number: money in minor units, instants in milliseconds, sequence numbers."""

ledger: Final = MetaData()
"""What till and hub both hold."""
till: Final = MetaData()
"""What only a till holds."""
hub: Final = MetaData()
"""What only the hub holds."""


def _one_of(column: str, values: type) -> str:
    listed = ", ".join(f"'{value.value}'" for value in values)  # type: ignore[attr-defined]  # an enum class
    return f"{column} IN ({listed})"


def _text(name: str, *, null: bool = False) -> "Column[str]":
    return Column(name, Text, nullable=null)


def _big(name: str, *, null: bool = False) -> "Column[int]":
    return Column(name, Big, nullable=null)


merchants = Table(
    "merchants",
    ledger,
    Column("id", Text, primary_key=True),
    _text("name"),
    Column("currency", Text, CheckConstraint("length(currency) = 3"), nullable=False),
    _text("zone"),
    _text("limits"),
    Column("feed_seq", Big, nullable=False, server_default=text("0")),
    Column("is_demo", Integer, nullable=False, server_default=text("0")),
    _big("created_at"),
    sqlite_strict=True,
)

devices = Table(
    "devices",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("code"),
    _text("incarnation"),
    _text("name"),
    Column("voucher_seq", Big, nullable=False, server_default=text("0")),
    Column("voucher_hash", Text, nullable=False, server_default=text("''")),
    Column("audit_seq", Big, nullable=False, server_default=text("0")),
    Column("audit_hash", Text, nullable=False, server_default=text("''")),
    Column("reference_seq", Big, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "code", "incarnation"),
    sqlite_strict=True,
)

accounts = Table(
    "accounts",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("type"),
    _text("code"),
    _text("name"),
    _text("currency"),
    _text("control", null=True),
    Column("is_default", Integer, nullable=False, server_default=text("0")),
    _text("bank_bin"),
    _text("bank_account"),
    _big("created_at"),
    _big("archived_at", null=True),
    Column("balance_minor", Big, nullable=False, server_default=text("0")),
    Column("entries", Big, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "name"),
    CheckConstraint(_one_of("type", AccountType)),
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
    _text("merchant_id"),
    _text("id"),
    _text("kind"),
    _text("name_vi"),
    _text("name_en"),
    _text("system_key"),
    _text("parent_id", null=True),
    _big("archived_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(_one_of("kind", CategoryKind)),
    sqlite_strict=True,
)

shop_settings = Table(
    "shop_settings",
    ledger,
    _text("merchant_id"),
    _text("key"),
    _text("value"),
    PrimaryKeyConstraint("merchant_id", "key"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

series = Table(
    "series",
    ledger,
    _text("merchant_id"),
    _text("device_id"),
    _text("type"),
    _text("incarnation"),
    _text("year"),
    _big("last_seq"),
    PrimaryKeyConstraint("merchant_id", "device_id", "type", "incarnation", "year"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

vouchers = Table(
    "vouchers",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("device_id"),
    _text("type"),
    _text("status"),
    _text("number", null=True),
    _text("currency"),
    _text("business_date"),
    _big("created_at"),
    _text("source_kind"),
    _text("source_id"),
    _big("total_minor"),
    _text("memo"),
    _text("category_id", null=True),
    _text("payment_id", null=True),
    _text("actor_id", null=True),
    _text("reverses", null=True),
    _big("chain_seq", null=True),
    _text("prev_hash", null=True),
    _text("hash", null=True),
    Column("party_name", Text, nullable=False, server_default=text("''")),
    Column("party_address", Text, nullable=False, server_default=text("''")),
    Column("attachments", Integer, nullable=False, server_default=text("0")),
    Column("occurred_on", Text, nullable=False, server_default=text("''")),
    Column("second", Integer, nullable=False, server_default=text("0")),
    _text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "device_id", "chain_seq"),
    UniqueConstraint("merchant_id", "number"),
    CheckConstraint(_one_of("type", VoucherType)),
    CheckConstraint(_one_of("status", VoucherStatus)),
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

postings = Table(
    "postings",
    ledger,
    _text("merchant_id"),
    _text("voucher_id"),
    Column("line_no", Integer, nullable=False),
    _text("account_id"),
    _text("side"),
    _big("amount_minor"),
    _big("entry_no"),
    _big("balance_after"),
    PrimaryKeyConstraint("merchant_id", "voucher_id", "line_no"),
    UniqueConstraint("merchant_id", "account_id", "entry_no"),
    ForeignKeyConstraint(["merchant_id", "voucher_id"], ["vouchers.merchant_id", "vouchers.id"]),
    ForeignKeyConstraint(["merchant_id", "account_id"], ["accounts.merchant_id", "accounts.id"]),
    CheckConstraint(_one_of("side", Side)),
    CheckConstraint("amount_minor > 0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

day_totals = Table(
    "day_totals",
    ledger,
    _text("merchant_id"),
    _text("account_id"),
    _text("day"),
    _text("category_id"),
    _big("debit_minor"),
    _big("credit_minor"),
    PrimaryKeyConstraint("merchant_id", "account_id", "day", "category_id"),
    CheckConstraint("debit_minor >= 0 AND credit_minor >= 0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

payments = Table(
    "payments",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("device_id"),
    _text("actor_id"),
    _text("reference"),
    _text("method"),
    _text("provider"),
    _big("amount_minor"),
    _text("currency"),
    _big("created_at"),
    _big("expires_at"),
    _text("status"),
    _text("exception"),
    _big("received_minor"),
    _big("tendered_minor"),
    _big("paid_at", null=True),
    _big("ended_at", null=True),
    _big("updated_at", null=True),
    _big("revision"),
    _text("qr_text"),
    _text("failure", null=True),
    _text("order_ref"),
    _text("customer_name"),
    _text("customer_phone"),
    _text("note"),
    _text("origin"),
    _text("search_text"),
    Column("bill_id", Text, nullable=False, server_default=text("''")),
    Column("bill_minor", Big, nullable=False, server_default=text("0")),
    Column("known_minor", Big, nullable=False, server_default=text("0")),
    Column("confirmed_minor", Big, nullable=False, server_default=text("0")),
    Column("option", Text, nullable=False, server_default=text("''")),
    Column("capture", Integer, nullable=False, server_default=text("1")),
    Column("capture_minor", Big, nullable=False, server_default=text("0")),
    Column("held_minor", Big, nullable=False, server_default=text("0")),
    _big("held_until", null=True),
    Column("cheque", Text, nullable=False, server_default=text("''")),
    _text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "reference"),
    CheckConstraint(_one_of("status", PaymentStatus)),
    CheckConstraint(_one_of("exception", PaymentException)),
    CheckConstraint("amount_minor > 0 AND received_minor >= 0 AND tendered_minor >= 0"),
    CheckConstraint("status <> 'paid' OR received_minor >= amount_minor", name="paid_means_received"),
    sqlite_strict=True,
)
Index("payments_by_time", payments.c.merchant_id, payments.c.created_at, payments.c.id)
Index(
    "payments_open",
    payments.c.merchant_id,
    payments.c.expires_at,
    sqlite_where=payments.c.status.in_(["created", "pending", "authorized", "unresolved"]),
    postgresql_where=payments.c.status.in_(["created", "pending", "authorized", "unresolved"]),
)

Index("payments_of_bill", payments.c.merchant_id, payments.c.bill_id)
Index(
    "payments_held",
    payments.c.merchant_id,
    payments.c.created_at,
    sqlite_where=payments.c.held_minor > 0,
    postgresql_where=payments.c.held_minor > 0,
)
Index(
    "payments_marked",
    payments.c.merchant_id,
    payments.c.created_at,
    payments.c.id,
    sqlite_where=(payments.c.exception != "none") | (payments.c.bill_minor > payments.c.amount_minor),
    postgresql_where=(payments.c.exception != "none") | (payments.c.bill_minor > payments.c.amount_minor),
)

Index(
    "payments_of_holder",
    payments.c.merchant_id,
    payments.c.holder_id,
    sqlite_where=payments.c.holder_id.isnot(None),
    postgresql_where=payments.c.holder_id.isnot(None),
)

payment_events = Table(
    "payment_events",
    ledger,
    _text("merchant_id"),
    _text("payment_id"),
    _big("revision"),
    _text("from_status"),
    _text("to_status"),
    _text("exception"),
    _text("cause"),
    _text("actor_id", null=True),
    _text("device_id"),
    _big("at"),
    _big("received_minor"),
    _text("detail"),
    PrimaryKeyConstraint("merchant_id", "payment_id", "revision"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

payment_transactions = Table(
    "payment_transactions",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("payment_id"),
    _text("kind"),
    _text("provider"),
    _text("reference"),
    _text("status"),
    _big("amount_minor"),
    _text("currency"),
    _big("created_at"),
    _big("updated_at"),
    _text("provider_ref"),
    _text("failure", null=True),
    _text("response"),
    PrimaryKeyConstraint("merchant_id", "id"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    CheckConstraint(_one_of("status", TransactionStatus)),
    sqlite_strict=True,
)
Index("transactions_by_payment", payment_transactions.c.merchant_id, payment_transactions.c.payment_id)

refunds = Table(
    "refunds",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("device_id"),
    _text("payment_id"),
    _text("origin"),
    _text("what"),
    _text("way"),
    _text("provider"),
    _text("wallet_id", null=True),
    _text("reference"),
    _big("amount_minor"),
    _big("fee_minor"),
    _text("currency"),
    _text("reason"),
    _text("requested_by", null=True),
    _text("approved_by", null=True),
    _big("requested_at"),
    _text("status"),
    Column("beyond", Integer, nullable=False),
    _text("payment_ref"),
    _text("provider_ref"),
    _text("failure", null=True),
    _big("sent_at", null=True),
    _big("settled_at", null=True),
    _big("told_at", null=True),
    _big("updated_at", null=True),
    _big("revision"),
    _text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "reference"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    CheckConstraint(_one_of("origin", RefundOrigin)),
    CheckConstraint(_one_of("what", RefundOf)),
    CheckConstraint(_one_of("way", RefundWay)),
    CheckConstraint(_one_of("status", RefundStatus)),
    CheckConstraint("amount_minor > 0 AND fee_minor >= 0 AND beyond IN (0, 1)"),
    CheckConstraint("(way = 'wallet') = (wallet_id IS NOT NULL)"),
    CheckConstraint("way <> 'write_off' OR what <> 'sale'"),
    CheckConstraint("(way = 'credit') = (holder_id IS NOT NULL)"),
    sqlite_strict=True,
)
Index("refunds_of_payment", refunds.c.merchant_id, refunds.c.payment_id)
Index("refunds_by_provider_ref", refunds.c.merchant_id, refunds.c.provider, refunds.c.provider_ref)

refund_events = Table(
    "refund_events",
    ledger,
    _text("merchant_id"),
    _text("refund_id"),
    _big("revision"),
    _text("from_status"),
    _text("to_status"),
    _text("cause"),
    _text("actor_id", null=True),
    _text("device_id"),
    _big("at"),
    Column("beyond", Integer, nullable=False),
    PrimaryKeyConstraint("merchant_id", "refund_id", "revision"),
    ForeignKeyConstraint(["merchant_id", "refund_id"], ["refunds.merchant_id", "refunds.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

resolutions = Table(
    "resolutions",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("device_id"),
    _text("subject_id"),
    _text("act"),
    _text("payment_id", null=True),
    _text("wallet_id", null=True),
    _big("amount_minor"),
    _text("currency"),
    _text("reason"),
    _text("requested_by"),
    _text("approved_by", null=True),
    _big("requested_at"),
    _text("status"),
    _text("failure", null=True),
    _big("settled_at", null=True),
    _big("revision"),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(_one_of("act", Act)),
    CheckConstraint(_one_of("status", ResolutionStatus)),
    CheckConstraint("amount_minor > 0"),
    CheckConstraint("(act = 'match') = (payment_id IS NOT NULL)"),
    CheckConstraint("(act = 'give_back') = (wallet_id IS NOT NULL)"),
    CheckConstraint("(status = 'refused') = (failure IS NOT NULL)"),
    sqlite_strict=True,
)
Index(
    "one_resolution",
    resolutions.c.merchant_id,
    resolutions.c.subject_id,
    unique=True,
    sqlite_where=text("status = 'done'"),
    postgresql_where=text("status = 'done'"),
)
Index("resolutions_of_subject", resolutions.c.merchant_id, resolutions.c.subject_id)
Index("resolutions_of_payment", resolutions.c.merchant_id, resolutions.c.payment_id)
holders = Table(
    "holders",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("name"),
    _text("phone"),
    _text("created_by"),
    _big("created_at"),
    Column("balance_minor", Big, nullable=False, server_default=text("0")),
    _text("search_text"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "phone"),
    CheckConstraint("name <> '' AND phone <> ''"),
    sqlite_strict=True,
)
Index(
    "vouchers_of_holder",
    vouchers.c.merchant_id,
    vouchers.c.holder_id,
    vouchers.c.created_at,
    sqlite_where=vouchers.c.holder_id.isnot(None),
    postgresql_where=vouchers.c.holder_id.isnot(None),
)

approvals = Table(
    "approvals",
    ledger,
    _text("merchant_id"),
    _text("id"),
    _text("device_id"),
    _text("action"),
    _text("subject_id"),
    _big("amount_minor"),
    _text("day"),
    _text("reason"),
    _text("requester_id"),
    _text("approver_id"),
    _big("granted_at"),
    _big("expires_at"),
    _text("used_by"),
    _big("used_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "used_by"),
    CheckConstraint("requester_id <> approver_id"),
    CheckConstraint("used_at >= granted_at AND used_at < expires_at"),
    sqlite_strict=True,
)

audit = Table(
    "audit",
    ledger,
    _text("merchant_id"),
    _text("device_id"),
    _big("seq"),
    _text("action"),
    _text("subject_id"),
    _text("actor_id", null=True),
    _big("at"),
    _text("facts"),
    _text("prev_hash"),
    _text("hash"),
    PrimaryKeyConstraint("merchant_id", "device_id", "seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

book_numbers = Table(
    "book_numbers",
    ledger,
    _text("merchant_id"),
    _text("voucher_id"),
    _text("type"),
    _text("year"),
    _big("book_no"),
    _text("booked_on", null=True),
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

# -- the till alone ---------------------------------------------------------------------------------------------------

till_self = Table(
    "till_self",
    till,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    _text("merchant_id"),
    _text("device_id"),
    _text("hub_device_id"),
    _text("hub_url"),
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    till,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _text("subject_id"),
    _text("kind"),
    _text("body"),
    _text("body_hash"),
    _text("state"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _big("queued_at"),
    _big("next_attempt_at"),
    _big("settled_at", null=True),
    _text("code", null=True),
    CheckConstraint("state IN ('queued', 'acked', 'rejected')"),
    sqlite_strict=True,
)
Index(
    "outbox_waiting",
    outbox.c.state,
    outbox.c.seq,
    outbox.c.queued_at,
    sqlite_where=outbox.c.state != "acked",
)
Index("outbox_unsettled_subject", outbox.c.subject_id, sqlite_where=outbox.c.state != "acked")

inbox_cursor = Table(
    "inbox_cursor",
    till,
    Column("feed", Text, primary_key=True),
    _text("hub_epoch"),
    _big("seq"),
    _big("pulled_at", null=True),
    _big("sent_at", null=True),
    sqlite_strict=True,
)

users = Table(
    "users",
    till,
    _text("merchant_id"),
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("role"),
    _text("pin_hash"),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    _big("locked_until", null=True),
    _text("locked_in", null=True),
    _big("disabled_at", null=True),
    Column("told", Integer, nullable=False, server_default=text("0")),
    CheckConstraint(_one_of("role", Role)),
    sqlite_strict=True,
)

drafts = Table(
    "drafts",
    till,
    _text("merchant_id"),
    _text("id"),
    _text("type"),
    _text("body"),
    _big("created_at"),
    _big("updated_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    sqlite_strict=True,
)

account_grants = Table(
    "account_grants",
    till,
    _text("merchant_id"),
    _text("user_id"),
    _text("account_id"),
    PrimaryKeyConstraint("merchant_id", "user_id", "account_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

preferences = Table(
    "preferences",
    till,
    Column("key", Text, primary_key=True),
    _text("value"),
    sqlite_strict=True,
)

# -- the hub alone ----------------------------------------------------------------------------------------------------

hub_self = Table(
    "hub_self",
    hub,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    _text("epoch"),
    _big("created_at"),
    sqlite_strict=True,
)

feed = Table(
    "feed",
    hub,
    _text("merchant_id"),
    _big("seq"),
    _text("message_id"),
    _text("subject_id"),
    _text("kind"),
    _text("body"),
    _text("body_hash"),
    _text("device_id"),
    _big("book_no", null=True),
    _text("booked_on", null=True),
    _big("at"),
    PrimaryKeyConstraint("merchant_id", "seq"),
    UniqueConstraint("merchant_id", "message_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

book_series = Table(
    "book_series",
    hub,
    _text("merchant_id"),
    _text("type"),
    _text("year"),
    _big("last_no"),
    PrimaryKeyConstraint("merchant_id", "type", "year"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tills = Table(
    "tills",
    hub,
    _text("merchant_id"),
    _text("device_id"),
    Column("token_hash", Text, nullable=False, unique=True),
    _big("enrolled_at"),
    _big("revoked_at", null=True),
    _big("heard_at", null=True),
    PrimaryKeyConstraint("merchant_id", "device_id"),
    sqlite_strict=True,
)

enrolment_codes = Table(
    "enrolment_codes",
    hub,
    _text("merchant_id"),
    _text("code_hash"),
    _big("created_at"),
    _big("expires_at"),
    _big("used_at", null=True),
    _text("device_id", null=True),
    PrimaryKeyConstraint("merchant_id", "code_hash"),
    UniqueConstraint("code_hash"),
    sqlite_strict=True,
)

api_keys = Table(
    "api_keys",
    hub,
    _text("merchant_id"),
    _text("id"),
    _text("name"),
    Column("key_hash", Text, nullable=False, unique=True),
    _big("created_at"),
    _big("last_used_at", null=True),
    _big("revoked_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    sqlite_strict=True,
)

api_answers = Table(
    "api_answers",
    hub,
    _text("merchant_id"),
    _text("key_id"),
    _text("idempotency_key"),
    _text("request_hash"),
    Column("status", Integer, nullable=False),
    _text("answer"),
    _big("at"),
    PrimaryKeyConstraint("merchant_id", "key_id", "idempotency_key"),
    sqlite_strict=True,
)
Index("api_answers_by_time", api_answers.c.merchant_id, api_answers.c.at)

credentials = Table(
    "credentials",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("field"),
    Column("key_version", Integer, nullable=False),
    _text("sealed"),
    _big("updated_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "field"),
    sqlite_strict=True,
)

data_keys = Table(
    "data_keys",
    hub,
    _text("merchant_id"),
    Column("version", Integer, nullable=False),
    _text("wrapped"),
    _big("created_at"),
    PrimaryKeyConstraint("merchant_id", "version"),
    sqlite_strict=True,
)

people = Table(
    "people",
    hub,
    _text("merchant_id"),
    _text("id"),
    _text("name"),
    _text("role"),
    _text("pin_hash"),
    _big("disabled_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(_one_of("role", Role)),
    sqlite_strict=True,
)

person_grants = Table(
    "person_grants",
    hub,
    _text("merchant_id"),
    _text("person_id"),
    _text("account_id"),
    PrimaryKeyConstraint("merchant_id", "person_id", "account_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

person_sessions = Table(
    "person_sessions",
    hub,
    _text("merchant_id"),
    _text("token_hash"),
    _text("device_id"),
    _text("person_id"),
    _big("begun_at"),
    _big("until"),
    PrimaryKeyConstraint("merchant_id", "token_hash"),
    sqlite_strict=True,
)

person_tries = Table(
    "person_tries",
    hub,
    _text("merchant_id"),
    _text("person_id"),
    _text("device_id"),
    Column("failures", Integer, nullable=False),
    _big("locked_until", null=True),
    PrimaryKeyConstraint("merchant_id", "person_id", "device_id"),
    sqlite_strict=True,
)

people_key_holders = Table(
    "people_key_holders",
    hub,
    _text("merchant_id"),
    _text("device_id"),
    _text("claim_hash"),
    _big("at"),
    PrimaryKeyConstraint("merchant_id", "device_id"),
    sqlite_strict=True,
)

people_keys = Table(
    "people_keys",
    hub,
    _text("merchant_id"),
    Column("key_version", Integer, nullable=False),
    _text("sealed"),
    _big("created_at"),
    PrimaryKeyConstraint("merchant_id"),
    sqlite_strict=True,
)

provider_events = Table(
    "provider_events",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("dedupe_key"),
    _text("channel"),
    _text("reference"),
    _text("receipt"),
    _text("raw"),
    _big("received_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    sqlite_strict=True,
)
Index(
    "events_by_reference",
    provider_events.c.merchant_id,
    provider_events.c.reference,
    sqlite_where=provider_events.c.reference != "",
    postgresql_where=provider_events.c.reference != "",
)

inbox = Table(
    "inbox",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("dedupe_key"),
    _text("state"),
    Column("duplicates", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _big("next_attempt_at"),
    _big("settled_at", null=True),
    _text("outcome", null=True),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    CheckConstraint("state IN ('received', 'parked', 'applied', 'failed')"),
    sqlite_strict=True,
)
Index(
    "inbox_waiting",
    inbox.c.next_attempt_at,
    sqlite_where=inbox.c.state.in_(["received", "parked"]),
    postgresql_where=inbox.c.state.in_(["received", "parked"]),
)

receipts = Table(
    "receipts",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("dedupe_key"),
    _text("reference"),
    _big("amount_minor"),
    _text("currency"),
    _big("paid_at"),
    _text("provider_ref"),
    _text("text"),
    _text("payment_id", null=True),
    _text("voucher_id", null=True),
    _big("recorded_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    sqlite_strict=True,
)
Index("receipts_by_reference", receipts.c.merchant_id, receipts.c.reference, receipts.c.provider)

checks = Table(
    "checks",
    hub,
    _text("merchant_id"),
    _text("payment_id"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _big("checked_at", null=True),
    _big("next_check_at"),
    _text("note"),
    PrimaryKeyConstraint("merchant_id", "payment_id"),
    sqlite_strict=True,
)
Index("checks_due", checks.c.next_check_at)

statements = Table(
    "statements",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("cursor"),
    _big("connected_at"),
    _big("polled_at", null=True),
    _big("next_poll_at"),
    _big("lease_until"),
    _text("note"),
    PrimaryKeyConstraint("merchant_id", "provider"),
    sqlite_strict=True,
)
Index("statements_due", statements.c.next_poll_at)

refund_work = Table(
    "refund_work",
    hub,
    _text("merchant_id"),
    _text("refund_id"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _big("next_at"),
    _text("note"),
    PrimaryKeyConstraint("merchant_id", "refund_id"),
    sqlite_strict=True,
)
Index("refund_work_due", refund_work.c.next_at)
Index("receipts_by_provider_ref", receipts.c.merchant_id, receipts.c.provider, receipts.c.provider_ref)

checkout_requests = Table(
    "checkout_requests",
    hub,
    _text("merchant_id"),
    _text("id"),
    _text("order_type"),
    _text("order_ref"),
    _big("subtotal_minor"),
    Column("tax_percent", Integer, nullable=False),
    _big("tax_minor"),
    _big("total_minor"),
    _text("currency"),
    Column("capture", Integer, nullable=False),
    _text("origin"),
    _text("due_on"),
    _text("subscription_id", null=True),
    _text("period", null=True),
    _text("key_id"),
    _big("created_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "order_type", "order_ref"),
    UniqueConstraint("merchant_id", "subscription_id", "period"),
    CheckConstraint("subtotal_minor > 0 AND tax_minor >= 0 AND subtotal_minor + tax_minor = total_minor"),
    CheckConstraint("origin IN ('api', 'subscription') AND capture IN (0, 1)"),
    CheckConstraint("(origin = 'subscription') = (subscription_id IS NOT NULL)"),
    CheckConstraint("(subscription_id IS NULL) = (period IS NULL)"),
    sqlite_strict=True,
)
provider_accounts = Table(
    "provider_accounts",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _text("fingerprint"),
    PrimaryKeyConstraint("merchant_id", "provider", "fingerprint"),
    UniqueConstraint("fingerprint"),
    sqlite_strict=True,
)

provider_health = Table(
    "provider_health",
    hub,
    _text("merchant_id"),
    _text("provider"),
    _big("last_success_at", null=True),
    _big("last_failure_at", null=True),
    Column("failures", Integer, nullable=False),
    _big("failing_since", null=True),
    _big("troubled_since", null=True),
    _text("note"),
    PrimaryKeyConstraint("merchant_id", "provider"),
    sqlite_strict=True,
)

hooks = Table(
    "hooks",
    hub,
    _text("merchant_id"),
    _text("key_id"),
    _text("url"),
    _text("events"),
    Column("all_payments", Integer, nullable=False),
    Column("key_version", Integer, nullable=False),
    _text("sealed"),
    _big("created_at"),
    _big("changed_at"),
    _big("off_at", null=True),
    PrimaryKeyConstraint("merchant_id", "key_id"),
    CheckConstraint("all_payments IN (0, 1)"),
    sqlite_strict=True,
)

hook_news = Table(
    "hook_news",
    hub,
    _text("merchant_id"),
    _text("id"),
    _text("key_id"),
    _text("payment_id"),
    _text("type"),
    _text("body"),
    _text("state"),
    Column("attempts", Integer, nullable=False),
    _big("next_at"),
    _text("note"),
    _big("created_at"),
    _big("ended_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')"),
    sqlite_strict=True,
)
Index("hook_news_due", hook_news.c.next_at, hook_news.c.merchant_id, hook_news.c.key_id)
Index("hook_news_of_key", hook_news.c.merchant_id, hook_news.c.key_id, hook_news.c.next_at)
Index("hook_news_ended", hook_news.c.merchant_id, hook_news.c.ended_at)
Index(
    "hook_news_open",
    hook_news.c.state,
    hook_news.c.created_at,
    sqlite_where=text("state <> 'delivered'"),
    postgresql_where=text("state <> 'delivered'"),
)
