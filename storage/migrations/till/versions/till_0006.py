"""Revision 0006 of the till: several payments may pay one bill."""

from storage.migrations.ledger_0005 import keep_bills

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the columns."""
    keep_bills()
