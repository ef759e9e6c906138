"""Revision 0003 of the hub: keys of other systems, answers they may ask for again, moved vouchers by their day."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.ledger_0003 import index_moved_vouchers

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create both tables and the index."""
    op.create_table(
        "api_keys",
        text("merchant_id"),
        text("id"),
        text("name"),
        text("key_hash"),
        big("created_at"),
        big("last_used_at", null=True),
        big("revoked_at", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("key_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "api_answers",
        text("merchant_id"),
        text("key_id"),
        text("idempotency_key"),
        text("request_hash"),
        small("status"),
        text("answer"),
        big("at"),
        sa.PrimaryKeyConstraint("merchant_id", "key_id", "idempotency_key"),
        sqlite_strict=True,
    )
    op.create_index("api_answers_by_time", "api_answers", ["merchant_id", "at"])
    index_moved_vouchers()
