"""Revision 0008 of the hub: several payments may pay one bill, and money is given back."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script
from storage.migrations.ledger_0005 import keep_bills
from storage.migrations.ledger_0006 import keep_refunds

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the columns, the tables and what the worker of refunds needs; raise the walls where there are any."""
    keep_bills()
    keep_refunds()
    op.create_table(
        "refund_work",
        text("merchant_id"),
        text("refund_id"),
        small("attempts", default="0"),
        big("next_at"),
        text("note"),
        sa.PrimaryKeyConstraint("merchant_id", "refund_id"),
        sqlite_strict=True,
    )
    op.create_index("refund_work_due", "refund_work", ["next_at"])
    op.create_index("receipts_by_provider_ref", "receipts", ["merchant_id", "provider", "provider_ref"])
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0008")
