"""Revision 0009 of the hub: payments name an option, and their money may be held first."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.ledger_0007 import keep_holds

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the columns, and let a payment's receipts and events be found among all of its provider's."""
    keep_holds()
    op.drop_index("receipts_by_reference", "receipts")
    op.create_index("receipts_by_reference", "receipts", ["merchant_id", "reference", "provider"])
    named = sa.text("reference != ''")
    op.create_index(
        "events_by_reference",
        "provider_events",
        ["merchant_id", "reference"],
        sqlite_where=named,
        postgresql_where=named,
    )
