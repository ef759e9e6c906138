"""Refunds: what revision 0006 of the till and revision 0008 of the hub add to the ledger besides bills."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script


def keep_refunds() -> None:
    """Create the tables of refunds and of their steps, with their guards."""
    op.create_table(
        "refunds",
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
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "reference"),
        sa.ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
        sa.CheckConstraint("origin IN ('person', 'provider', 'charge_back')"),
        sa.CheckConstraint("what IN ('sale', 'excess', 'held')"),
        sa.CheckConstraint("way IN ('original', 'wallet')"),
        sa.CheckConstraint("status IN ('requested', 'sent', 'unresolved', 'done', 'failed', 'cancelled', 'returned')"),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0 AND beyond IN (0, 1)"),
        sa.CheckConstraint("(way = 'wallet') = (wallet_id IS NOT NULL)"),
        sqlite_strict=True,
    )
    op.create_index("refunds_of_payment", "refunds", ["merchant_id", "payment_id"])
    op.create_index("refunds_by_provider_ref", "refunds", ["merchant_id", "provider", "provider_ref"])
    op.create_table(
        "refund_events",
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
        sa.PrimaryKeyConstraint("merchant_id", "refund_id", "revision"),
        sa.ForeignKeyConstraint(["merchant_id", "refund_id"], ["refunds.merchant_id", "refunds.id"]),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    run_script("ledger_0006")
