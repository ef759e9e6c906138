"""Revision 0008 of the hub: several payments may pay one bill."""

from storage.migrations.ledger_0005 import keep_bills

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the columns."""
    keep_bills()
