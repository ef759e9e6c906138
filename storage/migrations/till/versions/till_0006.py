"""Revision 0006 of the till: several payments may pay one bill, and money is given back."""

from storage.migrations.ledger_0005 import keep_bills
from storage.migrations.ledger_0006 import keep_refunds

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the columns and the tables."""
    keep_bills()
    keep_refunds()
