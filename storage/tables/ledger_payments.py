"""Payments, their steps and what was said to providers about them: on both sides."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from domain.payments import PaymentException, PaymentStatus, TransactionStatus
from storage.tables.columns import big, ledger, one_of, small, text

payments = Table(
    "payments",
    ledger,
    text("merchant_id"),
    text("id"),
    text("device_id"),
    text("actor_id"),
    text("reference"),
    text("method"),
    text("provider"),
    big("amount_minor"),
    text("currency"),
    big("created_at"),
    big("expires_at"),
    text("status"),
    text("exception"),
    big("received_minor"),
    big("tendered_minor"),
    big("paid_at", null=True),
    big("ended_at", null=True),
    big("updated_at", null=True),
    big("revision"),
    text("qr_text"),
    text("failure", null=True),
    text("order_ref"),
    text("customer_name"),
    text("customer_phone"),
    text("note"),
    text("origin"),
    text("search_text"),
    text("bill_id", default="''"),
    big("bill_minor", default="0"),
    big("known_minor", default="0"),
    big("confirmed_minor", default="0"),
    text("option", default="''"),
    small("capture", default="1"),
    big("capture_minor", default="0"),
    big("held_minor", default="0"),
    big("held_until", null=True),
    text("cheque", default="''"),
    text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "reference"),
    CheckConstraint(one_of("status", PaymentStatus)),
    CheckConstraint(one_of("exception", PaymentException)),
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
    text("merchant_id"),
    text("payment_id"),
    big("revision"),
    text("from_status"),
    text("to_status"),
    text("exception"),
    text("cause"),
    text("actor_id", null=True),
    text("device_id"),
    big("at"),
    big("received_minor"),
    text("detail"),
    PrimaryKeyConstraint("merchant_id", "payment_id", "revision"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

payment_transactions = Table(
    "payment_transactions",
    ledger,
    text("merchant_id"),
    text("id"),
    text("payment_id"),
    text("kind"),
    text("provider"),
    text("reference"),
    text("status"),
    big("amount_minor"),
    text("currency"),
    big("created_at"),
    big("updated_at"),
    text("provider_ref"),
    text("failure", null=True),
    text("response"),
    PrimaryKeyConstraint("merchant_id", "id"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    CheckConstraint(one_of("status", TransactionStatus)),
    sqlite_strict=True,
)
Index("transactions_by_payment", payment_transactions.c.merchant_id, payment_transactions.c.payment_id)
