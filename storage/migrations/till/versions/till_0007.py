"""Revision 0007 of the till: payments name an option, and their money may be held first."""

from storage.migrations.ledger_0007 import keep_holds

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the columns."""
    keep_holds()
