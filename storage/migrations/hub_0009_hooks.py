"""Where other systems hear what became of payments, and what they are told: part of revision 0009 of the hub."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script


def keep_hooks() -> None:
    """Create the tables, and raise their walls where the database has them."""
    op.create_table(
        "hooks",
        text("merchant_id"),
        text("key_id"),
        text("url"),
        text("events"),
        small("all_payments"),
        small("key_version"),
        text("sealed"),
        big("created_at"),
        big("changed_at"),
        big("off_at", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "key_id"),
        sa.CheckConstraint("all_payments IN (0, 1)"),
        sqlite_strict=True,
    )
    op.create_table(
        "hook_news",
        text("merchant_id"),
        text("id"),
        text("key_id"),
        text("payment_id"),
        text("type"),
        text("body"),
        text("state"),
        small("attempts"),
        big("next_at"),
        text("note"),
        big("created_at"),
        big("ended_at", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'given_up')"),
        sqlite_strict=True,
    )
    op.create_index("hook_news_due", "hook_news", ["next_at", "merchant_id", "key_id"])
    op.create_index("hook_news_of_key", "hook_news", ["merchant_id", "key_id", "next_at"])
    op.create_index("hook_news_ended", "hook_news", ["merchant_id", "ended_at"])
    still_open = sa.text("state <> 'delivered'")
    op.create_index(
        "hook_news_open",
        "hook_news",
        ["state", "created_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0009_hooks")
