"""Revision 0002 of the till: the grown ledger, drafts, and who may see which account."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script
from storage.migrations.ledger_0002 import grow_ledger

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Grow the ledger and create the till's new tables."""
    grow_ledger()
    op.create_table(
        "drafts",
        text("merchant_id"),
        text("id"),
        text("type"),
        text("body"),
        big("created_at"),
        big("updated_at"),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "account_grants",
        text("merchant_id"),
        text("user_id"),
        text("account_id"),
        sa.PrimaryKeyConstraint("merchant_id", "user_id", "account_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    run_script("ledger_0002")
