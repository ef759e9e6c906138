"""Revision 0009 of the hub: payments name an option, and their money may be held first."""

from storage.migrations.ledger_0007 import keep_holds

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the columns."""
    keep_holds()
