"""Orders of other systems and the health of providers: what revision 0009 of the hub adds besides held money."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script


def keep_checkouts() -> None:
    """Create the tables with their guards, and raise their walls where the database has them."""
    op.create_table(
        "checkout_requests",
        text("merchant_id"),
        text("id"),
        text("order_type"),
        text("order_ref"),
        big("subtotal_minor"),
        small("tax_percent"),
        big("tax_minor"),
        big("total_minor"),
        text("currency"),
        small("capture"),
        text("origin"),
        text("due_on"),
        text("subscription_id", null=True),
        text("period", null=True),
        text("key_id"),
        big("created_at"),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "order_type", "order_ref"),
        sa.UniqueConstraint("merchant_id", "subscription_id", "period"),
        sa.CheckConstraint("subtotal_minor > 0 AND tax_minor >= 0 AND subtotal_minor + tax_minor = total_minor"),
        sa.CheckConstraint("origin IN ('api', 'subscription') AND capture IN (0, 1)"),
        sa.CheckConstraint("(origin = 'subscription') = (subscription_id IS NOT NULL)"),
        sa.CheckConstraint("(subscription_id IS NULL) = (period IS NULL)"),
        sqlite_strict=True,
    )
    op.create_table(
        "provider_health",
        text("merchant_id"),
        text("provider"),
        big("last_success_at", null=True),
        big("last_failure_at", null=True),
        small("failures"),
        big("failing_since", null=True),
        big("troubled_since", null=True),
        text("note"),
        sa.PrimaryKeyConstraint("merchant_id", "provider"),
        sqlite_strict=True,
    )
    run_script("hub_0009_checkouts")
