"""Revision 0001 of the hub: its tables and their guards."""

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
    _create_hub()
    run_script("ledger_0001")
    run_script("hub_0001")


def _create_hub() -> None:
    op.create_table(
        "book_series",
        text("merchant_id"),
        text("type"),
        text("year"),
        big("last_no"),
        sa.PrimaryKeyConstraint("merchant_id", "type", "year"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checks",
        text("merchant_id"),
        text("payment_id"),
        small("attempts", default="0"),
        big("checked_at", null=True),
        big("next_check_at"),
        text("note"),
        sa.PrimaryKeyConstraint("merchant_id", "payment_id"),
        sqlite_strict=True,
    )
    op.create_index("checks_due", "checks", ["next_check_at"])
    op.create_table(
        "credentials",
        text("merchant_id"),
        text("provider"),
        text("field"),
        small("key_version"),
        text("sealed"),
        big("updated_at"),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "field"),
        sqlite_strict=True,
    )
    op.create_table(
        "data_keys",
        text("merchant_id"),
        small("version"),
        text("wrapped"),
        big("created_at"),
        sa.PrimaryKeyConstraint("merchant_id", "version"),
        sqlite_strict=True,
    )
    op.create_table(
        "enrolment_codes",
        text("merchant_id"),
        text("code_hash"),
        big("created_at"),
        big("expires_at"),
        big("used_at", null=True),
        text("device_id", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "code_hash"),
        sa.UniqueConstraint("code_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "feed",
        text("merchant_id"),
        big("seq"),
        text("message_id"),
        text("subject_id"),
        text("kind"),
        text("body"),
        text("body_hash"),
        text("device_id"),
        big("book_no", null=True),
        big("at"),
        sa.PrimaryKeyConstraint("merchant_id", "seq"),
        sa.UniqueConstraint("merchant_id", "message_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hub_self",
        small("one"),
        text("epoch"),
        big("created_at"),
        sa.PrimaryKeyConstraint("one"),
        sa.CheckConstraint("one = 1"),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox",
        text("merchant_id"),
        text("provider"),
        text("dedupe_key"),
        text("state"),
        small("duplicates", default="0"),
        small("attempts", default="0"),
        big("next_attempt_at"),
        big("settled_at", null=True),
        text("outcome", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
        sa.CheckConstraint("state IN ('received', 'parked', 'applied', 'failed')"),
        sqlite_strict=True,
    )
    op.create_index(
        "inbox_waiting",
        "inbox",
        ["next_attempt_at"],
        sqlite_where=sa.text("state IN ('received', 'parked')"),
        postgresql_where=sa.text("state IN ('received', 'parked')"),
    )
    op.create_table(
        "provider_events",
        text("merchant_id"),
        text("provider"),
        text("dedupe_key"),
        text("channel"),
        text("reference"),
        text("receipt"),
        text("raw"),
        big("received_at"),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "receipts",
        text("merchant_id"),
        text("provider"),
        text("dedupe_key"),
        text("reference"),
        big("amount_minor"),
        text("currency"),
        big("paid_at"),
        text("provider_ref"),
        text("text"),
        text("payment_id", null=True),
        text("voucher_id", null=True),
        big("recorded_at"),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
        sqlite_strict=True,
    )
    op.create_index("receipts_by_reference", "receipts", ["merchant_id", "reference"])
    op.create_table(
        "statements",
        text("merchant_id"),
        text("provider"),
        text("cursor"),
        big("connected_at"),
        big("polled_at", null=True),
        big("next_poll_at"),
        big("lease_until"),
        text("note"),
        sa.PrimaryKeyConstraint("merchant_id", "provider"),
        sqlite_strict=True,
    )
    op.create_index("statements_due", "statements", ["next_poll_at"])
    op.create_table(
        "tills",
        text("merchant_id"),
        text("device_id"),
        text("token_hash"),
        big("enrolled_at"),
        big("revoked_at", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "device_id"),
        sa.UniqueConstraint("token_hash"),
        sqlite_strict=True,
    )
