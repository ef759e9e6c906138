"""Refunds and their steps: on both sides."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from domain.refunds import RefundOf, RefundOrigin, RefundStatus, RefundWay
from storage.tables.columns import big, ledger, one_of, small, text

refunds = Table(
    "refunds",
    ledger,
    text("merchant_id"),
    text("id"),
    text("device_id"),
    text("payment_id"),
    text("origin"),
    text("what"),
    text("way"),
    text("provider"),
    text("wallet_id", null=True),
    text("reference"),
    big("amount_minor"),
    big("fee_minor"),
    text("currency"),
    text("reason"),
    text("requested_by", null=True),
    text("approved_by", null=True),
    big("requested_at"),
    text("status"),
    small("beyond"),
    text("payment_ref"),
    text("provider_ref"),
    text("failure", null=True),
    big("sent_at", null=True),
    big("settled_at", null=True),
    big("told_at", null=True),
    big("updated_at", null=True),
    big("revision"),
    text("holder_id", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "reference"),
    ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
    CheckConstraint(one_of("origin", RefundOrigin)),
    CheckConstraint(one_of("what", RefundOf)),
    CheckConstraint(one_of("way", RefundWay)),
    CheckConstraint(one_of("status", RefundStatus)),
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
    text("merchant_id"),
    text("refund_id"),
    big("revision"),
    text("from_status"),
    text("to_status"),
    text("cause"),
    text("actor_id", null=True),
    text("device_id"),
    big("at"),
    small("beyond"),
    PrimaryKeyConstraint("merchant_id", "refund_id", "revision"),
    ForeignKeyConstraint(["merchant_id", "refund_id"], ["refunds.merchant_id", "refunds.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
