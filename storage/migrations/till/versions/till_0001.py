"""Revision 0001 of the till: its tables and their guards."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script
from storage.migrations.ledger_0001 import create_ledger

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    create_ledger()
    _create_till()
    run_script("ledger_0001")
    run_script("till_0001")


def _create_till() -> None:
    op.create_table(
        "inbox_cursor",
        text("feed"),
        text("hub_epoch"),
        big("seq"),
        big("pulled_at", null=True),
        big("sent_at", null=True),
        sa.PrimaryKeyConstraint("feed"),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        small("seq"),
        text("id"),
        text("subject_id"),
        text("kind"),
        text("body"),
        text("body_hash"),
        text("state"),
        small("attempts", default="0"),
        big("queued_at"),
        big("next_attempt_at"),
        big("settled_at", null=True),
        text("code", null=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("state IN ('queued', 'acked', 'rejected')"),
        sqlite_strict=True,
    )
    op.create_index("outbox_unsettled_subject", "outbox", ["subject_id"], sqlite_where=sa.text("state != 'acked'"))
    op.create_index("outbox_waiting", "outbox", ["seq"], sqlite_where=sa.text("state != 'acked'"))
    op.create_table(
        "preferences",
        text("key"),
        text("value"),
        sa.PrimaryKeyConstraint("key"),
        sqlite_strict=True,
    )
    op.create_table(
        "till_self",
        small("one"),
        text("merchant_id"),
        text("device_id"),
        text("hub_device_id"),
        text("hub_url"),
        sa.PrimaryKeyConstraint("one"),
        sa.CheckConstraint("one = 1"),
        sqlite_strict=True,
    )
    op.create_table(
        "users",
        text("merchant_id"),
        text("id"),
        text("name"),
        text("role"),
        text("pin_hash"),
        small("failures", default="0"),
        big("locked_until", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("role IN ('owner', 'manager', 'cashier', 'accountant', 'auditor')"),
        sqlite_strict=True,
    )
