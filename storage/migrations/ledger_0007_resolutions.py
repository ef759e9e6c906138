"""Resolutions: what revision 0007 of the till and revision 0009 of the hub add about money that needs an eye."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script


def keep_resolutions() -> None:
    """Create their table with its guards."""
    op.create_table(
        "resolutions",
        text("merchant_id"),
        text("id"),
        text("device_id"),
        text("subject_id"),
        text("act"),
        text("payment_id", null=True),
        text("wallet_id", null=True),
        big("amount_minor"),
        text("currency"),
        text("reason"),
        text("requested_by"),
        text("approved_by", null=True),
        big("requested_at"),
        text("status"),
        text("failure", null=True),
        big("settled_at", null=True),
        big("revision"),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.CheckConstraint("act IN ('match', 'give_back', 'write_off', 'seen')"),
        sa.CheckConstraint("status IN ('asked', 'done', 'refused')"),
        sa.CheckConstraint("amount_minor > 0"),
        sa.CheckConstraint("(act = 'match') = (payment_id IS NOT NULL)"),
        sa.CheckConstraint("(act = 'give_back') = (wallet_id IS NOT NULL)"),
        sa.CheckConstraint("(status = 'refused') = (failure IS NOT NULL)"),
        sqlite_strict=True,
    )
    op.create_index("resolutions_of_subject", "resolutions", ["merchant_id", "subject_id"])
    op.create_index("resolutions_of_payment", "resolutions", ["merchant_id", "payment_id"])
    run_script("ledger_0007_resolutions")
