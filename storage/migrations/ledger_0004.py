"""The approvals that were used: what revision 0004 of the till and revision 0005 of the hub add to the ledger."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script


def keep_approvals() -> None:
    """Create the table and its guards."""
    op.create_table(
        "approvals",
        text("merchant_id"),
        text("id"),
        text("device_id"),
        text("action"),
        text("subject_id"),
        big("amount_minor"),
        text("day"),
        text("reason"),
        text("requester_id"),
        text("approver_id"),
        big("granted_at"),
        big("expires_at"),
        text("used_by"),
        big("used_at"),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "used_by"),
        sa.CheckConstraint("requester_id <> approver_id"),
        sa.CheckConstraint("used_at >= granted_at AND used_at < expires_at"),
        sqlite_strict=True,
    )
    run_script("ledger_0004")
