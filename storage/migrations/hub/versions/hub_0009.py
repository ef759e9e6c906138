"""Revision 0009 of the hub: options and held money, orders of other systems, what they are told, providers' health."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.frozen import run_script
from storage.migrations.hub_0009_hooks import keep_hooks
from storage.migrations.hub_accounts import keep_provider_accounts
from storage.migrations.hub_checkouts import keep_checkouts
from storage.migrations.ledger_0007 import keep_holds
from storage.migrations.ledger_0007_resolutions import keep_resolutions
from storage.migrations.ledger_0007_write_off import let_write_off

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
    keep_checkouts()
    keep_provider_accounts()
    keep_resolutions()
    let_write_off()
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0009_resolutions")
    run_script("hub_0009_stored_value")
    keep_hooks()
